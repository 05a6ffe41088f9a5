"""A disk without room takes a part of an event: the events after it are whole again."""

from __future__ import annotations

import io
from pathlib import Path

from ugmcl.jobs.events import EventReader, EventWriter


class Narrow(io.BytesIO):
    """Takes ten bytes of the second line."""

    written = 0

    def write(self, data: object) -> int:
        self.written += 1
        piece = bytes(data)[:10] if self.written == 2 else bytes(data)  # type: ignore[call-overload]
        return super().write(piece)


def test_the_next_event_begins_a_line(tmp_path: Path) -> None:
    stream = Narrow()
    writer = EventWriter(stream)
    for text in ("one", "two", "three"):
        writer.write("message", text=text)
    file = tmp_path / "events.jsonl"
    file.write_bytes(stream.getvalue())
    reader = EventReader(file)
    assert [event["text"] for event in reader.read()] == ["one", "three"] and reader.damaged == 1

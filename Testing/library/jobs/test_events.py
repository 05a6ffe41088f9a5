"""Events: appended whole, read once, whatever the file looks like at its end."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from ugmcl.jobs import events
from ugmcl.jobs.events import EventReader, EventWriter


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_events_are_ascii_lines_with_a_time(file: Path) -> None:
    writer = EventWriter.to_file(file)
    writer.write("message", text="größer\n病", level="info")
    (line,) = file.read_bytes().splitlines()
    assert line.isascii()
    event = json.loads(line)
    assert event["kind"] == "message" and event["text"] == "größer\n病" and event["t"] > 1.7e9


def test_a_reader_gives_each_event_once_and_goes_on_from_an_offset(file: Path) -> None:
    writer, reader = EventWriter.to_file(file), EventReader(file)
    assert reader.read() == []
    writer.write("stage", name="a")
    writer.write("stage", name="b")
    assert [event["name"] for event in reader.read()] == ["a", "b"]
    writer.write("stage", name="c")
    later = EventReader(file, reader.offset)
    assert [event["name"] for event in later.read()] == ["c"] == [event["name"] for event in reader.read()]
    assert reader.read() == []


def test_a_half_written_last_line_waits_for_its_end(file: Path) -> None:
    file.write_bytes(b'{"t": 1, "kind": "stage", "name": "a"}\n{"t": 2, "ki')
    reader = EventReader(file)
    assert [event["name"] for event in reader.read()] == ["a"]
    assert reader.read() == []
    with file.open("ab") as stream:
        stream.write(b'nd": "stage", "name": "b"}\n')
    assert [event["name"] for event in reader.read()] == ["b"]
    assert reader.damaged == 0


def test_a_line_that_a_killed_writer_left_spoils_no_later_one(file: Path) -> None:
    file.write_bytes(b'{"t": 2, "kind": "progr')
    EventWriter.to_file(file).write("stage", name="after")
    reader = EventReader(file)
    assert [event["name"] for event in reader.read()] == ["after"]
    assert reader.damaged == 1


@pytest.mark.parametrize("line", [b"\x00\xff\xfe", b"[1]", b'{"kind": 5}', b"[" * 100_000, b'"kind"'])
def test_lines_that_are_no_events_are_counted_and_passed_over(file: Path, line: bytes) -> None:
    file.write_bytes(line + b'\n\n{"t": 1, "kind": "heartbeat"}\n')
    reader = EventReader(file)
    assert [event["kind"] for event in reader.read()] == ["heartbeat"]
    assert reader.damaged == 1


def test_a_long_log_is_read_in_pieces(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_LONGEST_READ", 300)
    writer = EventWriter.to_file(file)
    for number in range(50):
        writer.write("progress", done=number, total=50)
    reader, pieces = EventReader(file), []
    while piece := reader.read():
        pieces.append(piece)
    assert [event["done"] for piece in pieces for event in piece] == list(range(50))
    assert len(pieces) > 10
    file.write_bytes(b"x" * 1000 + b'\n{"t": 1, "kind": "stage"}\n')
    reader, found = EventReader(file), []
    for _ in range(10):
        found += reader.read()
    assert [event["kind"] for event in found] == ["stage"]


def test_a_reader_reads_nothing_twice_of_a_log_of_a_day(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_bytes(b'{"t": 1, "kind": "metric", "values": {"loss": 0.5}}\n' * 60_000)
    reader = EventReader(file)
    while reader.read():
        pass
    assert reader.offset == file.stat().st_size
    EventWriter.to_file(file).write("stage", name="last")
    opened: list[int] = []
    real = Path.open

    def watched(path: Path, *arguments: object, **more: object) -> object:
        stream = real(path, *arguments, **more)  # type: ignore[call-overload]
        read = stream.read
        stream_read = lambda size: opened.append(len(found := read(size))) or found  # noqa: E731
        return _Watched(stream, stream_read)

    monkeypatch.setattr(Path, "open", watched)
    assert [event["name"] for event in reader.read()] == ["last"]
    assert sum(opened) < 200


class _Watched:
    """A stream whose reads are counted."""

    def __init__(self, stream, read) -> None:
        self._stream, self.read = stream, read

    def __enter__(self) -> _Watched:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stream.close()

    def seek(self, *arguments: int) -> int:
        return self._stream.seek(*arguments)


def test_another_file_in_its_place_is_read_from_the_beginning(file: Path) -> None:
    writer = EventWriter.to_file(file)
    for name in "abc":
        writer.write("stage", name=name)
    reader = EventReader(file)
    reader.read()
    file.write_bytes(b'{"t": 1, "kind": "stage", "name": "new"}\n')
    assert [event["name"] for event in reader.read()] == ["new"]


def test_threads_never_mix_their_lines(file: Path) -> None:
    writer = EventWriter.to_file(file)
    threads = [
        threading.Thread(target=lambda: [writer.write("metric", values={"x": 1.0}) for _ in range(200)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reader = EventReader(file)
    assert len(reader.read()) == 800 and reader.damaged == 0


def test_numbers_that_json_does_not_know_become_null(file: Path) -> None:
    import numpy as np

    writer = EventWriter.to_file(file)
    writer.write(
        "metric", values={"loss": float("nan"), "dice": np.float32(0.5), "n": np.int64(3), "a": np.zeros(2)}
    )
    (event,) = EventReader(file).read()
    assert event["values"] == {"loss": None, "dice": 0.5, "n": 3, "a": [0.0, 0.0]}


def test_after_the_end_nothing_is_written(file: Path) -> None:
    writer = EventWriter.to_file(file)
    writer.close()
    writer.write("heartbeat")
    assert file.read_bytes() == b""

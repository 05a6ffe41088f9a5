"""Events of a job: one ASCII JSON object a line, appended and flushed; read on from where one stopped.

Kinds: ``stage`` (name), ``progress`` (done, total, unit, remaining_s), ``metric`` (values, iteration),
``message`` (text, level), ``preview`` (path, iteration), ``heartbeat``; each with ``t``, seconds since 1970.
"""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import IO, Any

from ugmcl.jobs.json_files import ascii_json

_LONGEST_READ = 4 * 2**20  # bytes at once: a log of a day is read in pieces, and never twice


class EventWriter:
    """Appends events to a binary stream without a buffer; may be used from several threads."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._lock = threading.Lock()
        self._stream = stream
        self._torn = False

    @classmethod
    def to_file(cls, file: Path) -> EventWriter:
        """Append to ``file``, which is made if missing."""
        stream = file.open("ab", buffering=0)
        if stream.tell() and not _ends_with_newline(file):
            stream.write(b"\n")  # the last writer was killed in the middle of a line
        return cls(stream)

    def write(self, kind: str, **values: Any) -> None:
        """Append one event with the present time; one write, so that lines never mix."""
        line = ascii_json({"t": round(time.time(), 3), "kind": kind, **values}) + "\n"
        with self._lock:
            if not self._stream.closed:
                data = (b"\n" if self._torn else b"") + line.encode("ascii")
                self._torn = self._stream.write(data) != len(data)  # a full disk takes a part of a line

    def close(self) -> None:
        """End of writing; later events are dropped."""
        with self._lock:
            self._stream.close()


class EventReader:
    """Reads events that are new since the last call.

    Attributes:
        offset: bytes read so far; may be given to go on where another reader stopped.
        damaged: lines that were no event and were passed over.
    """

    def __init__(self, file: Path, offset: int = 0) -> None:
        self.file, self.offset, self.damaged = file, offset, 0

    def read(self) -> list[dict[str, Any]]:
        """New events, oldest first; a half-written last line is left for the next call."""
        try:
            with self.file.open("rb") as stream:
                if stream.seek(0, 2) < self.offset:  # another file took its place
                    self.offset = 0
                stream.seek(self.offset)
                piece = stream.read(_LONGEST_READ)
        except FileNotFoundError:
            return []
        complete, newline, _ = piece.rpartition(b"\n")
        if not newline:
            if len(piece) == _LONGEST_READ:  # no event is as long as this: garbage, passed over
                self.offset, self.damaged = self.offset + len(piece), self.damaged + 1
            return []
        self.offset += len(complete) + 1
        return [event for line in complete.split(b"\n") if (event := self._parse(line)) is not None]

    def _parse(self, line: bytes) -> dict[str, Any] | None:
        if not line.strip():
            return None
        try:
            event = json.loads(line)
            if isinstance(event, dict) and isinstance(event.get("kind"), str):
                return event
        except (ValueError, RecursionError):
            pass  # counted below, as every line that is no event
        self.damaged += 1
        return None


def _ends_with_newline(file: Path) -> bool:
    with file.open("rb") as stream:
        stream.seek(-1, 2)
        return stream.read(1) == b"\n"

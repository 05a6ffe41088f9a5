"""The warm worker: one process that keeps libraries and model loaded between segmentations."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import threading
import time
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.jobs.environment import data_folder, private_folder
from ugmcl.jobs.events import EventReader
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.launch import Interpreter, Launched, launch_server
from ugmcl.jobs.processes import end_tree
from ugmcl.slicer.interpreter import find_interpreter

FOLDER = "worker"  # in the data folder: what the worker says, a file for each Slicer
KEPT_SECONDS = 7 * 86400.0
END_SECONDS = 5.0  # to end in order once its input is closed
_shared: list[WarmWorker] = []
_numbers = itertools.count(1)  # of the processes started by this Slicer


class WarmWorker:
    """Starts its process when the first job comes, and again when it died or another Python was chosen."""

    def __init__(self) -> None:
        self._launched: Launched | None = None
        self._interpreter: Interpreter | None = None
        self._reader: EventReader | None = None
        self._refused: dict[str, str] = {}
        self._pid = 0
        self._number = 0

    @property
    def command(self) -> str:
        """What was started, as one would type it."""
        return self._launched.shown if self._launched else ""

    @property
    def launched(self) -> Launched | None:
        """The process, if one was started."""
        return self._launched

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self._launched is not None and self._launched.process.poll() is None

    @property
    def pid(self) -> int:
        """Of the process that works; 0 before it is ready. PythonSlicer's own is that of a launcher."""
        self._listen()
        return self._pid

    def submit(self, job: JobFolder) -> None:
        """Hand over a job; follow it by its folder.

        Raises:
            UserError: no interpreter, or it cannot be started.
        """
        interpreter = find_interpreter().interpreter
        if interpreter is None:
            raise UserError(_("the computation is not set up on this computer yet"), None, _("See Set-up"))
        if not self.alive or interpreter != self._interpreter:
            self._start(interpreter)
        try:
            self._say(str(job.path))
        except OSError:  # it died this very moment
            self._start(interpreter)
            with contextlib.suppress(OSError):  # it dies at once: the watch tells its last words
                self._say(str(job.path))

    def refusal(self, job: JobFolder) -> str:
        """Why the worker did not take a job; "" if it did."""
        self._listen()
        return self._refused.get(str(job.path), "")

    def last_words(self) -> str:
        """The last line that the process wrote, to explain its end."""
        try:
            text = self._file.with_suffix(".txt").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return lines[-1][:300] if lines else ""

    def free(self) -> None:
        """Let go of the device's memory."""
        if self.alive:
            with contextlib.suppress(OSError):  # it died: its memory is free
                self._say("free")

    def stop(self) -> None:
        """End the process: its input is closed, and a thread ends the tree if that does not help."""
        if self._launched is None:
            return
        launched, self._launched = self._launched, None
        if launched.process.stdin is not None:
            with contextlib.suppress(OSError):  # it died already
                launched.process.stdin.close()
        threading.Thread(target=_end, args=(launched,), name="ugmcl-end").start()

    def _start(self, interpreter: Interpreter) -> None:
        self.stop()
        self._number = next(_numbers)  # another file: the one before may still be written to
        _clear_old(private_folder(self._file.parent))
        self._reader, self._refused, self._pid = None, {}, 0
        self._launched = launch_server(self._file, interpreter)
        self._interpreter, self._reader = interpreter, EventReader(self._file)

    @property
    def _file(self) -> Path:
        return data_folder() / FOLDER / f"{os.getpid()}-{self._number}.jsonl"

    def _listen(self) -> None:
        for event in self._reader.read() if self._reader else []:
            if event["kind"] == "ready":
                self._pid = int(event.get("pid") or 0)
            elif event["kind"] == "refused":
                self._refused[str(event.get("job"))] = str(event.get("error"))

    def _say(self, line: str) -> None:
        if self._launched is None or self._launched.process.stdin is None:
            raise BrokenPipeError("the worker is not there")
        self._launched.process.stdin.write(f"{line}\n".encode())
        self._launched.process.stdin.flush()


def _end(launched: Launched) -> None:
    """In a thread of its own that the program waits for: no process of ours remains."""
    try:
        launched.process.wait(END_SECONDS)
    except Exception:  # noqa: BLE001 - it did not end in order
        logging.info("UG-MCL: the worker is ended by force")
    end_tree(launched.pid, launched.pid)
    launched.process.wait()


def _clear_old(folder: Path) -> None:
    """Remove what workers of earlier days said."""
    for file in folder.iterdir():
        with contextlib.suppress(OSError):  # another Slicer was faster
            if time.time() - file.stat().st_mtime > KEPT_SECONDS:
                file.unlink()


def shared_worker() -> WarmWorker:
    """The one of this Slicer; it ends with Slicer."""
    if not _shared:
        _shared.append(WarmWorker())
        slicer.app.connect("aboutToQuit()", _shared[0].stop)
    return _shared[0]

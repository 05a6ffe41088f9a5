"""The warm worker: segments job after job without loading libraries and model again.

It reads from standard input, one a line: the path of a job's folder, ``free`` (let go of the device's
memory), or ``end``. It says events, as jobs do (ASCII JSON, one a line), on standard output: ``ready``,
``begin`` and ``end`` of a job (``job``, ``status``), ``refused`` (``job``, ``error``), ``freed``, ``bye``
(``reason``). It ends when standard input ends, that is with its parent, or when nothing came for a while.
"""

from __future__ import annotations

import argparse
import faulthandler
import functools
import logging
import os
import queue
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import IO, Any

from ugmcl.errors import Stopped, UserError
from ugmcl.jobs.events import EventWriter
from ugmcl.jobs.keep_awake import lower_priority
from ugmcl.jobs.reporter import Reporter
from ugmcl.worker.run import run_job
from ugmcl.worker.table import Work
from ugmcl.worker.warm import WarmModel

FREE, END = "free", "end"
PARENT_GONE_SECONDS = 20.0  # for the present job to end in order after the parent's death


class Lines(Reporter):
    """Standard input, read by a thread; as a reporter it ends the present job when the input has ended.

    It is read below Python's buffers, whose lock a waiting thread would keep at the end of the program.
    """

    def __init__(self, descriptor: int = 0) -> None:
        self.ended = threading.Event()
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._read, args=(descriptor,), name="input", daemon=True)
        self._thread.start()

    def next(self, patience_s: float) -> str | None:
        """The next line; None at the input's end. Raises `queue.Empty` when nothing comes for so long."""
        return self._queue.get(timeout=patience_s)

    def check(self) -> None:
        if self.ended.is_set():
            raise Stopped("paused")

    def _read(self, descriptor: int) -> None:
        rest = b""
        while piece := os.read(descriptor, 4096):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                if text := line.decode("utf-8", "replace").strip():
                    self._queue.put(text)
        self.ended.set()
        self._queue.put(None)


def serve(
    lines: Lines, say: EventWriter, *, idle_s: float, warm: WarmModel, functions: Mapping[str, Work]
) -> str:
    """Work on jobs until the input ends (``parent``), ``end`` comes (``asked``), or nothing (``idle``)."""
    say.write("ready", pid=os.getpid())
    while True:
        try:
            line = lines.next(idle_s)
        except queue.Empty:
            return "idle"
        if line is None:
            return "parent"
        if line == END:
            return "asked"
        if line == FREE:
            warm.free()
            say.write("freed")
        elif not lines.ended.is_set():
            _one(line, lines, say, functions)


def _one(folder: str, lines: Lines, say: EventWriter, functions: Mapping[str, Work]) -> None:
    say.write("begin", job=folder)
    try:
        outcome = run_job(folder, functions=functions, also=lines, capture=True)
    except UserError as fault:
        say.write("refused", job=folder, error=str(fault))
        return
    say.write("end", job=folder, status=outcome.status, error=outcome.error)


def main(arguments: Sequence[str] | None = None) -> int:
    """``ugmcl.worker.serve [--idle-minutes N]``; returns 0."""
    parser = argparse.ArgumentParser(prog="ugmcl serve", description="Work on jobs named on standard input.")
    parser.add_argument("--idle-minutes", type=float, default=15.0, help="end after so long without a job")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    faulthandler.enable()
    lower_priority()
    lines = Lines()
    threading.Thread(target=_end_with_parent, args=(lines,), daemon=True).start()
    with _own_output() as stream:
        say = EventWriter(stream)
        warm, functions = _load()
        reason = serve(lines, say, idle_s=60.0 * chosen.idle_minutes, warm=warm, functions=functions)
        say.write("bye", reason=reason)
    return 0


def _load() -> tuple[WarmModel, dict[str, Any]]:
    """Import what takes long before saying that we are ready."""
    from ugmcl.worker.rank import rank
    from ugmcl.worker.segment import segment

    warm = WarmModel()
    return warm, {kind.__name__: functools.partial(kind, warm=warm) for kind in (segment, rank)}


def _own_output() -> IO[bytes]:
    """Standard output for our events alone: what libraries print goes to standard error from now on."""
    stream = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return stream


def _end_with_parent(lines: Lines) -> None:
    """A job that does not listen may not outlive the parent for long; it will count as interrupted."""
    lines.ended.wait()
    threading.Event().wait(PARENT_GONE_SECONDS)
    os._exit(3)


if __name__ == "__main__":
    sys.exit(main())

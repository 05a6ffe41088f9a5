"""The warm worker: one process that keeps libraries and model loaded between segmentations."""

from __future__ import annotations

import logging

import slicer
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.jobs.environment import data_folder
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.launch import Interpreter, Launched, launch_server
from ugmcl.slicer.interpreter import find_interpreter

STATUS = "worker.jsonl"
_shared: list[WarmWorker] = []


class WarmWorker:
    """Starts its process when the first job comes, and again when it died or another Python was chosen."""

    def __init__(self) -> None:
        self._launched: Launched | None = None
        self._interpreter: Interpreter | None = None

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

    def submit(self, job: JobFolder) -> None:
        """Hand over a job; follow it by its folder.

        Raises:
            UserError: no interpreter, or it cannot be started.
        """
        interpreter = find_interpreter().interpreter
        if interpreter is None:
            raise UserError(_("the computation is not set up on this computer yet"), None, _("See Set-up"))
        if not self.alive or interpreter != self._interpreter:
            self.stop()
            self._launched = launch_server(data_folder() / STATUS, interpreter)
            self._interpreter = interpreter
        try:
            self._say(str(job.path))
        except OSError:
            self.stop()
            self._launched = launch_server(data_folder() / STATUS, interpreter)
            self._say(str(job.path))

    def free(self) -> None:
        """Let go of the device's memory."""
        if self.alive:
            self._say("free")

    def stop(self) -> None:
        """End the process; it is not waited for."""
        if self._launched is None:
            return
        process, self._launched = self._launched.process, None
        try:
            if process.stdin is not None:
                process.stdin.close()
        except OSError as fault:
            logging.info("UG-MCL: the worker's input was closed already (%s)", fault)

    def _say(self, line: str) -> None:
        assert self._launched is not None and self._launched.process.stdin is not None
        self._launched.process.stdin.write(f"{line}\n".encode())
        self._launched.process.stdin.flush()


def shared_worker() -> WarmWorker:
    """The one of this Slicer; it ends with Slicer."""
    if not _shared:
        _shared.append(WarmWorker())
        slicer.app.connect("aboutToQuit()", _shared[0].stop)
    return _shared[0]

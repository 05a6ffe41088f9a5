"""Making a run's report again, as a job of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.launch import launch
from ugmcl.slicer.background import Background
from ugmcl.slicer.job_watch import JobWatch


class ReportJob:
    """A report being made.

    Args:
        run: folder of the run.
        control: also train the control, where there is none yet.
        on_says: gets what it does now. on_end: gets a sentence; "" when it is done.
    """

    def __init__(
        self, run: Path, control: bool, on_says: Callable[[str], None], on_end: Callable[[str], None]
    ) -> None:
        self._run, self._control = run, control
        self._on_says, self._on_end = on_says, on_end
        self._job: JobFolder | None = None
        self._watch: JobWatch | None = None

    def start(self) -> None:
        """Begin; returns at once.

        Raises:
            UserError: nothing here can compute, or there is no place for the job.
        """
        from ugmcl.slicer.interpreter import find_interpreter

        interpreter = find_interpreter().interpreter
        if interpreter is None:
            raise UserError(
                _("the computation is not set up on this computer yet"), None, _("See above; it is done once")
            )
        self._job = JobFolder.create("report", {"run": str(self._run), "control": self._control})
        launched = launch(self._job, interpreter, background=True)
        self._watch = JobWatch(self._job, launched, self._says, self._ends)

    def cancel(self) -> None:
        """Ask for the end; on_end follows."""
        if self._watch is not None:
            self._watch.cancel()

    def leave(self) -> None:
        """Watch no longer; it goes on."""
        if self._watch is not None:
            self._watch.stop()

    def _says(self, update: Any) -> None:
        self._on_says(update.progress.stage)

    def _ends(self, update: Any) -> None:
        words = {"done": "", "cancelled": _("Stopped."), "stopped": _("Stopped.")}
        self._on_end(words.get(update.state, update.error or _("The report ended without a result.")))
        if update.state != "failed" and self._job is not None:
            Background(self._job.remove, lambda _none: None, _not_removed)


def _not_removed(fault: BaseException) -> None:
    logging.warning("UG-MCL: the report's job could not be removed: %s", fault)

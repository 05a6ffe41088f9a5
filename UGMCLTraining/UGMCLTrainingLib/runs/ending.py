"""Pausing and stopping a run: asked for by its cancel file, by force once the grace is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ugmcl.jobs.cancel import cancel, request_end
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.launch import Launched
from ugmcl.jobs.state import state_of
from ugmcl.slicer.background import Background
from UGMCLTrainingLib.runs.starting import has_begun

GRACE_S = 60.0  # a checkpoint of a large network is written meanwhile; force loses the steps since the last
BEGIN_S = 30.0  # a process that was just started meets the wish when it begins
LOOK_S = 0.2


def end_run(folder: Path, reason: str, launched: Launched | None = None) -> None:
    """Ask, wait, force; for a thread.

    Args:
        folder: of the run.
        reason: paused or cancelled.
        launched: its process where it was started here a moment ago.

    Raises:
        UserError: it runs on another computer and does not listen.
    """
    job = JobFolder.open(folder)
    request_end(job, reason)
    end = time.monotonic() + BEGIN_S
    while not _can_be_ended(job, launched) and time.monotonic() < end:
        time.sleep(LOOK_S)
    cancel(job, reason=reason, grace_s=GRACE_S)


def _can_be_ended(job: JobFolder, launched: Launched | None) -> bool:
    """A process that has not begun would not hear of its end."""
    if launched is not None:
        return has_begun(job, launched) or launched.process.poll() is not None
    return state_of(job) != "queued"


class Endings:
    """Runs that were asked to end, and what for.

    Args:
        on_end: called when one has ended. on_fault: gets its folder and what went wrong.
    """

    def __init__(
        self, on_end: Callable[[Path], None], on_fault: Callable[[Path, BaseException], None]
    ) -> None:
        self._on_end, self._on_fault = on_end, on_fault
        self._asked: dict[Path, tuple[str, Any]] = {}

    def ask(self, folder: Path, reason: str, launched: Launched | None = None) -> None:
        """Begin to end a run (see `end_run`); returns at once."""
        if folder in self._asked:
            return
        work = Background(
            lambda: end_run(folder, reason, launched),
            lambda _none: self._ended(folder),
            lambda fault: self._failed(folder, fault),
        )
        self._asked[folder] = (reason, work)

    def asked(self, folder: Path) -> str:
        """What a run was asked for that has not ended yet; "" for nothing."""
        return self._asked[folder][0] if folder in self._asked else ""

    def forget(self) -> None:
        """Nobody is told any more; what was asked for happens all the same."""
        for _reason, work in self._asked.values():
            work.cancel()
        self._asked.clear()

    def _ended(self, folder: Path) -> None:
        self._asked.pop(folder, None)
        self._on_end(folder)

    def _failed(self, folder: Path, fault: BaseException) -> None:
        self._asked.pop(folder, None)
        self._on_fault(folder, fault)

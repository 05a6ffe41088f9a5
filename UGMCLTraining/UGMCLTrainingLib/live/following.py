"""The selected run looked at every second, in a thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import qt

from ugmcl.slicer.background import Background
from UGMCLTrainingLib.live.look import Live, RunLook

LOOK_MS = 1000


class Following:
    """Follows one run at a time.

    Args:
        on_look: gets what a look found. on_fault: gets why the run cannot be read now.
    """

    def __init__(self, on_look: Callable[[Live], None], on_fault: Callable[[BaseException], None]) -> None:
        self._on_look, self._on_fault = on_look, on_fault
        self._look: RunLook | None = None
        self._work: Background | None = None
        self._timer = qt.QTimer()
        self._timer.setInterval(LOOK_MS)
        self._timer.connect("timeout()", self._next)

    @property
    def folder(self) -> Path | None:
        """Of the run that is followed."""
        return self._look.folder if self._look is not None else None

    def follow(self, folder: Path | None) -> None:
        """Follow this run, from its beginning; None follows none."""
        if folder == self.folder:
            return
        self.stop()
        if folder is not None:
            self._look = RunLook(folder)
            self._timer.start()
            self._next()

    def look_now(self) -> None:
        """Look, unless a look is under way."""
        self._next()

    def stop(self) -> None:
        """Follow no longer."""
        self._timer.stop()
        self._look = None
        if self._work is not None:
            self._work.cancel()
            self._work = None

    def _next(self) -> None:
        if self._work is None and self._look is not None:
            self._work = Background(self._look.look, self._found, self._failed)

    def _found(self, live: Live) -> None:
        self._work = None
        self._on_look(live)

    def _failed(self, fault: BaseException) -> None:
        self._work = None
        self._on_fault(fault)

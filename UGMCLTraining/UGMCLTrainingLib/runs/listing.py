"""The list of runs kept up to date: read in a thread, because folders may be many and lie on a slow disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import qt

from ugmcl.slicer.background import Background

LOOK_MS = 2000


class RunListing:
    """Reads all runs every two seconds while somebody looks.

    Args:
        places: gives further folders in which runs lie.
        on_list: gets the summaries, newest first.
        on_fault: gets what went wrong; the next look may succeed.
    """

    def __init__(
        self,
        places: Callable[[], Sequence[Path]],
        on_list: Callable[[list[Any]], None],
        on_fault: Callable[[BaseException], None],
    ) -> None:
        self._places, self._on_list, self._on_fault = places, on_list, on_fault
        self._work: Background | None = None
        self._again = False
        self._timer = qt.QTimer()
        self._timer.setInterval(LOOK_MS)
        self._timer.connect("timeout()", self.look)

    def start(self) -> None:
        """Look now and from now on."""
        if not self._timer.isActive():
            self._timer.start()
            self.look()

    def stop(self) -> None:
        """Look no longer; a look that is under way tells nobody."""
        self._timer.stop()
        self._again = False
        if self._work is not None:
            self._work.cancel()
            self._work = None

    def look(self) -> None:
        """Look once; asked for during a look, another one follows it."""
        if self._work is not None:
            self._again = True
            return
        from ugmcl.jobs.runs import list_runs

        places = list(self._places())
        self._work = Background(lambda: list_runs(places), self._done, self._failed)

    def _done(self, runs: list[Any]) -> None:
        self._work = None
        self._on_list(runs)
        self._next()

    def _failed(self, fault: BaseException) -> None:
        self._work = None
        self._on_fault(fault)
        self._next()

    def _next(self) -> None:
        if self._again:
            self._again = False
            self.look()

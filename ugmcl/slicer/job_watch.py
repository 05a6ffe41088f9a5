"""Watching a job with a timer: the window never waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import qt
from slicer.i18n import tr as _

from ugmcl.jobs.cancel import end_now, request_end
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.follow import Follower, Update
from ugmcl.jobs.state import ENDED
from ugmcl.slicer.background import Background

LOOK_MS = 200
GRACE_SECONDS = 8.0
DEAD_SECONDS = 3.0  # a process that ended without a word may still be writing


class JobWatch:
    """Looks at a job every fifth of a second.

    Args:
        job: to watch.
        worker: that it was handed to (`ugmcl.slicer.warm_worker.WarmWorker`) or a started process.
        on_update: gets every look. on_end: gets the last one.
    """

    def __init__(
        self,
        job: JobFolder,
        worker: Any,
        on_update: Callable[[Update], None],
        on_end: Callable[[Update], None],
    ) -> None:
        self.job, self._on_update, self._on_end = job, on_update, on_end
        self._process = worker.launched.process if hasattr(worker, "launched") else worker.process
        self._follower = Follower(job)
        self._cancelled_at: float | None = None
        self._dead_since: float | None = None
        self._ending: Any = None
        self._timer = qt.QTimer()
        self._timer.setInterval(LOOK_MS)
        self._timer.connect("timeout()", self._look)
        self._timer.start()

    def cancel(self) -> None:
        """Ask for the end; by force when it does not listen. on_end follows."""
        if self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
            request_end(self.job)

    def stop(self) -> None:
        """Watch no longer."""
        self._timer.stop()

    def _look(self) -> None:
        update = self._follower.look()
        if update.state in ENDED:
            self._finish(update)
            return
        self._on_update(update)
        now = time.monotonic()
        if self._process.poll() is None:
            self._dead_since = None
        elif self._dead_since is None:
            self._dead_since = now
        elif now - self._dead_since > DEAD_SECONDS and update.state == "queued":
            text = _("The work could not begin: its process ended with status {status}.")
            self._finish(replace(update, state="failed", error=text.format(status=self._process.poll())))
            return
        if (
            self._cancelled_at is not None
            and now - self._cancelled_at > GRACE_SECONDS
            and self._ending is None
        ):
            self._ending = Background(lambda: end_now(self.job), lambda _state: None, lambda _fault: None)

    def _finish(self, update: Update) -> None:
        self.stop()
        self._on_end(update)

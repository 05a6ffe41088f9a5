"""Watching a job with a timer: the window never waits."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import qt
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.jobs.cancel import end_now, request_end
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.follow import Follower, Update
from ugmcl.jobs.processes import end_tree
from ugmcl.jobs.state import ENDED
from ugmcl.slicer.background import Background

LOOK_MS = 200
GRACE_SECONDS = 8.0  # for a running job to end in order
DEAD_SECONDS = 1.0  # a process that ended may have written its last words a moment before


class JobWatch:
    """Looks at a job every fifth of a second.

    Args:
        job: to watch.
        worker: the `ugmcl.slicer.warm_worker.WarmWorker` that it was handed to, or a `Launched` process.
        on_update: gets every look at a job that is at work. on_end: gets the last look, once.
    """

    def __init__(
        self,
        job: JobFolder,
        worker: Any,
        on_update: Callable[[Update], None],
        on_end: Callable[[Update], None],
    ) -> None:
        self.job, self._on_update, self._on_end = job, on_update, on_end
        self._worker = worker if hasattr(worker, "launched") else None
        self._launched = worker.launched if self._worker is not None else worker
        self._follower = Follower(job, self._launched)
        self._cancelled_at: float | None = None
        self._dead_since: float | None = None
        self._ending: Background | None = None
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
        try:
            update = self._follower.look()
        except (OSError, UserError) as fault:
            self._fail(str(fault))
            return
        if update.state in ENDED:
            self._finish(update)
        elif not self.job.path.is_dir():
            self._fail(_("it was removed"))
        elif why := self._why_never(update):
            self._finish(replace(update, state="failed", error=why))
        elif self._cancelled_at is not None and update.state == "queued" and self._worker is not None:
            self._finish(
                replace(update, state="cancelled")
            )  # the worker will meet the wish, and begin nothing
        else:
            self._force_if_deaf()
            self._on_update(update)

    def _force_if_deaf(self) -> None:
        """Once the grace after a cancel is over, or there is nobody to listen."""
        if self._cancelled_at is None or self._ending is not None:
            return
        dead = self._worker is None and self._launched.process.poll() is not None
        if dead or time.monotonic() - self._cancelled_at >= GRACE_SECONDS:
            self._ending = Background(self._end, lambda _state: None, self._not_ended)

    def _end(self) -> None:
        """In a thread."""
        if self._worker is None:
            end_tree(self._launched.pid, self._launched.pid)
        end_now(self.job)

    def _fail(self, reason: str) -> None:
        error = _("The job's folder cannot be read any more: {reason}").format(reason=reason)
        self._finish(Update("failed", progress=self._follower.progress, error=error))

    def _why_never(self, update: Update) -> str:
        """Why a job that waits will never begin; "" while it may."""
        if update.state != "queued" or self._cancelled_at is not None:
            return ""
        if self._worker is None:
            return update.error
        if refusal := self._worker.refusal(self.job):
            return str(refusal)
        if self._launched.process.poll() is None:
            return ""
        self._dead_since = self._dead_since or time.monotonic()
        if time.monotonic() - self._dead_since < DEAD_SECONDS:
            return ""
        said = self._worker.last_words()
        status = self._launched.process.poll()
        reason = said or _("its process ended with status {status}").format(status=status)
        return _("The computation could not begin: {reason}").format(reason=reason)

    def _not_ended(self, fault: BaseException) -> None:
        logging.warning("UG-MCL: the job could not be ended: %s", fault)

    def _finish(self, update: Update) -> None:
        self.stop()
        self._on_end(update)

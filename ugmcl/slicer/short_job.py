"""A short piece of work, such as a ranking or an estimate: its result comes by a call, nobody waits."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Mapping
from typing import Any

from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.launch import launch
from ugmcl.slicer.job_watch import JobWatch


class ShortJob:
    """One job from its request to its result; its folder is removed afterwards.

    Args:
        kind: of work (`ugmcl.worker.table`); arguments: JSON values.
        on_done: gets the result's values. on_failed: gets one sentence; a cancelled job fails with "".
        on_update: gets every look at the job while it is at work.
        own_process: not in the warm worker, which a segmentation may need meanwhile.
    """

    def __init__(
        self,
        kind: str,
        arguments: Mapping[str, Any],
        on_done: Callable[[dict[str, Any]], None],
        on_failed: Callable[[str], None],
        on_update: Callable[[Any], None] = lambda _update: None,
        *,
        own_process: bool = False,
    ) -> None:
        self._kind, self._arguments = kind, arguments
        self._on_done, self._on_failed, self._on_update = on_done, on_failed, on_update
        self._own_process = own_process
        self._watch: JobWatch | None = None
        self.job: JobFolder | None = None

    @property
    def running(self) -> bool:
        """Whether its end is still to come."""
        return self._watch is not None

    def start(self) -> None:
        """Hand it to the warm worker, or start its process.

        Raises:
            UserError: nothing is set up, or there is no place for the job.
        """
        self.job = JobFolder.create(self._kind, self._arguments)
        try:
            worker = self._launched(self.job) if self._own_process else self._submitted(self.job)
        except UserError:
            self._remove()
            raise
        self._watch = JobWatch(self.job, worker, self._on_update, self._ended)

    def cancel(self) -> None:
        """Ask for the end; on_failed("") follows."""
        if self._watch is not None:
            self._watch.cancel()

    def abandon(self) -> None:
        """The panel goes away: ask for the end, and tell nobody."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch.stop()
            self._watch = None

    def _submitted(self, job: JobFolder) -> Any:
        from ugmcl.slicer.warm_worker import shared_worker

        shared_worker().submit(job)
        return shared_worker()

    def _launched(self, job: JobFolder) -> Any:
        from ugmcl.slicer.interpreter import find_interpreter

        interpreter = find_interpreter().interpreter
        if interpreter is None:
            raise UserError(
                _("the computation is not set up on this computer yet"), None, _("Set it up first")
            )
        return launch(job, interpreter)

    def _ended(self, update: Any) -> None:
        self._watch = None
        self._remove()
        if update.state == "done":
            self._on_done(update.result["result"])
        elif update.state == "cancelled":
            self._on_failed("")
        else:
            self._on_failed(update.error or _("The computation ended without a result."))

    def _remove(self) -> None:
        assert self.job is not None
        try:
            shutil.rmtree(self.job.path)
        except OSError as fault:
            logging.info("UG-MCL: a job's folder stays: %s", fault)

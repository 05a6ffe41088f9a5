"""A batch at work: cases become files (steps), one job segments them all, states come by its events.

The results lie in a folder of the user's choice; finished cases are skipped when the batch is started again,
unless model or settings changed (`ugmcl.segmentation.cohort`).
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.jobs.folder import JobFolder
from UGMCLSegmentationLib.batch.inputs import BatchCase, write_cases
from UGMCLSegmentationLib.job_removal import remove_job

INPUTS = "inputs"  # folder in the job's for cases that come from the scene


@dataclass
class CaseState:
    """waiting, running, done, skipped (finished before) or failed, with the reason."""

    name: str
    state: str = "waiting"
    reason: str = ""


@dataclass(frozen=True)
class BatchListener:
    """Told in the window's thread: progress (words, share, remaining seconds), states, the end.

    on_end gets "done", "cancelled" or "failed" and a sentence.
    """

    on_progress: Callable[[str, float, float | None], None] = lambda *_a: None
    on_states: Callable[[Sequence[CaseState]], None] = lambda _states: None
    on_end: Callable[[str, str], None] = lambda *_a: None


@dataclass
class BatchRun:
    """A batch.

    Args:
        model: folder of the package.
        options: of `SegmentOptions`, as JSON values.
        output: folder of the results.
        worker: the warm worker.
        listener: is told.
        cases: from the scene; or ``folder`` of images.
    """

    model: str
    options: dict[str, Any]
    output: Path
    worker: Any
    listener: BatchListener
    cases: Sequence[BatchCase] = ()
    folder: Path | None = None
    states: dict[str, CaseState] = field(default_factory=dict)
    state: str = "new"
    job: JobFolder | None = None
    _part: Any = None
    _observer: int | None = None

    @property
    def ended(self) -> bool:
        """Nothing more will happen."""
        return self.state in ("done", "failed", "cancelled")

    def start(self) -> None:
        """Begin; returns at once.

        Raises:
            UserError: the job's folder cannot be made.
        """
        source = INPUTS if self.folder is None else str(self.folder)
        arguments = {
            "model": self.model,
            "inputs": [source],
            "output": str(self.output),
            "options": self.options,
        }
        self.job = JobFolder.create("segment", arguments)
        self.state = "running"
        self.states = {case.name: CaseState(case.name) for case in self.cases}
        self._observer = slicer.mrmlScene.AddObserver(slicer.vtkMRMLScene.StartCloseEvent, self._scene_closes)
        self.listener.on_states(list(self.states.values()))
        if self.folder is not None:
            self._submit(None)
            return
        from ugmcl.slicer.steps import StepRunner

        words = _("Handing over the images")
        self._part = StepRunner(
            write_cases(self.cases, self.job.path / INPUTS),
            lambda share: self.listener.on_progress(words, 0.05 * share, None),
            self._submit,
            self._failed_with,
        )

    def cancel(self) -> None:
        """Stop; finished cases stay finished."""
        if self.state != "running":
            return
        in_job = hasattr(self._part, "stop")
        self.state = "stopping"
        if self._part is not None:
            self._part.cancel()
        if not in_job:
            self._end("cancelled", "")

    def _submit(self, _value: Any) -> None:
        from ugmcl.slicer.job_watch import JobWatch

        try:
            self.worker.submit(self.job)
        except UserError as fault:
            self._end("failed", str(fault))
            return
        self._part = JobWatch(self.job, self.worker, self._says, self._ends)

    def _says(self, update: Any) -> None:
        changed = [event for event in update.events if event.get("kind") == "case"]
        for event in changed:
            name = str(event["name"])
            reason = self._short(str(event.get("reason") or ""))
            self.states[name] = CaseState(name, str(event["state"]), reason)
        if changed:
            self.listener.on_states(list(self.states.values()))
        progress = update.progress
        share = progress.done / progress.total if progress.total else 0.0
        self.listener.on_progress(progress.stage or _("Starting"), 0.05 + 0.95 * share, progress.remaining_s)

    def _short(self, reason: str) -> str:
        """Files of the batch's folder by their names within it."""
        folder = self.folder or (self.job.path / INPUTS if self.job is not None else None)
        return reason if folder is None else reason.replace(f"{folder}{os.sep}", "")

    def _ends(self, update: Any) -> None:
        self._says(update)
        if update.state == "done":
            found = update.result["result"]
            self._end(
                "done",
                _(
                    "{time}: {done} segmented, {skipped} finished before, {failed} failed. "
                    "Table in the results' folder: {summary}"
                ).format(
                    time=time.strftime("%H:%M:%S"),
                    done=len(found["done"]),
                    skipped=len(found["skipped"]),
                    failed=len(found["failed"]),
                    summary=Path(found["summary"]).name if found["summary"] else "–",
                ),
            )
        elif update.state in ("cancelled", "stopped") or self.state == "stopping":
            self._end("cancelled", _("Stopped. Start again to go on with the cases that are left."))
        else:
            self._end("failed", update.error or _("The batch ended without a result."))

    def _failed_with(self, fault: BaseException) -> None:
        if not isinstance(fault, UserError):
            logging.error("UG-MCL: %s", fault, exc_info=fault)
        self._end("failed", str(fault))

    def _scene_closes(self, _caller: Any = None, _event: Any = None) -> None:
        """A batch needs the scene only until its volumes are files."""
        if self.job is not None and self.folder is None and not hasattr(self._part, "stop"):
            self.cancel()

    def _end(self, state: str, message: str) -> None:
        if self.ended:
            return
        self.state, self._part = state, None
        if self._observer is not None:
            slicer.mrmlScene.RemoveObserver(self._observer)
        if self.job is not None:
            remove_job(self.job)
        self.listener.on_end(state, message)

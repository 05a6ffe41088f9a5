"""One segmentation from the nodes to the nodes; the window stays alive because each part is cut into steps.

Handing over the image (steps) → the job in another process (watched by a timer) → reading its files (a
thread, numpy only) → making the nodes (steps). It ends in exactly one of done, failed, cancelled. It never
touches a scene that was closed since, and notices when its volume is deleted.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import slicer
import vtk
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.follow import SILENT_SECONDS
from ugmcl.slicer.background import Background
from ugmcl.slicer.job_watch import JobWatch
from UGMCLSegmentationLib import stages
from UGMCLSegmentationLib.job_removal import remove_job
from UGMCLSegmentationLib.request import SegmentationRequest

NAME = "case"  # of the files; patients' names stay in the scene


@dataclass(frozen=True)
class Listener:
    """Who is told about a run; each is called in the window's thread.

    on_progress: stage in the user's words, share of the whole 0..1, remaining seconds or None.
    on_log: new text of the log. on_command: the command that does the work.
    on_done: the ResultNodes. on_failed: one sentence. on_cancelled: nothing more.
    """

    on_progress: Callable[[str, float, float | None], None] = lambda *_a: None
    on_log: Callable[[str], None] = lambda _text: None
    on_command: Callable[[str], None] = lambda _text: None
    on_done: Callable[[Any], None] = lambda _nodes: None
    on_failed: Callable[[str], None] = lambda _text: None
    on_cancelled: Callable[[], None] = lambda: None


class SegmentationRun:
    """A segmentation at work.

    Args:
        request: checked.
        worker: `ugmcl.slicer.warm_worker.WarmWorker`.
        listener: is told.
        replace: earlier ResultNodes to be replaced, or None.

    Attributes:
        state: "running", "stopping", then "done", "failed" or "cancelled".
        nodes: the ResultNodes once done; error: the sentence once failed.
    """

    def __init__(
        self, request: SegmentationRequest, worker: Any, listener: Listener, replace: Any = None
    ) -> None:
        self.request, self.worker, self.listener, self.replace = request, worker, listener, replace
        self.state, self.stage, self.error = "running", stages.EXPORT, ""
        self.nodes: Any = None
        self.job: JobFolder | None = None
        self._share, self._begin, self._log_read = 0.0, time.monotonic(), 0
        self._expected_s: float | None = None
        self._part: Any = None  # what is at work now; has cancel()
        self._abandoned: Any = None
        self._scene = slicer.mrmlScene
        self._observers: list[int] = []

    @property
    def ended(self) -> bool:
        """Nothing more will happen."""
        return self.state in ("done", "failed", "cancelled")

    def start(self) -> None:
        """Begin; returns at once.

        Raises:
            UserError: the region lies outside, or the job's folder cannot be made.
        """
        from ugmcl.slicer.expected_time import expected_seconds

        options = self.request.job_options()
        files = [f"image{number}.nrrd" for number in range(len(self.request.volumes))]
        arguments = {
            "model": str(self.request.model.path),
            "image": files[0] if len(files) == 1 else files,
            "name": NAME,
            "options": options,
        }
        self.job = JobFolder.create("segment", arguments)
        self._expected_s = expected_seconds(self.request.model.id, self.request.voxels)
        for event, call in (
            (slicer.vtkMRMLScene.StartCloseEvent, self._scene_closes),
            (slicer.vtkMRMLScene.NodeAboutToBeRemovedEvent, self._node_goes),
        ):
            self._observers.append(self._scene.AddObserver(event, call))
        self._steps(self._export(files), self._submit)
        self._tell(stages.EXPORT, 0.0)

    def cancel(self) -> None:
        """Stop at any stage; on_cancelled follows, in the end by force."""
        if self.state != "running":
            return
        self.state = "stopping"
        if self._part is not None:
            self._part.cancel()
        if not self._in_job:
            self._end("cancelled")

    @property
    def _in_job(self) -> bool:
        """The end is told by the job then."""
        return isinstance(self._part, JobWatch)

    # --- handing over the image

    def _export(self, files: list[str]) -> Iterator[float]:
        from ugmcl.slicer.volume_export import export_volume

        for number, (volume, name) in enumerate(zip(self.request.volumes, files, strict=True)):
            for share in export_volume(volume, self._folder / name):
                yield (number + share) / len(files)

    # --- the job

    def _submit(self, _value: Any) -> None:
        self._tell(stages.START, 0.0)
        if self.ended:  # whoever was told has cancelled
            return
        try:
            self.worker.submit(self.job)
        except UserError as fault:
            self._fail(str(fault))
            return
        self.listener.on_command(self.worker.command)
        self._part = JobWatch(self.job, self.worker, self._job_says, self._job_ended)

    def _job_says(self, update: Any) -> None:
        if self.ended:
            return
        progress = update.progress
        if update.silent_s >= SILENT_SECONDS:
            words = _("No sign of life for {count} s (stage: {stage}); Cancel ends it")
            stage = stages.words(progress.stage or self.stage)
            self.listener.on_progress(
                words.format(count=int(update.silent_s), stage=stage), self._share, None
            )
        elif progress.stage:
            share = progress.done / progress.total if progress.total else 0.0
            self._tell(progress.stage, share, progress.remaining_s)
        else:
            self._tell(stages.START, 0.0)
        self._log(update)

    def _job_ended(self, update: Any) -> None:
        self._part = self._abandoned = None
        if self.ended:
            return
        self._log(update)
        if self.state == "stopping":
            self._end("cancelled")
        elif update.state == "done":
            self._read(update.result["result"], float(update.result.get("seconds") or 0.0))
        elif update.state == "cancelled":
            self._end("cancelled")
        else:
            self._fail(update.error or _("The computation ended without a result. See the log."))

    def _log(self, update: Any) -> None:
        """Stages and messages by their events, and what the process printed."""
        lines = []
        for event in update.events:
            if said := event.get("name") if event["kind"] == "stage" else event.get("text"):
                lines.append(f"{time.strftime('%H:%M:%S', time.localtime(event['t']))} {said}\n")
        text = "".join(lines) + self._printed()
        if text:
            self.listener.on_log(text)

    def _printed(self) -> str:
        attempt = self.job.newest_attempt() if self.job else None
        if attempt is None:
            return ""
        try:
            with attempt.log.open("rb") as file:
                file.seek(self._log_read)
                text = file.read(200_000)
        except OSError:
            return ""  # not written yet
        self._log_read += len(text)
        return text.decode("utf-8", "replace")

    # --- the nodes

    def _read(self, result: dict[str, Any], seconds: float) -> None:
        from ugmcl.slicer.expected_time import remember
        from ugmcl.slicer.result_files import ResultFiles

        remember(self.request.model.id, self.request.voxels, seconds)
        self._tell(stages.READ, 0.0)
        if self.ended:
            return
        folder = self._folder
        self._part = Background(lambda: ResultFiles.read(folder, result), self._make_nodes, self._failed_with)

    def _make_nodes(self, arrays: Any) -> None:
        from ugmcl.slicer.result_nodes import make_result_nodes

        self._tell(stages.NODES, 0.0)
        if self.ended:
            return
        steps = make_result_nodes(
            arrays,
            self.request.volumes[0],
            surface=self.request.surface,
            smoothing=self.request.smoothing,
            replace=self.replace,
            time_text=time.strftime("%H:%M:%S"),
        )
        self._steps(steps, self._made)

    def _made(self, nodes: Any) -> None:
        for further in self.request.volumes[1:]:  # the model's other channels, for a hand-over to training
            if further.GetScene() is not None:
                nodes.segmentation.AddNodeReferenceID("UGMCL.input", further.GetID())
        self.nodes = nodes
        self._end("done")

    # --- parts

    @property
    def _folder(self) -> Path:
        if self.job is None:
            raise RuntimeError("this run was not started")
        return self.job.path

    def _steps(self, generator: Iterator[float], then: Callable[[Any], None]) -> None:
        from ugmcl.slicer.steps import StepRunner

        stage = self.stage
        self._part = StepRunner(generator, lambda share: self._tell(stage, share), then, self._failed_with)

    def _tell(self, stage: str, share: float, remaining_s: float | None = None) -> None:
        self.stage = stage
        self._share = stages.overall(stage, share, self._share)
        if remaining_s is None and self._expected_s is not None:
            rest = self._expected_s - (time.monotonic() - self._begin)
            remaining_s = rest if rest > 0 else None
        self.listener.on_progress(stages.words(stage), self._share, remaining_s)

    def _failed_with(self, fault: BaseException) -> None:
        if isinstance(fault, UserError):
            self._fail(str(fault))
            return
        logging.error("UG-MCL: %s", fault, exc_info=fault)
        self._fail(_("Unexpected error: {fault}. See the application's log.").format(fault=fault))

    def _fail(self, message: str) -> None:
        self.error = message
        self._end("failed")

    # --- what the user does meanwhile

    def _scene_closes(self, _caller: Any = None, _event: Any = None) -> None:
        self._give_up(_("The scene was closed; the segmentation was stopped."))

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _node_goes(self, _caller: Any, _event: Any, node: Any) -> None:
        if any(node is volume for volume in self.request.volumes):
            self._give_up(_("The volume was removed from the scene; the segmentation was stopped."))

    def _give_up(self, message: str) -> None:
        """The user's scene went away: tell at once, and let the job end by itself."""
        if self.ended:
            return
        if self._part is not None:
            self._part.cancel()
        if self._in_job:
            self._abandoned = self._part  # it sees to the job's end, by force if needed
        self._fail(message)

    def _end(self, state: str) -> None:
        if self.ended:
            return
        self.state, self._part = state, None
        for tag in self._observers:
            self._scene.RemoveObserver(tag)
        self._observers = []
        if self.job is not None:
            remove_job(self.job)
        if state == "done":
            self._share = 1.0
            self.listener.on_done(self.nodes)
        elif state == "failed":
            self.listener.on_failed(self.error)
        else:
            self.listener.on_cancelled()


def report_of(nodes: Any) -> dict[str, Any]:
    """The report of a result; empty where it has none."""
    text = nodes.report.GetText() if nodes is not None and nodes.report is not None else ""
    return json.loads(text) if text else {}

"""What the module can do, with or without a panel: the buttons and a script run the same lines."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

from ugmcl.errors import Stopped, UserError
from UGMCLTrainingLib.parameters import UGMCLTrainingParameterNode


class TrainingLogic(ScriptedLoadableModuleLogic):
    """Trains models in the background."""

    def getParameterNode(self) -> UGMCLTrainingParameterNode:  # Slicer's name
        """The settings in the scene."""
        return UGMCLTrainingParameterNode(super().getParameterNode())

    def can_compute(self) -> bool:
        """Whether an interpreter with torch is known; imports and starts nothing."""
        from ugmcl.slicer.interpreter import find_interpreter

        return find_interpreter().interpreter is not None

    def open_project(self, folder: Path | str) -> Any:
        """The Project in a folder; a new one where there is none.

        Raises:
            UserError: a damaged manifest, or no right to write.
        """
        from UGMCLTrainingLib.cases.project import Project

        there = (Path(folder) / "dataset.json").is_file()
        return Project.open(folder) if there else Project.create(folder)

    def estimate(
        self, project: Any, start: str = "", preset: str = "fine-tune", **settings: Any
    ) -> dict[str, Any]:
        """Seconds, memory and disk of a training here, by measured steps; waits, the window stays alive.

        Raises:
            UserError: bad cases or settings, or nothing is set up.
        """
        from UGMCLTrainingLib.plan.estimate import estimate_job
        from UGMCLTrainingLib.plan.request import TrainingRequest

        found: dict[str, Any] = {}
        faults: list[str] = []
        request = TrainingRequest(project, start, preset, settings)
        job = estimate_job(request, found.update, lambda text: faults.append(text or _("stopped")))
        job.start()
        while not found and not faults:
            slicer.app.processEvents()
            time.sleep(0.02)
        if faults:
            raise UserError(faults[0].rstrip("."))
        return found

    def train(
        self,
        project: Any,
        start: str = "",
        preset: str = "fine-tune",
        budget: str = "",
        control: bool = False,
        name: str = "",
        wait: bool = False,
        **settings: Any,
    ) -> Path:
        """Start a training; returns its run folder.

        Args:
            project: of `open_project`.
            start: "name@version" of the model to begin with; "" for none.
            preset: of the settings.
            budget: quick, standard or thorough: measured first; "" takes the settings' own iterations.
            control: also train on the labelled cases alone, and compare.
            name: of the run's folder.
            wait: return when it has ended; the window stays alive meanwhile.
            settings: values by name, ``iterations=500``.

        Raises:
            UserError: it cannot be started, or (with ``wait``) failed. Stopped: (with ``wait``) it was
                paused or stopped.
        """
        from UGMCLTrainingLib.plan.request import TrainingRequest, start_run

        if budget:
            found = self.estimate(project, start, preset, **settings)
            if budget not in found["budgets"]:
                known = ", ".join(found["budgets"])
                raise UserError(_("there is no budget {name}").format(name=budget), None, known)
            settings["iterations"] = int(found["budgets"][budget]["iterations"])
        folder, launched = start_run(TrainingRequest(project, start, preset, settings, control, name))
        if wait:
            self._wait(folder, launched)
        return folder

    def runs(self, *folders: Path | str) -> list[Any]:
        """Summaries of all runs of this user, and of those below further folders, the newest first."""
        from ugmcl.jobs.runs import list_runs

        return list_runs([Path(folder) for folder in folders])

    def pause(self, run: Path | str) -> None:
        """Ask for a pause; the run can be resumed."""
        self._end(run, "paused")

    def stop(self, run: Path | str) -> None:
        """Ask for the end; what is learnt stays, and the run can be resumed."""
        self._end(run, "cancelled")

    def resume(self, run: Path | str, wait: bool = False) -> None:
        """Go on with a run that was paused, stopped or interrupted.

        Raises:
            UserError: it is at work or damaged, or nothing is set up.
        """
        from UGMCLTrainingLib.runs.resuming import resume_run

        launched = resume_run(Path(run))
        if wait:
            self._wait(Path(run), launched)

    def use_model(self, run: Path | str) -> Any:
        """Take the run's model into the user's library under a version of its own; its package.

        Raises:
            UserError: the run has no model yet, or it cannot be copied.
        """
        from ugmcl.models.registration import register_run_model

        return register_run_model(Path(run))

    def _end(self, run: Path | str, reason: str) -> None:
        from ugmcl.jobs.cancel import request_end
        from ugmcl.jobs.folder import JobFolder

        request_end(JobFolder.open(Path(run)), reason)

    def _wait(self, folder: Path, launched: Any) -> None:
        from ugmcl.jobs.folder import JobFolder
        from ugmcl.jobs.follow import Follower
        from ugmcl.jobs.state import ENDED

        follower = Follower(JobFolder(folder), launched)
        while True:
            update = follower.look()
            if update.state in ENDED or (update.state == "queued" and update.error):
                break
            slicer.app.processEvents()
            time.sleep(0.02)
        if update.state in ("stopped", "cancelled"):
            raise Stopped(update.state)
        if update.state != "done":
            raise UserError((update.error or _("the training ended without a result")).rstrip("."), folder)

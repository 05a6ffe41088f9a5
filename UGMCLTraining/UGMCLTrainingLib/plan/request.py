"""What a training is started with: from the panel's parameters or a script's arguments to a run folder."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.launch import Launched, launch
from ugmcl.models.library import find_model

LEAST_FREE = 200_000_000  # bytes of disk without which no training begins


@dataclass(frozen=True)
class TrainingRequest:
    """A training to come.

    Attributes:
        project: whose cases are trained on.
        start: "name@version" or path of the model to begin with; "" for random weights.
        preset: of the settings.
        settings: values by name that differ from the preset; iterations among them.
        control: also train on the labelled cases alone, and compare.
        name: of the run's folder; "" makes one of model and date.
    """

    project: Any
    start: str = ""
    preset: str = "fine-tune"
    settings: dict[str, Any] = field(default_factory=dict)
    control: bool = False
    name: str = ""

    def arguments(self) -> dict[str, Any]:
        """Of the job."""
        return {
            "data": str(self.project.manifest),
            "preset": self.preset,
            "settings": self.settings,
            "start": str(find_model(self.start).path) if self.start else None,
            "allow_outside": True,
            "control": self.control,
        }


def run_name(project: Any, wish: str, start: str) -> str:
    """A name of a run folder that is free in the project: letters, digits, dashes.

    Raises:
        UserError: the wish holds nothing of that kind, or is taken.
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", wish.strip()).strip("-.")
    if wish.strip() and not plain:
        raise UserError(_("this cannot name a folder"), wish, _("Use letters, digits and dashes"))
    if plain and (project.runs_folder / plain).exists():
        raise UserError(_("there is a run of this name"), plain, _("Choose another name"))
    if plain:
        return plain
    stem = f"{(start or 'new').partition('@')[0]}-{time.strftime('%Y%m%d-%H%M')}"
    number, name = 1, stem
    while (project.runs_folder / name).exists():
        number += 1
        name = f"{stem}-{number}"
    return name


def why_not(project: Any) -> str:
    """Why no training can be started with these cases; "" when one can."""
    if project is None:
        return _("Open a project first.")
    if project.count("labelled") == 0:
        return _("No case is labelled for training.")
    waiting = [case.id for case in project.cases if getattr(case, "waits", False) and case.role != "excluded"]
    if waiting:
        return _("Say first what the values of {case} mean.").format(case=waiting[0])
    for case in project.cases:
        if case.role != "excluded" and any(finding.severity == "error" for finding in case.findings):
            return _("The check found errors: see the case {case}.").format(case=case.id)
    if any(finding.severity == "error" for finding in project.findings):
        return _("The check found errors in the project.")
    return ""


def start_run(request: TrainingRequest) -> tuple[Path, Launched]:
    """Make the run's folder and start its process, which outlives this Slicer.

    Raises:
        UserError: no labelled case, nothing set up, no room, or the name is taken.
    """
    import shutil

    from ugmcl.slicer.interpreter import find_interpreter

    interpreter = find_interpreter().interpreter
    if interpreter is None:
        raise UserError(_("the computation is not set up on this computer yet"), None, _("Set it up first"))
    if reason := why_not(request.project):
        raise UserError(reason.rstrip("."))
    name = run_name(request.project, request.name, request.start)
    folder = request.project.runs_folder / name
    try:
        request.project.runs_folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(request.project.runs_folder).free
    except OSError as fault:
        raise UserError(
            _("the run's folder cannot be made ({reason})").format(reason=fault.strerror),
            folder,
            _("Make room, or move the project"),
        ) from fault
    if free < LEAST_FREE:
        raise UserError(
            _("{free} MB are free on this disk").format(free=free // 1_000_000),
            request.project.runs_folder,
            _("Make room for at least {least} MB").format(least=LEAST_FREE // 1_000_000),
        )
    job = JobFolder.create("train", request.arguments(), folder=folder)
    return folder, launch(job, interpreter, background=True)

"""The control: the same training on the labelled cases alone, in a run folder of its own, `RUN/control`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError
from ugmcl.jobs.folder import REQUEST
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.models.package import ModelPackage, read_package
from ugmcl.outcome.finished_run import FinishedRun
from ugmcl.outcome.reporters import ForControl
from ugmcl.training.folder import holds_run
from ugmcl.training.loading import change_settings, check_settings
from ugmcl.training.packaging import model_name
from ugmcl.training.run import train
from ugmcl.training.settings import TrainingSettings

CONTROL = "control"


def control_wanted(folder: Path, control: bool | None) -> bool:
    """What the caller says; None: whether one was begun, or asked for when the run was started.

    One that is finished always takes part: it costs nothing more.
    """
    if (folder / CONTROL / "model" / "model.json").is_file():
        return True
    if control is not None:
        return control
    if holds_run(folder / CONTROL):
        return True
    try:
        request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
        return bool(request["arguments"].get("control"))
    except (OSError, ValueError, KeyError, AttributeError):
        return False  # not started as a job: nothing was asked for


def control_settings(run: FinishedRun) -> TrainingSettings:
    """The run's settings, but supervised: no unlabelled patches, no consistency.

    Raises:
        UserError: the run itself was such a training.
    """
    if run.settings.method == "supervised":
        raise UserError("the run itself was trained on the labelled cases alone", run.folder.name)
    changes: dict[str, Any] = {
        "method": "supervised",
        "unlabelled_batch": 0,
        "bn_update": "both",
        "model_name": f"{model_name(run.settings, run.folder)[:55]}-control",
    }
    if "preview_every" in TrainingSettings.model_fields:
        changes["preview_every"] = 0
    return change_settings(run.settings, changes)


def train_control(run: FinishedRun, device: str | None = None, reporter: Reporter = SILENT) -> ModelPackage:
    """The control's model; the training goes on where it was, and a finished one is taken as it is.

    Raises:
        UserError: the run was supervised itself, or its prepared data or starting model are gone.
        Stopped: by request; the next call goes on.
    """
    folder = run.folder / CONTROL
    if (folder / "model" / "model.json").is_file():
        return read_package(folder / "model")
    told = ForControl(reporter)
    chosen = {} if device is None else {"device": device}
    if holds_run(folder):
        wished = check_settings(chosen) if chosen else None
        train(None, folder, wished, resume=True, reporter=told)
        return read_package(folder / "model")
    if run.cache is None:
        raise UserError("the prepared data are gone", run.folder.name, "Train anew")
    if run.start_fault:
        raise UserError(run.start_fault, run.folder.name, "Bring the starting model back")
    settings = change_settings(control_settings(run), chosen)
    train(run.cache.folder, folder, settings, start=run.start, reporter=told)
    return read_package(folder / "model")

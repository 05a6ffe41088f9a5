"""A run's settings become those of the next one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError

OF_ITS_OWN = ("model_name",)  # a second run's model gets a name of its own
WITH_A_CONTROL = {"device": "device", "preview_every": "previewEvery"}  # in the panel beside the settings


def duplicate_settings(folder: Path, parameters: Any) -> None:
    """Preset, differing values, starting model and control of a run into the panel's parameters.

    Raises:
        UserError: the run does not say what it was started with.
    """
    from ugmcl.jobs.folder import JobFolder

    arguments = JobFolder.open(folder).request().arguments
    settings = arguments.get("settings")
    values = dict(settings) if isinstance(settings, dict) else {}
    if not values and not arguments.get("preset"):
        values = _written(folder)
    for name in OF_ITS_OWN:
        values.pop(name, None)
    for name, parameter in WITH_A_CONTROL.items():
        if name in values:
            setattr(parameters, parameter, values.pop(name))
    if preset := arguments.get("preset"):
        parameters.preset = str(preset)
    parameters.budget = "own" if "iterations" in values else parameters.budget
    parameters.settingsJson = json.dumps(values, sort_keys=True)
    parameters.startModel = start_name(arguments.get("start"))
    parameters.control = bool(arguments.get("control"))


def start_name(start: Any) -> str:
    """``name@version`` of the model that a run began with; "" for none, or one that is not here any more."""
    if not start:
        return ""
    from ugmcl.models.library import find_model

    try:
        return find_model(str(start)).id
    except UserError:
        return ""


def _written(folder: Path) -> dict[str, Any]:
    """Of a run that was started elsewhere: all values, as the run itself wrote them."""
    from ugmcl.jobs.runs import run_settings

    values = run_settings(folder)
    if not values:
        raise UserError("this run's settings cannot be read", folder, "Choose another run")
    return values

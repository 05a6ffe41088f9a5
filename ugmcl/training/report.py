"""`report.html` of a run: what it brought, data, curves, alarms, settings, in one file without links."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import ugmcl
from ugmcl.training.environment import recorded_environment
from ugmcl.training.report_outcome import outcome_view
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.state import Counters
from ugmcl.training.validation import Validation

TEMPLATE = Path(__file__).with_name("report.html.jinja")
ROLES = ("labelled", "unlabelled", "validation", "test")
USES = {
    "labelled": "trained on, with their labels",
    "unlabelled": "trained on, without labels",
    "validation": "never trained on; watched during training, and calibrate the uncertainty",
    "test": "never trained on, never looked at before the end",
}


def write_report(folder: Path, settings: TrainingSettings, counters: Counters) -> Path:
    """Write ``report.html`` into the run folder; with the outcome where ``outcome.json`` is there."""
    from jinja2 import Environment, StrictUndefined

    template = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).from_string(TEMPLATE.read_text(encoding="utf-8"))
    validation = Validation.from_json(counters.validations[-1]) if counters.validations else None
    last = validation.iteration if validation else -1
    data = _json(folder / "data.json")
    text = template.render(
        name=folder.resolve().name,
        settings=settings,
        counters=counters,
        outcome=outcome_view(folder),
        validation=validation,
        alarms=[alarm for alarm in counters.alarms if alarm["iteration"] == last],
        picture=_picture(folder / "curves.png"),
        roles=[(role, data["roles"][role], USES[role]) for role in ROLES if data.get("roles", {}).get(role)],
        input=data.get("input", {}),
        segments=[segment["name"] for segment in data.get("segments", ())],
        started_from=_start_name(data.get("start")),
        rows=_rows(settings),
        environment=recorded_environment(folder),
        version=ugmcl.__version__,
    )
    path = folder / "report.html"
    part = folder / f".report.{os.getpid()}.html"
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)
    return path


def _picture(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii") if path.is_file() else ""


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _start_name(start: str | None) -> str:
    """Name and version of the starting model, for its place on this computer is nobody's business."""
    if start is None:
        return ""
    try:
        facts = _json(Path(start) / "model.json")
        return f"{facts['name']} {facts['version']}"
    except (OSError, ValueError, KeyError):  # moved away meanwhile
        return Path(start).name


def _rows(settings: TrainingSettings) -> list[tuple[str, str, str]]:
    values = settings.model_dump(mode="json")
    fields = TrainingSettings.model_fields
    return [(name, json.dumps(value), fields[name].description or "") for name, value in values.items()]

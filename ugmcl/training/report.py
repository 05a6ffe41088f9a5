"""`report.html` of a run: data, progress, curves, alarms, settings, in one file without links."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import ugmcl
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.state import Counters
from ugmcl.training.validation import Validation

TEMPLATE = Path(__file__).with_name("report.html.jinja")


def write_report(folder: Path, settings: TrainingSettings, counters: Counters) -> Path:
    """Write ``report.html`` into the run folder."""
    from jinja2 import Environment, StrictUndefined

    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(
        TEMPLATE.read_text(encoding="utf-8")
    )
    validation = Validation.from_json(counters.validations[-1]) if counters.validations else None
    last = validation.iteration if validation else -1
    text = template.render(
        name=folder.resolve().name,
        settings=settings,
        counters=counters,
        validation=validation,
        alarms=[alarm for alarm in counters.alarms if alarm["iteration"] == last],
        picture=_picture(folder / "curves.png"),
        data=_data(folder / "data.json"),
        rows=_rows(settings),
        version=ugmcl.__version__,
    )
    path = folder / "report.html"
    part = folder / f".report.{os.getpid()}.html"
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)
    return path


def _picture(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii") if path.is_file() else ""


def _data(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"roles": {}}


def _rows(settings: TrainingSettings) -> list[tuple[str, str, str]]:
    values = settings.model_dump(mode="json")
    fields = TrainingSettings.model_fields
    return [(name, json.dumps(value), fields[name].description or "") for name, value in values.items()]

"""The best and the worst case as pictures: reference, old and new model in three planes.

Radiological convention, as in previews: axial as seen from the feet, coronal from the front, sagittal with
the front on the left; one scale in mm for all panels.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ugmcl.data.cache import Cache
from ugmcl.errors import UserError
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.models.package import ModelPackage
from ugmcl.outcome.finished_run import FinishedRun
from ugmcl.outcome.planes_figure import draw_panels, panels_around
from ugmcl.outcome.prepared_evaluation import predicted_classes, predictor_of
from ugmcl.outcome.record import FOLDER
from ugmcl.training.folder import write_json

DRAWN = "pictures.json"  # what the pictures show, so that the same are not drawn again
End = dict[str, Any] | None


def draw_ends(
    run: FinishedRun, ends: tuple[End, End], device: str = "auto", reporter: Reporter = SILENT
) -> tuple[End, End]:
    """``RUN/outcome/best.png`` and ``worst.png``; both ends get the key ``picture``, None without one."""
    models = {word: model for word, model in (("before", run.start), ("after", run.model)) if model}
    drawn = _read(run.folder / FOLDER / DRAWN)
    found: list[End] = []
    for word, end in zip(("best", "worst"), ends, strict=True):
        if end is None or run.cache is None:
            found.append(None if end is None else {**end, "picture": None})
            continue
        place = run.folder / FOLDER / f"{word}.png"
        mark = _mark(models, end)
        if not (drawn.get(word) == mark and place.is_file()):
            reporter.stage(f"Drawing the {word} case")
            reporter.check()
            _draw(place, run.cache, models, end, device)
            drawn[word] = mark
            write_json(run.folder / FOLDER / DRAWN, drawn)
        found.append({**end, "picture": f"{FOLDER}/{word}.png"})
    return found[0], found[1]


def _draw(
    place: Path, cache: Cache, models: Mapping[str, ModelPackage], end: Mapping[str, Any], device: str
) -> None:
    case = end["case"]
    labels = {"reference": np.asarray(cache.label(case))}
    for word, model in models.items():
        try:
            labels[word] = predicted_classes(predictor_of(model, device), model, cache, case)
        except UserError:  # a starting model of another kind has no picture, as it has no figures
            continue
    panels = panels_around(np.asarray(cache.image(case)[0], np.float32), labels, cache.case(case).affine)
    titles = {
        word: f"{name}, Dice {end[word]:.3f}" for word, name in TITLES.items() if end.get(word) is not None
    }
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.stem}.{os.getpid()}.png")
    draw_panels(part, panels, cache.segments, titles)
    os.replace(part, place)


TITLES = {"before": "before", "after": "after"}


def _mark(models: Mapping[str, ModelPackage], end: Mapping[str, Any]) -> str:
    shown = [[word, model.weights.sha256] for word, model in models.items()]
    return hashlib.sha256(json.dumps([shown, end["case"], end["before"], end["after"]]).encode()).hexdigest()


def _read(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):  # none yet, or cut short: they are drawn again
        return {}

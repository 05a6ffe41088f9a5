"""The end of a run: student or teacher, recalibrated, as a model package; curves as a picture."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import ugmcl
from ugmcl.data.cache import Cache
from ugmcl.jobs.reporter import Reporter
from ugmcl.methods.base import Method
from ugmcl.models.package import ModelPackage, UncertaintySpec
from ugmcl.models.weights import save_weights
from ugmcl.training.checkpoints import best_checkpoint, load_checkpoint, read_json
from ugmcl.training.folder import DATA
from ugmcl.training.precision import Precision
from ugmcl.training.recalibrated_networks import recalibrated_networks
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.state import TrainingState
from ugmcl.training.validation import Validation

SHOWN_PASSES = 8  # uncertainty maps that people look at need at least this many (methods reference 7.1)


def package_run(
    folder: Path,
    method: Method,
    cache: Cache,
    settings: TrainingSettings,
    state: TrainingState,
    precision: Precision,
    reporter: Reporter,
) -> Path:
    """Folder of the finished run's model; it is written unless it is there, perhaps calibrated already."""
    if (folder / "model" / "model.json").is_file():
        return folder / "model"
    reporter.stage("Writing the model")
    validation = _take_weights(folder, settings, state)
    source = choose_source(validation, state.teacher is not None)
    network = recalibrated_networks(state, cache, settings, precision)[source]
    kind, arguments = method.network()
    data = read_json(folder / DATA) if (folder / DATA).is_file() else {}
    terms = dict(data.get("start_terms") or {})
    started = {"started_from": terms.pop("model")} if terms else {}
    package = ModelPackage(
        name=model_name(settings, folder),
        version="1.0",
        title=f"{cache.name or folder.name}: {', '.join(segment.name for segment in cache.segments)}",
        description=f"Trained by {settings.method} on {_count(cache, 'labelled')} labelled and "
        f"{_count(cache, 'unlabelled')} unlabelled cases.",
        intended_use="Research. Not a medical device.",
        network={"kind": kind, "arguments": dict(arguments)},
        segments=tuple(cache.segments),
        input=replace(cache.spec, patch=settings.patch_xyz),
        uncertainty=UncertaintySpec(
            passes=SHOWN_PASSES,
            source=source,
            flip_axes=settings.flip_axes if settings.flip_passes else (),
        ),
        one_piece=data.get("one_piece") is True,
        figures=figures(validation, source, cache, settings),
        training={**started, **training_facts(cache, settings, state)},
        **terms,
    )
    save_weights(folder / "model", package, network)
    return folder / "model"


def choose_source(validation: Validation | None, has_teacher: bool) -> str:
    """The better of student and teacher by validation; without validation cases the teacher, if any."""
    if validation is not None and validation.role == "validation":
        best = validation.best_source()
        if best is not None:
            return best
    return "teacher" if has_teacher else "student"


def figures(
    validation: Validation | None, source: str, cache: Cache, settings: TrainingSettings
) -> list[dict[str, Any]]:
    """Dice per segment of the packaged network for the card."""
    if validation is None:
        return []
    result = validation.sources[source]
    rows = []
    for segment, value in result.dice.items():
        if value is None:
            continue
        known = [score for score in result.per_case[segment] if score is not None]
        rows.append(
            {
                "metric": "Dice",
                "segment": segment,
                "dataset": cache.name,
                "split": validation.role,
                "seed": settings.seed,
                "value": round(value, 4),
                "sd": round(float(np.std(known)), 4),
                "cases": len(known),
                "seen_in_training": validation.role != "validation",
                "command": f"ugmcl evaluate --model MODEL --dataset DATASET --role {validation.role}",
            }
        )
    return rows


def training_facts(cache: Cache, settings: TrainingSettings, state: TrainingState) -> dict[str, Any]:
    """Method, settings, counts of cases, versions and date: nothing of a patient."""
    roles = sorted({case.role for case in cache.cases})
    return {
        "method": settings.method,
        "settings": settings.model_dump(mode="json"),
        "data": {
            "name": cache.name,
            "cases": {role: _count(cache, role) for role in roles},
            "segments": [segment.name for segment in cache.segments],
        },
        "iterations": state.counters.iteration,
        "skipped_steps": state.counters.skipped,
        "minutes": round(state.counters.seconds / 60, 1),
        "code": f"ugmcl {ugmcl.__version__}",
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
    }


def model_name(settings: TrainingSettings, folder: Path) -> str:
    """The chosen name, else one made of the run folder's."""
    if settings.model_name:
        return settings.model_name
    plain = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    return plain[:60] or "model"


def _take_weights(folder: Path, settings: TrainingSettings, state: TrainingState) -> Validation | None:
    """With ``weights = best`` the state becomes the best checkpoint's; returns its validation."""
    counters = state.counters
    best = best_checkpoint(folder, counters) if settings.weights == "best" else None
    if best is not None:
        load_checkpoint(best, state)
        state.counters, shown = counters, state.counters
    else:
        shown = counters
    return Validation.from_json(shown.validations[-1]) if shown.validations else None


def _count(cache: Cache, role: str) -> int:
    return len(cache.with_role(role))

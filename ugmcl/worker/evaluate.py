"""Work of kind ``evaluate``: a model, or finished segmentations, against references."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ugmcl.data.dataset import load_dataset
from ugmcl.evaluation.models import evaluate_model
from ugmcl.evaluation.predictions import evaluate_predictions
from ugmcl.evaluation.record import Evaluation
from ugmcl.jobs.reporter import Reporter
from ugmcl.models.library import find_model
from ugmcl.worker.arguments import needed, only_known, path_from, place_or_name, shown_path

OF_MODEL = ("model", "dataset", "role", "uncertainty", "passes", "device", "output", "allow_outside")
OF_PREDICTIONS = ("predictions", "references", "output")


def evaluate(arguments: Mapping[str, Any], folder: Path, reporter: Reporter) -> dict[str, Any]:
    """Evaluate.

    Args:
        arguments: ``model``, ``dataset``, and ``role``, ``uncertainty``, ``passes``, ``device``,
            ``allow_outside``; or
            ``predictions`` and ``references`` (folders). Either with ``output`` (``evaluation`` in the job's
            folder by default).
        folder: the job's.
        reporter: progress in cases.

    Returns:
        ``output`` (folder of the files), ``about``, ``summary`` (a row a segment), ``uncertainty``,
        ``skipped`` (reasons by case).
    """
    output = path_from(folder, arguments.get("output") or "evaluation")
    if "predictions" in arguments:
        only_known(arguments, OF_PREDICTIONS)
        predictions = path_from(folder, arguments["predictions"])
        references = path_from(folder, needed(arguments, "references"))
        evaluation = evaluate_predictions(predictions, references, reporter=reporter)
        evaluation.save(output)
    else:
        only_known(arguments, OF_MODEL)
        evaluation = _of_model(arguments, folder, output, reporter)
    return {
        "output": shown_path(folder, output),
        "about": evaluation.about,
        "summary": evaluation.summary(),
        "uncertainty": evaluation.uncertainty,
        "skipped": evaluation.skipped,
    }


def _of_model(arguments: Mapping[str, Any], folder: Path, output: Path, reporter: Reporter) -> Evaluation:
    return evaluate_model(
        find_model(place_or_name(folder, needed(arguments, "model"))),
        load_dataset(
            path_from(folder, needed(arguments, "dataset")),
            allow_outside=bool(arguments.get("allow_outside")),
        ),
        role=arguments.get("role") or "validation",
        uncertainty=bool(arguments.get("uncertainty")),
        passes=arguments.get("passes"),
        device=arguments.get("device") or "auto",
        output=output,
        reporter=reporter,
    )

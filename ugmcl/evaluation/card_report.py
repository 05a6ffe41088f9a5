"""What a model's card says of cases that neither trained nor calibrated it: figures, best and worst case."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ugmcl.data.dataset import Dataset
from ugmcl.errors import UserError
from ugmcl.evaluation.calibration_figures import calibration_figures
from ugmcl.evaluation.models import evaluate_model
from ugmcl.evaluation.record import Evaluation
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.models.package import ModelPackage, update_package
from ugmcl.segmentation.case import segment_case
from ugmcl.volumes.reading import case_name

SHOWN = {
    "dice": "Dice",
    "hd95_mm": "95HD, mm",
    "asd_mm": "ASD, mm",
    "surface_dice_1mm": "surface Dice at 1 mm",
}


def report_on_card(
    package: ModelPackage,
    dataset: Dataset,
    *,
    role: str = "test",
    output: Path | str | None = None,
    reporter: Reporter = SILENT,
) -> tuple[ModelPackage, Evaluation]:
    """Measure a written package on the cases of ``role`` and put figures and pictures into its card.

    Figures of the same dataset and role are replaced, others stay.

    Args:
        role: whose cases; they must not have trained or calibrated the model.
        output: folder for the evaluation's files and plots; None writes none.

    Raises:
        UserError: no labelled case has that role, or the package cannot be written.
    """
    if role != "test":
        raise UserError(
            f"figures of role {role} are no report", "role", "Report on test cases, which chose nothing"
        )
    evaluation = evaluate_model(
        package, dataset, role=role, uncertainty=True, output=output, reporter=reporter
    )
    seed = (package.training.get("settings") or {}).get("seed")
    about = {
        "dataset": dataset.name,
        "split": role,
        "seed": seed,
        "seen_in_training": False,
        "command": f"ugmcl evaluate --model {package.name} --dataset DATASET --role {role} --uncertainty",
    }
    rows = accuracy_figures(evaluation, about)
    if evaluation.uncertainty is not None:
        rows += calibration_figures(evaluation.uncertainty, None, about, fitted_here=False)
    others = [f for f in package.figures if (f.get("dataset"), f.get("split")) != (dataset.name, role)]
    pictures, files = _best_and_worst(package, dataset, evaluation, reporter)
    updated = replace(package, figures=[*rows, *others], pictures=pictures)
    return update_package(updated, pictures=files), evaluation


def accuracy_figures(evaluation: Evaluation, about: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of the card: mean and SD over cases of every shown metric and segment."""
    rows = []
    for metric, name in SHOWN.items():
        for row in evaluation.summary():
            if row[metric]["mean"] is not None:
                figure = {"metric": name, "segment": row["segment"], "value": round(row[metric]["mean"], 4)}
                if row[metric]["sd"] is not None:
                    figure["sd"] = round(row[metric]["sd"], 4)
                rows.append({**figure, "cases": row[metric]["n"], **about})
    return rows


def _best_and_worst(
    package: ModelPackage, dataset: Dataset, evaluation: Evaluation, reporter: Reporter
) -> tuple[list[dict[str, str]], dict[str, bytes]]:
    """Previews of the cases with the highest and the lowest mean Dice."""
    scores = evaluation.values("dice")
    if not scores:
        return [], {}
    by_id = {case.id: case for case in dataset.cases}
    listed, files = [], {}
    ends = {"best": max(scores, key=lambda c: scores[c]), "worst": min(scores, key=lambda c: scores[c])}
    for word, identifier in ends.items():
        images = by_id[identifier].images
        result = segment_case(images[0] if len(images) == 1 else list(images), package, None, reporter)
        with TemporaryDirectory(prefix="ugmcl-card-") as folder:
            files[f"{word}.png"] = result.save(folder)["preview"].read_bytes()
        caption = f"The {word} of {len(scores)} test cases: mean Dice {scores[identifier]:.3f}"
        listed.append({"file": f"{word}.png", "caption": f"{caption} ({case_name(images[0])})."})
    return listed, files

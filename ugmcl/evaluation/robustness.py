"""How much a model's segmentation changes when the scan comes in another way, and whether it notices.

Every case is segmented as it is and under each of `ugmcl.evaluation.perturbations`; the table gives Dice and
its change, and case by case the confidence and the mean entropy, so that it can be judged how well a failure
is told from them (`failure_detection`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from ugmcl.data.dataset import Dataset, load_dataset
from ugmcl.errors import UserError
from ugmcl.evaluation.perturbations import Perturb, perturbations
from ugmcl.evaluation.references import matched_classes, on_grid_of, read_reference
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.metrics.case import case_metrics
from ugmcl.models.package import ModelPackage
from ugmcl.segmentation.case import Segmenter
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.volumes.reading import read_image
from ugmcl.volumes.volume import Volume

UNCHANGED = "as it is"
FAILED = 0.80  # a case whose Dice is below counts as a failure


@dataclass(frozen=True)
class Robustness:
    """Rows a case, perturbation and segment: ``dice``, ``confidence`` (pairwise Dice), ``entropy`` (mean)."""

    rows: tuple[dict[str, Any], ...]

    def table(self) -> list[dict[str, Any]]:
        """One row a perturbation: mean Dice over cases and segments, mean and worst change, confidence."""
        before = self._by_case(UNCHANGED, "dice")
        table = []
        for name in dict.fromkeys(row["perturbation"] for row in self.rows):
            dice, sure = self._by_case(name, "dice"), self._by_case(name, "confidence")
            change = np.array([dice[case] - before[case] for case in dice if case in before])
            table.append(
                {
                    "perturbation": name,
                    "cases": len(dice),
                    "dice": _mean(dice.values()),
                    "change": float(change.mean()),
                    "worst_change": float(change.min()),
                    "confidence": _mean(sure.values()),
                }
            )
        return table

    def failure_detection(self) -> dict[str, Any]:
        """How well confidence and mean entropy tell good from failed segmentations, over all rows.

        Spearman's correlation with Dice, and the area under ROC for Dice below 0.80; None where nothing is to
        be told apart.
        """
        rows = [r for r in self.rows if r["dice"] is not None]
        dice = np.array([r["dice"] for r in rows])
        scores = {
            "confidence": np.array([_number(r["confidence"]) for r in rows]),
            "entropy": -np.array([_number(r["entropy"]) for r in rows]),
        }
        failed = dice < FAILED
        found: dict[str, Any] = {"images": len(rows), "failures": int(failed.sum()), "below": FAILED}
        for name, score in scores.items():
            varied = np.ptp(score) > 0 and np.ptp(dice) > 0
            found[f"spearman_{name}"] = float(stats.spearmanr(score, dice).statistic) if varied else None
            found[f"auroc_{name}"] = _auroc(-score, failed)
        return found

    def figures(self, about: dict[str, Any]) -> list[dict[str, Any]]:
        """Rows for the card: mean change of Dice under each perturbation, and how failures are told.

        Args:
            about: dataset, split, seed, seen_in_training and command of every row.
        """
        rows = []
        for row in self.table():
            if row["perturbation"] == UNCHANGED:
                continue
            note = f"worst case {row['worst_change']:+.3f}, Dice {row['dice']:.3f}"
            rows.append(
                {
                    "metric": f"change of Dice, {row['perturbation']}",
                    "segment": None,
                    "value": round(row["change"], 4),
                    "note": note,
                    "cases": row["cases"],
                    **about,
                }
            )
        found = self.failure_detection()
        images = f"{found['images']} images as they are and perturbed, {found['failures']} below {FAILED:.2f}"
        for key, words in (("confidence", "pairwise Dice of the passes"), ("entropy", "mean entropy")):
            if found[f"auroc_{key}"] is not None:
                rows.append(
                    {
                        "metric": f"AUROC of {words} for failed cases",
                        "segment": None,
                        "value": round(found[f"auroc_{key}"], 4),
                        "note": images,
                        "cases": len({row["case"] for row in self.rows}),
                        **about,
                    }
                )
        return rows

    def save(self, file: Path) -> None:
        """Every row as CSV."""
        text = io.StringIO()
        columns = ["case", "perturbation", "segment", "dice", "confidence", "entropy"]
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        for row in self.rows:
            values = (row[name] for name in columns)
            writer.writerow(["" if v is None else f"{v:.5f}" if isinstance(v, float) else v for v in values])
        part = file.with_name(f".{file.name}.part")
        part.write_text(text.getvalue(), encoding="utf-8")
        part.replace(file)

    def _by_case(self, perturbation: str, value: str) -> dict[str, float]:
        found: dict[str, list[float]] = {}
        for row in self.rows:
            if row["perturbation"] == perturbation and row[value] is not None:
                found.setdefault(row["case"], []).append(row[value])
        return {case: float(np.mean(values)) for case, values in found.items()}


def measure_robustness(
    model: ModelPackage,
    dataset: Dataset | Path | str,
    *,
    role: str = "validation",
    passes: int | None = None,
    device: str = "auto",
    changes: Sequence[tuple[str, Perturb]] | None = None,
    reporter: Reporter = SILENT,
) -> Robustness:
    """Segment the cases of a role as they are and perturbed.

    Args:
        model: to measure.
        dataset: or its folder or manifest.
        role: of the cases.
        passes: Monte-Carlo passes T; None takes the model's.
        changes: None takes all of `perturbations`.

    Raises:
        UserError: no case with a label, or one cannot be read.
    """
    dataset = dataset if isinstance(dataset, Dataset) else load_dataset(dataset)
    cases = [case for case in dataset.with_role(role) if case.label is not None]
    if not cases:
        raise UserError(f"no case of role {role!r} has a label", dataset.root, "Choose another role")
    matched = matched_classes(model.segments, dataset.segments)
    segmenter = Segmenter(model, SegmentOptions(passes=passes, device=device, preview=False))
    todo = perturbations() if changes is None else list(changes)
    rows: list[dict[str, Any]] = []
    reporter.stage("Perturbing")
    for number, case in enumerate(cases):
        image = read_image(case.images[0] if len(case.images) == 1 else list(case.images))
        assert case.label is not None
        reference = read_reference(case.label, dataset.segments, matched)
        label = Volume(on_grid_of(reference, image), image.affine)
        for step, (name, change) in enumerate([(UNCHANGED, _unchanged), *todo]):
            reporter.check()
            reporter.progress(number * (len(todo) + 1) + step, len(cases) * (len(todo) + 1), "images")
            rows += [
                {"case": case.id, "perturbation": name, **r} for r in _judge(segmenter, *change(image, label))
            ]
    reporter.progress(1, 1, "images")
    return Robustness(tuple(rows))


def _judge(segmenter: Segmenter, image: Volume, label: Volume) -> list[dict[str, Any]]:
    result = segmenter.segment(image, name="case")
    spacing = tuple(reversed(image.spacing_mm))
    found = case_metrics(result.label.array[0], label.array[0], segmenter.model.segments, spacing)
    confidence = {row["name"]: row.get("pairwise_dice") for row in result.report["segments"]}
    entropy = float(result.uncertainty.array.mean())
    return [
        {
            "segment": row["segment"],
            "dice": row["dice"],
            "confidence": confidence.get(row["segment"]),
            "entropy": entropy,
        }
        for row in found
    ]


def _unchanged(image: Volume, label: Volume) -> tuple[Volume, Volume]:
    return image, label


def _mean(values: Any) -> float | None:
    known = list(values)
    return float(np.mean(known)) if known else None


def _number(value: float | None) -> float:
    return 0.0 if value is None else float(value)


def _auroc(score: np.ndarray, positive: np.ndarray) -> float | None:
    """Mann-Whitney estimate of the area under ROC: how often a failure scores above a success."""
    if not positive.any() or positive.all():
        return None
    ranks = stats.rankdata(score)
    n, m = int(positive.sum()), int((~positive).sum())
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m))

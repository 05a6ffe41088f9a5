"""How true the uncertainty of a model is, over many cases (methods.md 7.4).

Voxels: does uncertainty find the errors, do probabilities mean what they say. Cases: does confidence (mean
pairwise Dice of the passes) put the bad segmentations last, and does it do so better than mean entropy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ugmcl.evaluation.error_regions import FIRST_REGIONS, PERCENTS, share_in_regions
from ugmcl.evaluation.ranking_quality import (
    Interval,
    aurc,
    auroc_of_counts,
    excess_aurc,
    spearman,
    with_interval,
)
from ugmcl.evaluation.reliability import Reliability, pooled
from ugmcl.evaluation.uncertain_case import CLEAN, UncertainCase, judge_case
from ugmcl.evaluation.voxels import UNKNOWN
from ugmcl.framing.frame import frame_label
from ugmcl.models.package import ModelPackage
from ugmcl.segmentation.prediction import Prediction
from ugmcl.segmentation.result import SegmentationResult
from ugmcl.segmentation.rim import RimProfile
from ugmcl.volumes.segment import Segment
from ugmcl.volumes.volume import Volume


@dataclass(frozen=True)
class PredictedCase:
    """A prediction and its reference (z, y, x) of classes (255 unknown), both on the grid of ``affine``."""

    case: str
    prediction: Prediction
    reference: NDArray[np.uint8]
    affine: NDArray[np.float64]
    condition: str = CLEAN
    probability_before: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class UncertaintyEvaluation:
    """What was found of every image, and together."""

    cases: tuple[UncertainCase, ...]
    summary: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {**self.summary, "per_case": [case.to_json() for case in self.cases]}


def evaluate_uncertainty(
    cases: Iterable[PredictedCase], *, rim: RimProfile | None = None, seed: int = 0
) -> UncertaintyEvaluation:
    """Hold predictions against their references, one at a time.

    Args:
        cases: may be a generator; nothing of a case is kept but its figures.
        rim: the model's rim profile, for the regions to review; None takes every case's own.
        seed: of the bootstrap.
    """
    found = tuple(
        judge_case(
            c.case,
            c.prediction,
            c.reference,
            c.affine,
            condition=c.condition,
            rim=rim,
            with_regions=c.condition == CLEAN,
            probability_before=c.probability_before,
        )
        for c in cases
    )
    return UncertaintyEvaluation(found, summarise(found, seed=seed))


def summarise(cases: Sequence[UncertainCase], *, seed: int = 0) -> dict[str, Any]:
    """Figures over cases: voxels and volumes from the clean images, confidence from all of them."""
    clean = [case for case in cases if case.condition == CLEAN]
    before = [case.reliability_before for case in clean if case.reliability_before is not None]
    checks = [check for case in clean for check in case.volumes]
    return {
        "cases": len(clean),
        "images": len(cases),
        "auroc": {
            "mean": _mean(case.auroc for case in clean),
            "pooled": auroc_of_counts(
                np.sum([case.wrong_levels for case in clean], axis=0),
                np.sum([case.right_levels for case in clean], axis=0),
            ),
        },
        "calibration": _calibration([case.reliability for case in clean]),
        "calibration_before": _calibration(before) if before else None,
        "errors_in_first_regions": {
            "regions": FIRST_REGIONS,
            "mean": _mean(case.in_regions for case in clean),
        },
        "errors_in_most_uncertain": {
            str(percent): _mean(case.in_most_uncertain[percent] for case in clean) for percent in PERCENTS
        },
        "volumes_within_two_sd": {
            "share": _mean(float(check.covered) for check in checks),
            "volumes": len(checks),
        },
        "confidence": {
            "pairwise_dice": _confidence(cases, [case.pairwise_dice for case in cases], seed),
            "mean_entropy": _confidence(
                cases, [None if (u := case.shell_uncertainty) is None else -u for case in cases], seed
            ),
        },
    }


class UncertaintyJudge:
    """Collects segmented cases of a model one by one; then gives the summary and draws it."""

    def __init__(self, model: ModelPackage) -> None:
        self._segments = model.segments
        self.cases: list[UncertainCase] = []

    def add(
        self,
        case: str,
        result: SegmentationResult,
        reference: Volume,
        *,
        probability_before: NDArray[np.float32] | None = None,
    ) -> UncertainCase:
        """Judge one result.

        Args:
            case: its name.
            result: with the passes' prediction.
            reference: values of the model's segments, 255 where unknown, on a grid of its own.
            probability_before: (C, z, y, x) of the same passes at temperature 1, on the framed grid.
        """
        truth = classes_of(frame_label(reference, result.framed), self._segments)
        found = judge_case(
            case,
            result.prediction,
            truth,
            result.framed.affine,
            with_regions=False,
            probability_before=probability_before,
        )
        wrong = (result.prediction.labels != truth) & (truth != UNKNOWN)
        found = replace(found, in_regions=share_in_regions(wrong, result.regions))
        self.cases.append(found)
        return found

    def summary(self) -> dict[str, Any]:
        return UncertaintyEvaluation(tuple(self.cases), summarise(self.cases)).to_json()

    def draw(self, folder: Path) -> list[Path]:
        """Reliability diagram and, where the passes have a confidence, the risk-coverage curve."""
        from ugmcl.evaluation.plots import draw_uncertainty  # matplotlib

        return draw_uncertainty(self.cases, folder)


def classes_of(values: NDArray, segments: Sequence[Segment]) -> NDArray[np.uint8]:
    """Label values of the segments to classes 1..C-1; other values are background, 255 stays."""
    table = np.zeros(256, np.uint8)
    table[255] = 255
    for number, segment in enumerate(segments, start=1):
        table[segment.value] = number
    return table[values]


def confidence_pairs(
    cases: Sequence[UncertainCase], confidence: Sequence[float | None]
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str]]:
    """Confidence, Dice and name of the images that have both."""
    known = [
        (q, case.dice, case.case)
        for case, q in zip(cases, confidence, strict=True)
        if q is not None and case.dice is not None
    ]
    return np.array([k[0] for k in known]), np.array([k[1] for k in known]), [k[2] for k in known]


def _confidence(
    cases: Sequence[UncertainCase], confidence: Sequence[float | None], seed: int
) -> dict[str, Any] | None:
    """Spearman and AURC of a confidence against Dice; None with fewer than 3 images.

    ``informative`` holds only where neither interval includes chance: a correlation of 0, and the area of
    an order that knows nothing (the mean risk). Versions of one case are drawn together.
    """
    score, dice, names = confidence_pairs(cases, confidence)
    if score.size < 3:
        return None
    risk = 1.0 - dice
    rank = with_interval(spearman, score, dice, groups=names, seed=seed)
    area = with_interval(aurc, score, risk, groups=names, seed=seed)
    gain = with_interval(_gain, score, risk, groups=names, seed=seed)
    ranks_them = rank.low is not None and rank.low > 0
    beats_chance = gain.high is not None and gain.high < 0
    return {
        "images": int(score.size),
        "spearman": _judged(rank, ranks_them),
        "aurc": {
            **_judged(area, beats_chance),
            "excess": excess_aurc(score, risk),
            "chance": float(risk.mean()),
            "below_chance": gain.to_json(),
        },
        "informative": ranks_them and beats_chance,
    }


def _gain(confidence: NDArray, risk: NDArray) -> float:
    return aurc(confidence, risk) - float(risk.mean())


def _judged(interval: Interval, informative: bool) -> dict[str, Any]:
    return {**interval.to_json(), "verdict": "informative" if informative else "not informative"}


def _calibration(parts: Sequence[Reliability]) -> dict[str, Any]:
    total = pooled(parts)
    return {
        "ece": {"mean": _mean(part.ece for part in parts), "pooled": total.ece},
        "ace": {"mean": _mean(part.ace for part in parts), "pooled": total.ace},
        "bins": total.to_json(),
    }


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None

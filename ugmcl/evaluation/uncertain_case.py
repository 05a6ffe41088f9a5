"""How true the uncertainty of one image is: everything that its summary over cases is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ugmcl.evaluation.error_regions import PERCENTS, share_in_most_uncertain, share_in_regions
from ugmcl.evaluation.ranking_quality import auroc
from ugmcl.evaluation.reliability import Reliability, reliability
from ugmcl.evaluation.voxels import UNKNOWN, near_segments, near_structure, near_surface
from ugmcl.metrics.overlap import dice
from ugmcl.segmentation.confidence import pass_confidence
from ugmcl.segmentation.prediction import Prediction
from ugmcl.segmentation.regions import RegionMaps, find_regions
from ugmcl.segmentation.rim import RimProfile
from ugmcl.volumes.geometry import spacing_mm

CLEAN = "clean"
LEVELS = 1024  # of uncertainty, for the AUROC over all cases
SHELL_MM = 3.0


@dataclass(frozen=True)
class VolumeCheck:
    """One segment: does the passes' spread hold the true volume (mL)?"""

    true_ml: float
    mean_ml: float
    sd_ml: float

    @property
    def covered(self) -> bool:
        """Whether it lies within mean ± 2 SD of the passes."""
        return abs(self.true_ml - self.mean_ml) <= 2.0 * self.sd_ml


@dataclass(frozen=True)
class UncertainCase:
    """One image.

    Attributes:
        case: whose image it is.
        condition: ``clean``, or the degradation and its severity.
        dice: mean over the segments that prediction or reference has; None without any.
        pairwise_dice: of the passes; None for a single pass.
        shell_uncertainty: mean within the predicted structure and 3 mm around; None without one.
        auroc: of the uncertainty for wrong voxels within 5 mm of a surface; None without both kinds.
        wrong_levels, right_levels: how often each level of uncertainty occurs among them, (LEVELS,).
        reliability: of the probabilities within 5 mm; ``reliability_before`` with temperature 1, if known.
        in_regions: share of the wrong voxels inside the first five regions.
        in_most_uncertain: share of the wrong voxels inside the most uncertain percents, by percent.
        volumes: by segment.
    """

    case: str
    condition: str
    dice: float | None
    pairwise_dice: float | None
    shell_uncertainty: float | None
    auroc: float | None
    wrong_levels: NDArray[np.int64]
    right_levels: NDArray[np.int64]
    reliability: Reliability
    reliability_before: Reliability | None
    in_regions: float | None
    in_most_uncertain: dict[int, float | None]
    volumes: tuple[VolumeCheck, ...]

    def to_json(self) -> dict[str, Any]:
        before = self.reliability_before
        return {
            "case": self.case,
            "condition": self.condition,
            "dice": self.dice,
            "pairwise_dice": self.pairwise_dice,
            "shell_uncertainty": self.shell_uncertainty,
            "auroc": self.auroc,
            "ece": self.reliability.ece,
            "ece_before": None if before is None else before.ece,
            "in_regions": self.in_regions,
            "in_most_uncertain": {str(percent): v for percent, v in self.in_most_uncertain.items()},
            "volumes": [{**vars(check), "covered": check.covered} for check in self.volumes],
        }


def judge_case(
    case: str,
    prediction: Prediction,
    reference: NDArray,
    affine: NDArray,
    *,
    condition: str = CLEAN,
    rim: RimProfile | None = None,
    with_regions: bool = True,
    probability_before: NDArray | None = None,
) -> UncertainCase:
    """Hold one prediction against its reference.

    Args:
        prediction: of T passes, on the model's grid.
        reference: (z, y, x) true classes 0..C-1 on that grid, 255 where unknown.
        affine: of the grid.
        rim: the model's rim profile, for the regions; None takes the case's own.
        with_regions: look for regions (the slowest part).
        probability_before: (C, z, y, x) of the same passes with temperature 1.
    """
    x, y, z = spacing_mm(affine)
    spacing, labels, u = (z, y, x), prediction.labels, prediction.uncertainty
    known = reference != UNKNOWN
    wrong = (labels != reference) & known
    region = near_segments(labels, reference, spacing)
    rim_region = near_surface(labels, reference, spacing)
    level = np.rint(np.clip(u[rim_region], 0.0, 1.0) * (LEVELS - 1)).astype(np.int64)
    in_region = wrong[rim_region]
    classes = len(prediction.probability)
    passes = np.where(known, prediction.pass_labels, 0).astype(np.uint8)
    agreement = pass_confidence(passes, classes, float(np.prod(spacing)) / 1000.0)
    shell = near_structure(labels > 0, spacing, SHELL_MM)
    return UncertainCase(
        case=case,
        condition=condition,
        dice=mean_dice(labels, reference, classes),
        pairwise_dice=agreement.pairwise_dice,
        shell_uncertainty=float(u[shell].mean(dtype=np.float64)) if shell.any() else None,
        auroc=auroc(u[rim_region], in_region),
        wrong_levels=np.bincount(level[in_region], minlength=LEVELS),
        right_levels=np.bincount(level[~in_region], minlength=LEVELS),
        reliability=reliability(prediction.probability[:, region], reference[region]),
        reliability_before=None
        if probability_before is None
        else reliability(probability_before[:, region], reference[region]),
        in_regions=regions_share(u, labels, wrong, affine, rim) if with_regions else None,
        in_most_uncertain={
            percent: share_in_most_uncertain(wrong, u, percent, known) for percent in PERCENTS
        },
        volumes=tuple(
            VolumeCheck(float((reference == c).sum() * np.prod(spacing) / 1000.0), s.mean_ml, s.sd_ml)
            for c, s in enumerate(agreement.segments, start=1)
        ),
    )


def mean_dice(labels: NDArray, reference: NDArray, classes: int) -> float | None:
    """Mean Dice over classes 1..C-1, those that are empty in both left out; unknown voxels ignored."""
    known = reference != UNKNOWN
    found = [dice((labels == c) & known, reference == c) for c in range(1, classes)]
    scores = [score for score in found if score is not None]
    return float(np.mean(scores)) if scores else None


def regions_share(
    uncertainty: NDArray, labels: NDArray, wrong: NDArray[np.bool_], affine: NDArray, rim: RimProfile | None
) -> float | None:
    """Share of the wrong voxels inside the first regions to review; None without a wrong voxel."""
    if not wrong.any():
        return None
    return share_in_regions(wrong, find_regions(RegionMaps(uncertainty, labels, affine), profile=rim))

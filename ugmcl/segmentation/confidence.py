"""How far the passes agree: the confidence of a case and of each segment (methods.md 7.3).

Confidence is the mean pairwise Dice of the passes (Roy et al. 2019), and the Dice that it stands for where
the model was calibrated; never the mean entropy, which measures the length of the border.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ugmcl.segmentation.boundary import box_around


@dataclass(frozen=True)
class SegmentAgreement:
    """One segment over the passes: volumes in mL (mean, population SD), mean pairwise Dice or None."""

    mean_ml: float
    sd_ml: float
    pairwise_dice: float | None


@dataclass(frozen=True)
class Confidence:
    """Agreement of each class 1..C-1, and the case's score, their mean pairwise Dice (None for one pass)."""

    segments: tuple[SegmentAgreement, ...]
    pairwise_dice: float | None


def pass_confidence(pass_labels: NDArray[np.uint8], classes: int, voxel_ml: float) -> Confidence:
    """Confidence from the passes' labels (T, z, y, x).

    A class that no pass contains agrees perfectly (Dice 1), as does background; an empty result must be
    told by its own warning.
    """
    segments = []
    for c in range(1, classes):
        overlap = _overlaps(pass_labels, c)
        sizes = np.diag(overlap)
        volumes = sizes * voxel_ml
        segments.append(
            SegmentAgreement(float(volumes.mean()), float(volumes.std()), _mean_pairwise_dice(overlap))
        )
    scores = [s.pairwise_dice for s in segments if s.pairwise_dice is not None]
    return Confidence(tuple(segments), float(np.mean(scores)) if scores else None)


def expected_dice(pairwise_dice: float | None, stored: Mapping[str, Any] | None) -> float | None:
    """Dice that a pairwise Dice stands for, by the model's map; None without a map or with a single pass.

    The map holds ``pairwise_dice`` (ascending) and ``expected_dice`` of equal length; between its points it
    is linear, beyond them constant.
    """
    if pairwise_dice is None or not stored or not stored.get("pairwise_dice"):
        return None
    return float(np.interp(pairwise_dice, stored["pairwise_dice"], stored["expected_dice"]))


def expected_interval(
    pairwise_dice: float | None, stored: Mapping[str, Any] | None
) -> tuple[float, float] | None:
    """The interval around `expected_dice` that the map holds (``low``, ``high``); None without one."""
    if pairwise_dice is None or not stored or not stored.get("low"):
        return None
    low, high = (float(np.interp(pairwise_dice, stored["pairwise_dice"], stored[k])) for k in ("low", "high"))
    return max(low, 0.0), min(high, 1.0)


def _overlaps(pass_labels: NDArray[np.uint8], c: int) -> NDArray[np.float64]:
    """(T, T) voxels that passes i and j both call ``c``."""
    passes = len(pass_labels)
    total = np.zeros((passes, passes))
    box = box_around(np.any(pass_labels == c, axis=0))
    if box is None:
        return total
    depth, height, width = box
    for z in range(depth.start, depth.stop):
        masks = (pass_labels[:, z, height, width] == c).reshape(passes, -1).astype(np.float32)
        total += masks @ masks.T  # exact: a slice has fewer than 2**24 voxels
    return total


def _mean_pairwise_dice(overlap: NDArray[np.float64]) -> float | None:
    """2 / (T (T - 1)) sum over i < j of Dice(A_i, A_j); two empty passes agree."""
    i, j = np.triu_indices(len(overlap), 1)
    if not len(i):
        return None
    sizes = np.diag(overlap)
    both = sizes[i] + sizes[j]
    dice = np.where(both > 0, 2.0 * overlap[i, j] / np.maximum(both, 1.0), 1.0)
    return float(dice.mean())

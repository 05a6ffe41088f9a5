"""Do probabilities mean what they say: reliability bins and the expected calibration error (methods.md 7.4).

Counts per bin are kept instead of voxels, so that cases are merged by adding them up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 15


@dataclass(frozen=True)
class Reliability:
    """Equal bins of top-class confidence over 0..1; each array is (bins,).

    Attributes:
        count: voxels.
        correct: voxels whose top class is the true one.
        confidence: sum of the voxels' top-class probabilities.
    """

    count: NDArray[np.int64]
    correct: NDArray[np.int64]
    confidence: NDArray[np.float64]

    def __add__(self, other: Reliability) -> Reliability:
        return Reliability(
            self.count + other.count, self.correct + other.correct, self.confidence + other.confidence
        )

    @property
    def mean_confidence(self) -> NDArray[np.float64]:
        """conf_b; NaN in empty bins."""
        return self._per_voxel(self.confidence)

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """acc_b; NaN in empty bins."""
        return self._per_voxel(self.correct)

    @property
    def ece(self) -> float | None:
        """Σ_b n_b/N |acc_b - conf_b|; None without voxels."""
        total = int(self.count.sum())
        return float(np.abs(self.correct - self.confidence).sum() / total) if total else None

    @property
    def ace(self) -> float | None:
        """Mean of |acc_b - conf_b| over the bins that are not empty; None without voxels."""
        gaps = np.abs(self.accuracy - self.mean_confidence)[self.count > 0]
        return float(gaps.mean()) if gaps.size else None

    def to_json(self) -> dict[str, Any]:
        return {
            "count": self.count.tolist(),
            "correct": self.correct.tolist(),
            "confidence": [round(value, 6) for value in self.confidence.tolist()],
        }

    def _per_voxel(self, values: NDArray) -> NDArray[np.float64]:
        result = np.full(self.count.shape, np.nan)
        np.divide(values, self.count, out=result, where=self.count > 0)
        return result


def reliability(probability: NDArray, truth: NDArray, *, bins: int = BINS) -> Reliability:
    """Bins of some voxels.

    Args:
        probability: (C, n).
        truth: (n,) true classes.
        bins: equal ones over 0..1; the last includes 1.
    """
    confidence = probability.max(axis=0).astype(np.float64)
    correct = probability.argmax(axis=0) == truth
    where = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    return Reliability(
        np.bincount(where, minlength=bins),
        np.bincount(where[correct], minlength=bins),
        np.bincount(where, weights=confidence, minlength=bins).astype(np.float64),
    )


def pooled(parts: Iterable[Reliability], *, bins: int = BINS) -> Reliability:
    """All cases' voxels together."""
    total = Reliability(np.zeros(bins, np.int64), np.zeros(bins, np.int64), np.zeros(bins))
    for part in parts:
        total += part
    return total

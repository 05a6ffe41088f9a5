"""Overlap of two masks of equal shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def dice(prediction: NDArray, reference: NDArray) -> float | None:
    """2|A∩R| / (|A| + |R|), 0..1; None where both are empty (nothing to compare)."""
    a, r = _masks(prediction, reference)
    total = int(a.sum()) + int(r.sum())
    return 2.0 * int((a & r).sum()) / total if total else None


def jaccard(prediction: NDArray, reference: NDArray) -> float | None:
    """|A∩R| / |A∪R|, 0..1; None where both are empty."""
    a, r = _masks(prediction, reference)
    union = int((a | r).sum())
    return int((a & r).sum()) / union if union else None


def _masks(prediction: NDArray, reference: NDArray) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    a, r = np.asarray(prediction, bool), np.asarray(reference, bool)
    if a.shape != r.shape:
        raise ValueError(f"masks of different shapes: {a.shape} and {r.shape}")
    return a, r

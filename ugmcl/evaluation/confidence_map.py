"""From the passes' pairwise Dice to the Dice that can be expected (methods.md 7.3): a rising step line."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

LEAST_CASES = 15  # below, a map would promise more than it knows
INTERVAL = 0.90


def fit_confidence_map(
    pairwise_dice: ArrayLike,
    dice: ArrayLike,
    *,
    cases: Sequence[Hashable] | None = None,
    weights: ArrayLike | None = None,
) -> dict[str, Any] | None:
    """Isotonic map with an interval from leave-one-case-out residuals; None with fewer than 15 cases.

    Args:
        pairwise_dice: confidence of every image.
        dice: its true Dice.
        cases: whose image it is; a case's images are left out together. None: every image is a case.
        weights: of the images; None for equal ones.

    Returns:
        ``pairwise_dice`` (ascending), ``expected_dice``, ``low`` and ``high`` (the central 90 % of what cases
        that were left out differed by, cut to 0..1), ``cases`` and ``mean_error`` (mean absolute
        difference of the left-out images). `ugmcl.segmentation.confidence.expected_dice` reads it.
    """
    q, d = np.asarray(pairwise_dice, np.float64), np.asarray(dice, np.float64)
    w = np.ones_like(q) if weights is None else np.asarray(weights, np.float64)
    names = list(range(q.size)) if cases is None else list(cases)
    if len(set(names)) < LEAST_CASES:
        return None
    points, expected = _isotonic(q, d, w)
    residual = d - leave_one_out(q, d, names, w)
    tail = (1.0 - INTERVAL) / 2.0
    below, above = (_weighted_quantile(residual, w, p) for p in (tail, 1.0 - tail))
    return {
        "pairwise_dice": [round(float(v), 5) for v in points],
        "expected_dice": [round(float(v), 5) for v in expected],
        "low": [round(float(v), 5) for v in np.clip(expected + min(below, 0.0), 0.0, 1.0)],
        "high": [round(float(v), 5) for v in np.clip(expected + max(above, 0.0), 0.0, 1.0)],
        "interval": INTERVAL,
        "cases": len(set(names)),
        "mean_error": round(float(np.average(np.abs(residual), weights=w)), 5),
        "note": f"expected Dice from {len(set(names))} validation cases, its interval of "
        f"{INTERVAL:.0%} from cases left out one by one",
    }


def leave_one_out(
    pairwise_dice: NDArray, dice: NDArray, cases: Sequence[Hashable], weights: NDArray
) -> NDArray[np.float64]:
    """Dice expected of every image by the map that was fitted without its case."""
    expected = np.empty(dice.size)
    for name in dict.fromkeys(cases):
        out = np.array([other == name for other in cases])
        points, values = _isotonic(pairwise_dice[~out], dice[~out], weights[~out])
        expected[out] = np.interp(pairwise_dice[out], points, values)
    return expected


def _isotonic(q: NDArray, d: NDArray, w: NDArray) -> tuple[NDArray, NDArray]:
    """Ends of the flat pieces of the rising line through the points; equal q are averaged first."""
    points, inverse = np.unique(q, return_inverse=True)
    total = np.bincount(inverse, weights=w)
    mean = np.bincount(inverse, weights=w * d) / total
    values = isotonic_regression(mean, weights=total).x
    change = np.diff(values) > 1e-12
    ends = np.append(True, change) | np.append(change, True)
    return points[ends], values[ends]


def _weighted_quantile(values: NDArray, weights: NDArray, part: float) -> float:
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, part * below[-1])])

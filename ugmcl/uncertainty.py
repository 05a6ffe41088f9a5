"""Maps and scores of uncertainty from T stochastic passes, in numpy (methods reference 7.1 to 7.3).

``passes`` are class probabilities (T, C, ...), ``mean`` their mean (C, ...); 0·ln 0 = 0; entropies in nats
unless normalised. Training computes equation 3 with torch in `ugmcl.losses.predictive_entropy`.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray


def entropy(probability: NDArray, axis: int = 0) -> NDArray:
    """-Σ_c p_c ln p_c over ``axis``, 0 to ln C."""
    p = np.asarray(probability)
    logs = np.log(p, out=np.zeros_like(p, dtype=np.result_type(p, np.float32)), where=p > 0)
    return -(p * logs).sum(axis=axis)


def predictive_entropy(mean: NDArray) -> NDArray:
    """H = -Σ_c p̂_c ln p̂_c of the mean (C, ...): equation 3 without its ε; 0 to ln C."""
    return entropy(mean, axis=0)


def uncertainty(mean: NDArray) -> NDArray:
    """u = H / ln C, 0 to 1: what the library calls a voxel's uncertainty."""
    return predictive_entropy(mean) / math.log(mean.shape[0])


def expected_entropy(passes: NDArray) -> NDArray:
    """E = (1/T) Σ_t H(p^t), the data's part, 0 to ln C."""
    return entropy(passes, axis=1).mean(axis=0)


def mutual_information(passes: NDArray) -> NDArray:
    """H - E, the model's part, 0 to ln C; rounding below 0 is cut."""
    return np.maximum(predictive_entropy(passes.mean(axis=0)) - expected_entropy(passes), 0.0)


def variance(passes: NDArray) -> NDArray:
    """(1/C) Σ_c of the population variance over the passes, 0 to 0.25."""
    return passes.var(axis=0).mean(axis=0)


def cross_task_disagreement(probability: NDArray, distance: NDArray, sharpness: float = 1500.0) -> NDArray:
    """Δ = max over c >= 1 of |p_c - σ(-k z_c)|, 0 to 1, of one pass without dropout.

    Args:
        probability: (C, ...).
        distance: (C-1, ...) in [-1, 1].
        sharpness: k of equation 5.
    """
    inverse = 0.5 * (1.0 - np.tanh(0.5 * sharpness * np.asarray(distance)))  # σ(-kz) that cannot overflow
    return np.abs(probability[1:] - inverse).max(axis=0)


def distance_spread(distances: NDArray, delta_mm: float = 1.0) -> NDArray:
    """Population standard deviation of the signed distances (T, C-1, ...) over the passes.

    Args:
        delta_mm: δ of the fixed scale, which makes it mm.
    """
    return distances.std(axis=0) * delta_mm


def dice(a: NDArray, b: NDArray) -> float:
    """2|A∩B| / (|A| + |B|) of two masks; 1 where both are empty."""
    total = np.count_nonzero(a) + np.count_nonzero(b)
    return 2.0 * np.count_nonzero(a & b) / total if total else 1.0


def pairwise_dice(pass_labels: NDArray, classes: int) -> NDArray[np.float64]:
    """Q_c: mean Dice over all pairs of passes, of each foreground class (Roy et al. 2019).

    Args:
        pass_labels: (T, ...) arg-max labels of the passes, T at least 2.
        classes: C, background included.

    Returns:
        (C-1,), 0 to 1; a class that two passes both leave empty counts 1 for that pair.
    """
    if len(pass_labels) < 2:
        raise ValueError("pairwise Dice needs at least two passes")
    scores = []
    for c in range(1, classes):
        masks = pass_labels == c
        scores.append(np.mean([dice(a, b) for a, b in itertools.combinations(masks, 2)]))
    return np.asarray(scores)


def mean_pairwise_dice(pass_labels: NDArray, classes: int) -> float:
    """A case's confidence: the mean of `pairwise_dice` over the foreground classes."""
    return float(pairwise_dice(pass_labels, classes).mean())

"""One temperature that makes probabilities mean what they say (Guo et al. 2017; methods.md 7.4)."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from ugmcl.errors import UserError

Sample = tuple[NDArray, NDArray]
LOG_RANGE = (-2.0, 2.0)  # of ln τ
MOST_VOXELS = 200_000  # a case; more do not move the optimum of one scalar
_LEAST_PROBABILITY = 1e-30


def thinned(probability: NDArray, truth: NDArray, most: int = MOST_VOXELS) -> Sample:
    """Every k-th voxel of (C, n) and (n,), so that at most ``most`` are kept."""
    step = -(-truth.size // most) if truth.size else 1
    return np.ascontiguousarray(probability[:, ::step]), np.ascontiguousarray(truth[::step])


def fit_temperature(samples: Sequence[Sample]) -> float:
    """τ that minimises the negative log-likelihood of all voxels together.

    p^(1/τ), made to sum to 1, equals softmax(a/τ), so that probabilities serve as well as logits a. The
    likelihood is convex in 1/τ, so that a bounded search over ln τ in [-2, 2] finds the optimum.

    Args:
        samples: per case (C, n) probabilities of one pass without dropout and (n,) true classes, in the
            region of interest, of validation cases only.

    Raises:
        UserError: no voxels at all.
    """
    if not any(truth.size for _, truth in samples):
        raise UserError("no voxels to fit a temperature to", "calibration", "Give validation cases")
    logs = [np.log(np.maximum(p, _LEAST_PROBABILITY, dtype=np.float64)) for p, _ in samples]
    truths = [truth.astype(np.intp) for _, truth in samples]

    def mean_nll(log_tau: float) -> float:
        total = sum(_nll(a / exp(log_tau), t) for a, t in zip(logs, truths, strict=True))
        return total / sum(t.size for t in truths)

    best = minimize_scalar(mean_nll, bounds=LOG_RANGE, method="bounded", options={"xatol": 1e-4})
    return float(exp(best.x))


def negative_log_likelihood(samples: Sequence[Sample], temperature: float) -> float:
    """Mean over all voxels, in nats, at a temperature."""
    scaled = [(with_temperature(p, temperature), t.astype(np.intp)) for p, t in samples]
    total = sum(float(-np.log(p[t, np.arange(t.size)]).sum()) for p, t in scaled)
    return total / sum(t.size for _, t in scaled)


def with_temperature(probability: NDArray, temperature: float) -> NDArray[np.float64]:
    """softmax(a/τ) from softmax(a): (C, ...) p^(1/τ), made to sum to 1. The arg-max stays."""
    a = np.log(np.maximum(probability, _LEAST_PROBABILITY, dtype=np.float64)) / temperature
    p = np.exp(a - a.max(axis=0))
    return p / p.sum(axis=0)


def _nll(a: NDArray, truth: NDArray) -> float:
    top = a.max(axis=0)
    normaliser = top + np.log(np.exp(a - top).sum(axis=0))
    return float((normaliser - a[truth, np.arange(truth.size)]).sum())

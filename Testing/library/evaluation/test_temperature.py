"""The temperature that was put in is found again."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from ugmcl.errors import UserError
from ugmcl.evaluation.temperature import (
    fit_temperature,
    negative_log_likelihood,
    thinned,
    with_temperature,
)


def sample(temperature: float, seed: int = 0, voxels: int = 30000) -> tuple[np.ndarray, np.ndarray]:
    """Classes drawn from softmax(a), probabilities told as softmax(a · temperature)."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2, (3, voxels))
    true = softmax(logits, axis=0)
    truth = (random.random(voxels) > true.cumsum(axis=0)).sum(axis=0).clip(0, 2)
    return softmax(logits * temperature, axis=0), truth


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.7, 4.0])
def test_recovers_the_temperature(temperature: float) -> None:
    samples = [sample(temperature, seed) for seed in range(2)]
    assert fit_temperature(samples) == pytest.approx(temperature, rel=0.03)


def test_likelihood_is_best_there() -> None:
    samples = [sample(1.7)]
    best = fit_temperature(samples)
    at_best = negative_log_likelihood(samples, best)
    assert at_best < negative_log_likelihood(samples, best * 1.1)
    assert at_best < negative_log_likelihood(samples, best / 1.1)
    assert at_best < negative_log_likelihood(samples, 1.0)


def test_power_of_probabilities_is_softmax_of_scaled_logits() -> None:
    logits = np.random.default_rng(2).normal(0, 3, (4, 50))
    found = with_temperature(softmax(logits, axis=0), 2.5)
    np.testing.assert_allclose(found, softmax(logits / 2.5, axis=0), rtol=1e-10)


def test_zero_probability_of_the_truth_is_finite() -> None:
    p, truth = np.array([[1.0, 1.0], [0.0, 0.0]]), np.array([0, 1])
    assert np.isfinite(fit_temperature([(p, truth)]))


def test_thinned_keeps_pairs_together() -> None:
    p, truth = thinned(np.arange(20.0).reshape(2, 10), np.arange(10), most=4)
    assert truth.tolist() == [0, 3, 6, 9]
    assert p[0].tolist() == [0, 3, 6, 9] and p[1].tolist() == [10, 13, 16, 19]


def test_without_voxels_there_is_nothing_to_fit() -> None:
    with pytest.raises(UserError):
        fit_temperature([(np.zeros((2, 0)), np.zeros(0, int))])

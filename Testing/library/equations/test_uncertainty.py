"""Uncertainty maps and pairwise Dice with values known beforehand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ugmcl.uncertainty import (
    cross_task_disagreement,
    distance_spread,
    expected_entropy,
    mean_pairwise_dice,
    mutual_information,
    pairwise_dice,
    predictive_entropy,
    uncertainty,
    variance,
)


def random_passes(passes: int = 5, classes: int = 3) -> np.ndarray:
    values = np.random.default_rng(0).gamma(0.5, size=(passes, classes, 2, 3, 4))
    return values / values.sum(axis=1, keepdims=True)


def test_entropies_of_known_distributions() -> None:
    certain, even, half = [1.0, 0, 0, 0], [0.25] * 4, [0.5, 0.5, 0, 0]
    mean = np.asarray([certain, even, half]).T
    np.testing.assert_allclose(predictive_entropy(mean), [0, math.log(4), math.log(2)], atol=1e-12)
    np.testing.assert_allclose(uncertainty(mean), [0, 1, 0.5], atol=1e-12)


def test_passes_that_contradict_each_other_are_the_models_doubt() -> None:
    passes = np.asarray([[1.0, 0.0], [0.0, 1.0]])[:, :, None]  # each is sure, of another class
    assert expected_entropy(passes)[0] == 0
    assert mutual_information(passes)[0] == pytest.approx(math.log(2))
    assert variance(passes)[0] == pytest.approx(0.25)


def test_passes_that_agree_on_doubt_are_the_datas_doubt() -> None:
    passes = np.full((3, 2, 1), 0.5)
    assert expected_entropy(passes)[0] == pytest.approx(math.log(2))
    assert mutual_information(passes)[0] == 0
    assert variance(passes)[0] == 0


def test_maps_equal_sums_written_out() -> None:
    passes = random_passes()
    count, classes = passes.shape[:2]
    for place in np.ndindex(passes.shape[2:]):
        p = passes[(slice(None), slice(None), *place)]
        mean = [sum(p[t, c] for t in range(count)) / count for c in range(classes)]
        total = -sum(m * math.log(m) for m in mean)
        parts = [-sum(v * math.log(v) for v in p[t]) for t in range(count)]
        spread = sum((p[t, c] - mean[c]) ** 2 for t in range(count) for c in range(classes)) / count / classes
        assert predictive_entropy(passes.mean(0))[place] == pytest.approx(total)
        assert expected_entropy(passes)[place] == pytest.approx(sum(parts) / count)
        assert mutual_information(passes)[place] == pytest.approx(total - sum(parts) / count)
        assert variance(passes)[place] == pytest.approx(spread)


def test_single_precision_stays_single() -> None:
    assert uncertainty(random_passes().astype(np.float32).mean(0)).dtype == np.float32


def test_disagreement_of_the_two_heads() -> None:
    probability = np.asarray([[0.1, 0.9, 0.5], [0.9, 0.1, 0.5]])
    distance = np.asarray([[-1.0, -1.0, 0.0]])  # inside, inside, on the boundary
    np.testing.assert_allclose(cross_task_disagreement(probability, distance), [0.1, 0.9, 0.0], atol=1e-12)
    near = cross_task_disagreement(np.zeros((2, 1)), np.asarray([[-0.001]]), sharpness=1500)
    assert near[0] == pytest.approx(1 / (1 + math.exp(-1.5)))
    three = np.asarray([[0.2], [0.2], [0.6]])
    assert cross_task_disagreement(three, np.asarray([[1.0], [1.0]]))[0] == pytest.approx(0.6)


def test_distance_spread_in_mm() -> None:
    passes = np.asarray([0.1, 0.3]).reshape(2, 1, 1)
    assert distance_spread(passes, delta_mm=10)[0, 0] == pytest.approx(1.0)


def test_pairwise_dice_by_hand() -> None:
    labels = np.asarray([[1, 1, 0, 2], [1, 0, 0, 2], [1, 1, 1, 0]])
    # class 1: |A| 2, 1, 3: pairs 2·1/3, 2·2/5, 2·1/4; class 2: pairs 1, 0, 0; class 3: always empty
    scores = pairwise_dice(labels, 4)
    np.testing.assert_allclose(scores, [(2 / 3 + 4 / 5 + 1 / 2) / 3, 1 / 3, 1.0])
    assert mean_pairwise_dice(labels, 4) == pytest.approx(scores.mean())
    assert mean_pairwise_dice(np.ones((4, 3)), 2) == 1.0
    with pytest.raises(ValueError, match="two passes"):
        pairwise_dice(labels[:1], 3)

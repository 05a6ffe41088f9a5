"""Reliability bins and the expected calibration error, against figures computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ugmcl.evaluation.reliability import pooled, reliability
from ugmcl.evaluation.voxels import near_segments, near_surface


def two_classes(confidence: list[float]) -> np.ndarray:
    top = np.array(confidence)
    return np.stack([top, 1.0 - top])


def test_ece_by_hand() -> None:
    # bins of 1/15: 0.9 lies in bin 13 (two voxels, one right), 0.6 in bin 9 (two voxels, both right)
    found = reliability(two_classes([0.9, 0.9, 0.61, 0.61]), np.array([0, 1, 0, 0]))
    assert found.count[13] == 2 and found.correct[13] == 1
    assert found.ece == pytest.approx(2 / 4 * 0.4 + 2 / 4 * 0.39)
    assert found.ace == pytest.approx((0.4 + 0.39) / 2)


def test_certain_and_right_is_no_error_and_falls_into_the_last_bin() -> None:
    found = reliability(two_classes([1.0, 1.0]), np.array([0, 0]))
    assert found.ece == 0 and found.count[-1] == 2


def test_merged_counts_are_those_of_all_voxels() -> None:
    random = np.random.default_rng(0)
    p = random.dirichlet([1, 1, 1], 500).T
    truth = random.integers(0, 3, 500)
    whole = reliability(p, truth)
    parts = pooled([reliability(p[:, :200], truth[:200]), reliability(p[:, 200:], truth[200:])])
    assert np.array_equal(whole.count, parts.count) and np.array_equal(whole.correct, parts.correct)
    assert whole.ece == pytest.approx(parts.ece)


def test_probabilities_that_are_true_have_a_small_error() -> None:
    random = np.random.default_rng(1)
    p = random.dirichlet([1, 1], 20000).T
    truth = (random.random(20000) < p[1]).astype(int)
    ece = reliability(p, truth).ece
    assert ece is not None and ece < 0.02


def test_no_voxels_have_no_error() -> None:
    assert pooled([]).ece is None and pooled([]).ace is None


def test_region_is_within_mm_of_either_and_leaves_unknown_voxels_out() -> None:
    labels, reference = np.zeros((2, 1, 1, 30), np.uint8)
    labels[0, 0, 5] = 1
    reference[0, 0, 20] = 2
    reference[0, 0, 22] = 255
    inside = near_segments(labels, reference, (1.0, 1.0, 2.0), mm=5.0)  # 2 mm voxels: two on each side
    assert np.flatnonzero(inside[0, 0]).tolist() == [3, 4, 5, 6, 7, 18, 19, 20, 21]


def test_region_of_nothing_is_empty() -> None:
    empty = np.zeros((4, 4, 4), np.uint8)
    assert not near_segments(empty, empty, (1.0, 1.0, 1.0)).any()


def test_surface_region_leaves_the_deep_inside_out() -> None:
    labels = np.zeros((1, 1, 40), np.uint8)
    labels[0, 0, 5:35] = 1
    reference = labels.copy()
    reference[0, 0, 5] = 0
    near = np.flatnonzero(near_surface(labels, reference, (1.0, 1.0, 1.0), mm=3.0)[0, 0]).tolist()
    assert near == [*range(1, 10), *range(31, 39)]

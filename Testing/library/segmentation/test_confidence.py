"""Agreement of the passes against pairs of masks counted one by one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from ugmcl.segmentation.confidence import expected_dice, pass_confidence


def test_pairwise_dice_and_volumes_equal_a_direct_computation() -> None:
    labels = np.random.default_rng(0).integers(0, 3, (5, 6, 7, 8)).astype(np.uint8)
    found = pass_confidence(labels, classes=3, voxel_ml=0.5)
    for c in (1, 2):
        masks = [labels[t] == c for t in range(5)]
        dice = [2 * (a & b).sum() / (a.sum() + b.sum()) for a, b in combinations(masks, 2)]
        volumes = [0.5 * mask.sum() for mask in masks]
        segment = found.segments[c - 1]
        assert segment.pairwise_dice == pytest.approx(np.mean(dice))
        assert segment.mean_ml == pytest.approx(np.mean(volumes))
        assert segment.sd_ml == pytest.approx(np.std(volumes))
    assert found.pairwise_dice == pytest.approx(np.mean([s.pairwise_dice for s in found.segments]))


def test_empty_passes_agree_and_one_pass_has_no_agreement() -> None:
    labels = np.zeros((2, 4, 4, 4), dtype=np.uint8)
    assert pass_confidence(labels, 2, 1.0).pairwise_dice == 1.0
    labels[0, 1:3] = 1
    assert pass_confidence(labels, 2, 1.0).pairwise_dice == 0.0
    alone = pass_confidence(labels[:1], 2, 1.0)
    assert alone.pairwise_dice is None and alone.segments[0].mean_ml == 32.0


def test_expected_dice_is_linear_between_points_and_constant_beyond() -> None:
    stored = {"pairwise_dice": [0.5, 0.9], "expected_dice": [0.4, 0.8]}
    assert expected_dice(0.7, stored) == pytest.approx(0.6)
    assert expected_dice(0.1, stored) == 0.4 and expected_dice(0.99, stored) == 0.8
    assert expected_dice(None, stored) is None and expected_dice(0.7, None) is None

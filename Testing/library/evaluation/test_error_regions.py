"""Shares of errors inside regions and inside the most uncertain voxels, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ugmcl.evaluation.error_regions import share_in_most_uncertain, share_in_regions
from ugmcl.segmentation.regions import Region


def region(voxels: list[tuple[int, int, int]]) -> Region:
    return Region(1.0, 1.0, 0.5, 0.5, 0.5, 0.5, None, None, None, (0.0, 0.0, 0.0), False, np.array(voxels))


def test_share_in_first_regions() -> None:
    wrong = np.zeros((1, 1, 10), bool)
    wrong[0, 0, :4] = True
    regions = [region([(0, 0, 0), (0, 0, 1), (0, 0, 8)]), region([(0, 0, 1), (0, 0, 2)])]
    assert share_in_regions(wrong, regions) == 3 / 4  # a voxel in both regions counts once
    assert share_in_regions(wrong, regions, first=1) == 2 / 4
    assert share_in_regions(wrong, []) == 0
    assert share_in_regions(~wrong & False, regions) is None


def test_share_in_most_uncertain() -> None:
    u = np.arange(100.0).reshape(4, 5, 5)
    wrong = np.isin(u, [99, 97, 50, 3])
    assert share_in_most_uncertain(wrong, u, 1) == 1 / 4
    assert share_in_most_uncertain(wrong, u, 5) == 2 / 4
    assert share_in_most_uncertain(wrong, u, 100) == 1
    assert share_in_most_uncertain(wrong, u, 5, known=u < 97) == 0  # 97 known voxels: 92 to 96
    assert share_in_most_uncertain(wrong & False, u, 5) is None


def test_equal_uncertainty_is_chance() -> None:
    wrong = np.zeros((10, 10, 10), bool)
    wrong[0] = True
    assert share_in_most_uncertain(wrong, np.zeros(wrong.shape), 5) == pytest.approx(0.05)

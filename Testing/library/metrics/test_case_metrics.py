"""Rows of a case: figures by hand, the rules for empty masks, ignored voxels."""

from __future__ import annotations

import numpy as np
import pytest

from ugmcl.metrics.case import DISTANCES, METRICS, case_metrics
from ugmcl.volumes.segment import Segment

ONE = (Segment(1, "one", (1.0, 0.0, 0.0), None),)


def cubes() -> tuple[np.ndarray, np.ndarray]:
    """A cube of 4 voxels a side, and the same one voxel further along x."""
    a, r = np.zeros((8, 8, 10), np.uint8), np.zeros((8, 8, 10), np.uint8)
    a[2:6, 2:6, 2:6] = 1
    r[2:6, 2:6, 3:7] = 1
    return a, r


def test_shifted_cubes() -> None:
    a, r = cubes()
    row = case_metrics(a, r, ONE, (1.0, 1.0, 0.5))[0]
    assert row["dice"] == pytest.approx(2 * 48 / 128) and row["jaccard"] == pytest.approx(48 / 80)
    assert row["volume_ml"] == row["reference_volume_ml"] == pytest.approx(64 * 0.5 / 1000)
    assert row["hd95_mm"] == pytest.approx(0.5) and row["hd95_voxel"] == 1.0
    assert row["surface_dice_1mm"] == 1.0 and row["empty"] == ""


def test_one_empty_is_the_worst_figure() -> None:
    a, r = cubes()
    for pair, name in (((a * 0, r), "prediction"), ((a, r * 0), "reference")):
        row = case_metrics(*pair, ONE, (1.0, 2.0, 3.0))[0]
        assert row["empty"] == name and row["dice"] == row["jaccard"] == row["surface_dice_1mm"] == 0.0
        assert row["hd95_mm"] == pytest.approx(np.hypot(np.hypot(8, 16), 30))
        assert row["hd95_voxel"] == pytest.approx(np.sqrt(64 + 64 + 100))
        assert all(row[name] > 0 for name in DISTANCES)


def test_both_empty_has_no_figures() -> None:
    a, r = cubes()
    row = case_metrics(a * 0, r * 0, ONE, (1.0, 1.0, 1.0))[0]
    assert row["empty"] == "both" and all(row[name] is None for name in METRICS)


def test_ignored_voxels_take_no_part() -> None:
    a, r = cubes()
    r[:, :, :3] = 255  # where only the prediction is
    row = case_metrics(a, r, ONE, (1.0, 1.0, 1.0))[0]
    assert row["dice"] == pytest.approx(2 * 48 / (48 + 64))


def test_every_segment_has_its_row() -> None:
    two = (*ONE, Segment(7, "seven", (0.0, 1.0, 0.0), None))
    a, r = cubes()
    r[0, 0, 0] = 7
    rows = case_metrics(a, r, two, (1.0, 1.0, 1.0))
    assert [row["segment"] for row in rows] == ["one", "seven"] and rows[1]["empty"] == "prediction"

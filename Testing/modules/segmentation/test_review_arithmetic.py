"""Review without a window: what was changed, what is handed over, what is said; all small enough to count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest


def test_voxels_added_and_removed(module: Any) -> None:
    from UGMCLSegmentationLib.review.corrections import change_of

    before, after, zone = (np.zeros((3, 4, 5), bool) for _ in range(3))
    before[0, 0, :4] = after[0, 0, 1:] = True  # one removed at the left, one added at the right
    after[2, 2, 2] = True
    zone[0] = True
    everywhere = change_of("a", before, after)
    assert (everywhere.added, everywhere.removed) == (2, 1) and everywhere.any
    inside = change_of("a", before, after, zone)
    assert (inside.added, inside.removed) == (1, 1)
    assert not change_of("a", before, before).any


def test_only_what_was_approved_is_a_label(module: Any) -> None:
    from UGMCLSegmentationLib.review.partial_label import approved_label, approved_voxels

    labels = np.array([[[0, 1, 2, 1, 2]]], np.uint8)
    regions = np.array([[[1, 1, 2, 0, 0]]], np.uint8)
    changed = np.array([[[False, False, False, True, False]]])

    def label(ranks: list[int], changed: Any = None) -> list[int]:
        approved = approved_voxels(regions, ranks, changed)
        assert approved is not None
        return approved_label(labels, approved)[0, 0].tolist()

    assert label([1]) == [0, 1, 255, 255, 255]
    assert label([2, 1]) == [0, 1, 2, 255, 255]
    assert label([1], changed) == [0, 1, 255, 1, 255]
    assert label([], changed) == [255, 255, 255, 1, 255]
    assert approved_label(labels, None).tolist() == labels.tolist()
    assert approved_voxels(regions, [], None) is None and approved_voxels(None, [1], None) is None


def test_the_whole_is_accepted_until_something_is_opened_again(module: Any) -> None:
    from UGMCLSegmentationLib.review.log import OPENED, WHOLE, already_noted, whole_accepted

    def rows(*decisions: tuple[str, str]) -> list[dict[str, str]]:
        return [{"region": region, "decision": decision} for region, decision in decisions]

    assert not whole_accepted([]) and not whole_accepted(rows(("1", "accepted")))
    assert whole_accepted(rows((WHOLE, "accepted"), ("1", "corrected")))
    assert not whole_accepted(rows((WHOLE, "accepted"), ("1", OPENED)))
    assert whole_accepted(rows((WHOLE, "accepted"), ("1", OPENED), (WHOLE, "accepted")))
    assert not whole_accepted(rows((WHOLE, "corrected"))), "a correction says nothing of the rest"
    from UGMCLSegmentationLib.review.corrections import Change

    noted = {"region": "elsewhere", "segment": "a", "decision": "corrected"}
    noted |= {"voxels_added": "3", "voxels_removed": "0"}
    assert already_noted([noted], "elsewhere", Change("a", 3, 0))
    assert not already_noted([noted], "elsewhere", Change("a", 4, 0))
    assert not already_noted([noted | {"segment": "b"}], "elsewhere", Change("a", 3, 0))


def test_the_uncertainty_of_every_slice(module: Any) -> None:
    from ugmcl.slicer.steps import run_now
    from UGMCLSegmentationLib.review.slice_plot import axial_axis, slice_values

    u = np.zeros((40, 2, 3), np.float32)
    u[7] = 0.5
    values = run_now(slice_values(u, 0, voxel_ml=0.01))
    assert values[7] == pytest.approx(6 * 0.5 * 0.01) and values.sum() == pytest.approx(values[7])
    assert run_now(slice_values(u, 2, 0.01)).shape == (3,)
    straight = np.diag([1.0, 1.0, 2.0, 1.0])
    sagittal = np.array([[0, 0, 2.0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
    assert axial_axis(straight) == 0, "z of (z, y, x)"
    assert axial_axis(sagittal) == 1, "height runs along j"


def test_confidence_in_words(module: Any) -> None:
    from UGMCLSegmentationLib.review.confidence_words import confidence_rows

    segment = {"name": "atrium", "volume_ml": 61.234, "passes_sd_ml": 1.5, "pairwise_dice": 0.971}
    report = {"way": {"passes": 8}, "segments": [segment]}
    (row,) = confidence_rows(report)
    assert row.volume == "61.23 ± 1.50" and row.confidence == "passes overlap 0.971"
    assert "8 passes" in row.tip and "not measured" in row.tip
    for spread, words in ((0.004, "61.234 ± 0.004"), (0.0001, "61.234 ± <0.001"), (0.0, "61.23 ± 0.00")):
        assert confidence_rows(report | {"segments": [segment | {"passes_sd_ml": spread}]})[0].volume == words
    segment |= {"expected_dice": 0.893, "expected_dice_interval": [0.82, 0.94]}
    (row,) = confidence_rows(report)
    assert row.confidence == "Dice about 0.89 (0.82 to 0.94)" and "nine of ten" in row.tip
    segment["pairwise_dice"] = None
    assert confidence_rows(report)[0].confidence == "none"


def test_the_next_region_to_look_at(module: Any) -> None:
    from UGMCLSegmentationLib.review.region_table import ACCEPTED, OPEN, RegionRow, next_open

    def rows(*states: str) -> list[RegionRow]:
        return [RegionRow(i, ("a",), 1.0, 0.5, 0.1, (0, 0, 0), s) for i, s in enumerate(states, start=1)]

    some = rows(OPEN, ACCEPTED, OPEN)
    assert next_open(some, 0) == 1 and next_open(some, 1) == 3 and next_open(some, 3) == 1
    assert next_open(some, 3, -1) == 1 and next_open(some, 1, -1) == 3
    decided = rows(ACCEPTED, ACCEPTED)
    assert next_open(decided, 1) == 2 and next_open([], 0) == 0

"""Medians and spreads of the rim against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from ugmcl.segmentation.rim import BINS, EDGES_H, RimHistogram, RimProfile


def test_medians_and_spreads_equal_a_direct_computation() -> None:
    random = np.random.default_rng(1)
    distance = random.uniform(0, 25, (20, 40, 40))
    inside = random.random(distance.shape) < 0.4
    u = np.clip(np.exp(-distance / 3) + random.normal(0, 0.1, distance.shape), 0, 1)
    histogram = RimHistogram()
    histogram.add(u[:10], distance[:10], inside[:10])
    histogram.add(u[10:], distance[10:], inside[10:])  # cases add up
    profile = histogram.profile()
    bin_ = np.digitize(distance, EDGES_H)
    for side in range(2):
        direct = [u[(bin_ == b) & (inside == bool(side))] for b in range(BINS)]
        assert min(len(values) for values in direct) >= 200
        median = np.array([np.median(values) for values in direct])
        deviations = [np.median(np.abs(values - m)) for values, m in zip(direct, median, strict=True)]
        spread = np.maximum(1.4826 * np.array(deviations), 0.02)
        assert profile.spread[side] == pytest.approx(spread, abs=1e-3)
        falling = median[:-1] >= median[1:] + 0.02  # where isotonic regression has nothing to do
        assert falling.sum() >= 5
        assert (np.diff(profile.median[side]) <= 1e-12).all()
        assert np.abs(profile.median[side] - median).max() < 0.02


def test_only_the_voxels_asked_for_count() -> None:
    u = np.zeros((2, 20, 20))
    u[1] = 0.8
    where = np.zeros(u.shape, dtype=bool)
    where[1] = True
    histogram = RimHistogram()
    histogram.add(u, np.zeros(u.shape), np.zeros(u.shape, dtype=bool), where)
    assert histogram.profile().median[0] == pytest.approx(np.full(BINS, 0.8), abs=1e-3)


def test_small_bins_share_a_median_with_their_neighbour() -> None:
    distance = np.concatenate([np.full(300, 0.1), np.full(50, 0.7), np.full(400, 1.2), np.full(10, 30.0)])
    u = np.concatenate([np.full(300, 0.9), np.full(50, 0.0), np.full(400, 0.4), np.full(10, 0.0)])
    histogram = RimHistogram()
    shape = (1, 1, -1)
    histogram.add(u.reshape(shape), distance.reshape(shape), np.zeros((1, 1, len(u)), dtype=bool))
    median = histogram.profile().median[0]
    assert median[0] == pytest.approx(0.9, abs=1e-3)
    assert median[1] == median[2] == pytest.approx(0.4, abs=1e-3)  # 50 zeros join 400 times 0.4
    assert median[-1] == median[2]  # the last ten voxels join what is before them


def test_a_profile_survives_its_file_and_foreign_bins_are_refused() -> None:
    profile = RimProfile(np.random.default_rng(0).random((2, BINS)), np.full((2, BINS), 0.1))
    stored = profile.to_json()
    again = RimProfile.from_json(stored)
    assert (again.median == profile.median).all() and (again.spread == profile.spread).all()
    with pytest.raises(ValueError, match="bins"):
        RimProfile.from_json({**stored, "edges_h": [e + 1 for e in stored["edges_h"]]})

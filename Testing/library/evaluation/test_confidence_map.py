"""The map from pairwise Dice to expected Dice rises, is read as the library reads it, and is honest."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ugmcl.evaluation.confidence_map import fit_confidence_map
from ugmcl.segmentation.confidence import expected_dice


def cases(count: int, spread: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    q = np.sort(random.uniform(0.5, 1.0, count))
    return q, np.clip(q - 0.1 + random.normal(0, spread, count), 0, 1)


def test_fourteen_cases_are_too_few() -> None:
    assert fit_confidence_map(*cases(14)) is None
    assert fit_confidence_map(*cases(15)) is not None
    q, d = cases(60)
    assert fit_confidence_map(q, d, cases=[i % 14 for i in range(60)]) is None


def test_exact_relation_is_found() -> None:
    found = fit_confidence_map(*cases(40))
    assert expected_dice(0.8, found) == pytest.approx(0.7, abs=0.01)
    assert json.loads(json.dumps(found)) == found


def test_rises_within_its_interval() -> None:
    found = fit_confidence_map(*cases(60, spread=0.05))
    assert found is not None
    for key in ("pairwise_dice", "expected_dice", "low", "high"):
        assert np.all(np.diff(found[key]) >= 0), key
    low, middle, high = (np.array(found[key]) for key in ("low", "expected_dice", "high"))
    assert np.all(low <= middle) and np.all(middle <= high)


def test_interval_holds_about_nine_of_ten_new_cases() -> None:
    found = fit_confidence_map(*cases(100, spread=0.05))
    assert found is not None
    q, d = cases(1000, spread=0.05, seed=9)
    low, high = (np.interp(q, found["pairwise_dice"], found[key]) for key in ("low", "high"))
    assert 0.82 < ((d >= low) & (d <= high)).mean() < 0.97


def test_by_hand_a_fall_is_pooled() -> None:
    q = np.linspace(0.1, 0.9, 16)
    d = np.full(16, 0.5)
    d[3], d[4] = 0.7, 0.3  # the only disorder; pooled to 0.5
    found = fit_confidence_map(q, d)
    assert found is not None and found["expected_dice"] == [0.5, 0.5]
    assert found["pairwise_dice"] == [0.1, 0.9]

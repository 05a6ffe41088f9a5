"""Intensity changes are mild and leave shapes alone; a pasted cuboid is exactly that."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ugmcl.transforms import intensity
from ugmcl.transforms.copy_paste import draw_cuboid, paste

SPACING = (1.0, 1.0, 1.0)


def image() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(2, 12, 14, 16)).astype(np.float32)


@pytest.mark.parametrize("change", intensity.CHANGES, ids=lambda change: change.__name__)
def test_each_change_is_mild_and_keeps_its_input(change) -> None:
    before = image()
    after = change(before, SPACING, np.random.default_rng(1))
    assert after.shape == before.shape and after.dtype == np.float32
    assert np.array_equal(before, image())
    assert np.abs(after - before).max() > 1e-3
    smooth = np.broadcast_to(np.linspace(-1, 1, 16, dtype=np.float32), (1, 12, 14, 16)).copy()
    for seed in range(5):
        assert np.abs(change(smooth, SPACING, np.random.default_rng(seed)) - smooth).mean() < 0.35


def test_contrast_keeps_the_mean_gamma_the_range_and_low_resolution_constants() -> None:
    before = image()
    random = np.random.default_rng(2)
    means = intensity.contrast(before, SPACING, random).mean(axis=(1, 2, 3))
    assert np.allclose(means, before.mean(axis=(1, 2, 3)), atol=1e-4)
    after = intensity.gamma(before, SPACING, random)
    assert np.allclose([after.min(), after.max()], [before.min(), before.max()], atol=1e-4)
    flat = np.full((1, 8, 8, 8), 3.0, np.float32)
    assert np.allclose(intensity.low_resolution(flat, SPACING, random), 3)
    assert np.allclose(intensity.gamma(flat, SPACING, random), 3)


def test_low_resolution_loses_detail_not_place() -> None:
    ramp = np.broadcast_to(np.arange(24, dtype=np.float32), (1, 24, 24, 24)).copy()
    after = intensity.low_resolution(ramp, SPACING, np.random.default_rng(0))
    assert np.abs(after - ramp)[..., 2:-2].max() < 0.05
    stripes = np.tile(np.array([-1, 1], np.float32), 12) * np.ones((1, 24, 24, 1), np.float32)
    assert intensity.low_resolution(stripes, SPACING, np.random.default_rng(0)).std() < 0.9


def test_probability_zero_changes_nothing_and_one_everything() -> None:
    before = image()
    assert intensity.change_intensity(before, SPACING, 0.0, np.random.default_rng(0)) is before
    calls = []
    changes = [lambda i, s, r, n=n: calls.append(n) or i for n in range(6)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intensity, "CHANGES", tuple(changes))
        intensity.change_intensity(before, SPACING, 1.0, np.random.default_rng(0))
    assert calls == [0, 1, 2, 3, 4, 5]


def test_pasted_cuboid_has_two_thirds_of_each_side() -> None:
    random = np.random.default_rng(0)
    outer, inner = np.zeros((1, 12, 9, 6)), np.ones((1, 12, 9, 6))
    places = set()
    for _ in range(300):
        cuboid = draw_cuboid((12, 9, 6), random)
        places.add(cuboid[0].start)
        mixed = paste(outer, inner, cuboid)
        assert mixed.sum() == 8 * 6 * 4 and mixed[(0, *cuboid)].all() and not outer.any()
    assert places == {0, 1, 2, 3, 4}
    tensor = paste(torch.zeros(1, 12, 9, 6), torch.ones(1, 12, 9, 6), cuboid)
    assert np.array_equal(tensor.numpy(), mixed)

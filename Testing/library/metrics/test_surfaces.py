"""Surface distances equal medpy's on random masks, and what a person can compute on small ones."""

from __future__ import annotations

import numpy as np
import pytest
from medpy.metric import binary
from scipy import ndimage

from ugmcl.metrics.overlap import dice, jaccard
from ugmcl.metrics.surfaces import surface_distances


def random_masks(seed: int) -> tuple[np.ndarray, np.ndarray, tuple[float, float, float]]:
    random = np.random.default_rng(seed)
    shape = tuple(random.integers(9, 22, 3))
    field = ndimage.gaussian_filter(random.normal(size=shape), 1.5)
    other = 0.7 * field + 0.3 * ndimage.gaussian_filter(random.normal(size=shape), 1.5)
    limits = np.quantile(field, random.uniform(0.5, 0.9)), np.quantile(other, random.uniform(0.5, 0.9))
    spacing = tuple(random.uniform(0.4, 3.0, 3))
    return field > limits[0], other > limits[1], spacing  # type: ignore[return-value]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("with_spacing", [False, True])
def test_equal_to_medpy(seed: int, with_spacing: bool) -> None:
    a, r, spacing = random_masks(seed)
    unit = spacing if with_spacing else None
    ours = surface_distances(a, r, spacing if with_spacing else (1, 1, 1))
    assert dice(a, r) == pytest.approx(binary.dc(a, r), abs=1e-6)
    assert jaccard(a, r) == pytest.approx(binary.jc(a, r), abs=1e-6)
    assert ours.asd == pytest.approx(binary.asd(a, r, voxelspacing=unit), abs=1e-6)
    both = (binary.asd(a, r, voxelspacing=unit), binary.asd(r, a, voxelspacing=unit))
    assert ours.assd == pytest.approx(sum(both) / 2, abs=1e-6)  # medpy 0.5 pools, the definition averages
    assert ours.hd95 == pytest.approx(binary.hd95(a, r, voxelspacing=unit), abs=1e-6)


def test_two_plates_five_slices_apart() -> None:
    a, r = np.zeros((12, 6, 6), bool), np.zeros((12, 6, 6), bool)
    a[2], r[7] = True, True
    distances = surface_distances(a, r, (2.0, 1.0, 1.0))
    assert distances.asd == distances.assd == distances.hd95 == 10.0
    assert distances.surface_dice(9.9) == 0.0
    assert distances.surface_dice(10.0) == 1.0


def test_asd_is_directed_from_the_prediction() -> None:
    """A single voxel inside a long bar is near it; the bar's ends are far from the voxel."""
    a, r = np.zeros((3, 3, 21), bool), np.zeros((3, 3, 21), bool)
    a[1, 1, 10], r[1, 1, :] = True, True
    distances = surface_distances(a, r)
    assert distances.asd == 0.0
    assert distances.backward.mean() == pytest.approx(2 * sum(range(11)) / 21)
    assert surface_distances(r, a).asd == pytest.approx(2 * sum(range(11)) / 21)


def test_empty_masks_and_other_shapes_are_refused() -> None:
    full = np.ones((3, 3, 3), bool)
    with pytest.raises(ValueError, match="not empty"):
        surface_distances(full, ~full)
    with pytest.raises(ValueError, match="shapes"):
        surface_distances(full, np.ones((3, 3, 4), bool))
    with pytest.raises(ValueError, match="shapes"):
        dice(full, np.ones((3, 3, 4), bool))

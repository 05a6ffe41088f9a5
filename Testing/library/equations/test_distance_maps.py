"""Equation 1 against distances measured voxel by voxel; absent, full and ignored segments."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ugmcl.distance_maps import (
    distance_targets,
    distances_mm,
    known_distances,
    scale_fixed,
    scale_per_patch,
    signed_distance,
)

SPACINGS = [(1.0, 1.0, 1.0), (3.0, 0.7, 1.1)]


def face_neighbours(voxel: tuple[int, ...], shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    found = []
    for axis in range(3):
        for step in (-1, 1):
            moved = list(voxel)
            moved[axis] += step
            if 0 <= moved[axis] < shape[axis]:
                found.append(tuple(moved))
    return found


def inner_boundary(mask: np.ndarray) -> np.ndarray:
    voxels = [
        v for v in map(tuple, np.argwhere(mask)) if any(not mask[n] for n in face_neighbours(v, mask.shape))
    ]
    return np.asarray(voxels)


def nearest(voxel: tuple[int, ...], places: np.ndarray, spacing: tuple[float, ...]) -> float:
    return float(np.sqrt((((places - np.asarray(voxel)) * spacing) ** 2).sum(axis=1)).min())


def measured(mask: np.ndarray, spacing: tuple[float, ...]) -> np.ndarray:
    """Equation 1 as printed, by the distance to every single voxel of the boundary."""
    boundary = inner_boundary(mask)
    values = np.empty(mask.shape)
    for voxel in np.ndindex(mask.shape):
        values[voxel] = nearest(voxel, boundary, spacing) * (-1 if mask[voxel] else 1)
    return values


def published(mask: np.ndarray) -> np.ndarray:
    """What the published code's transform yields, by single distances: two scales, zero on the boundary."""
    outside, inside = np.zeros(mask.shape), np.zeros(mask.shape)
    for voxel in np.ndindex(mask.shape):
        if mask[voxel]:
            inside[voxel] = nearest(voxel, np.argwhere(~mask), (1, 1, 1))
        else:
            outside[voxel] = nearest(voxel, np.argwhere(mask), (1, 1, 1))
    values = outside / outside.max() - inside / inside.max()
    values[tuple(inner_boundary(mask).T)] = 0
    return values


def blob(seed: int, shape: tuple[int, int, int] = (6, 8, 7)) -> np.ndarray:
    """A random mask with an interior: a box and a few loose voxels."""
    random = np.random.default_rng(seed)
    mask = random.random(shape) < 0.03
    mask[1:5, 2:7, 1:5] = True
    mask[random.integers(1, 5), random.integers(2, 7), 1] = False
    return mask


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("seed", range(4))
def test_signed_distance_is_the_distance_to_the_inner_boundary(seed: int, spacing: tuple) -> None:
    mask = blob(seed)
    np.testing.assert_allclose(signed_distance(mask, spacing), measured(mask, spacing), atol=1e-5)


def test_a_case_on_paper() -> None:
    line = np.zeros((1, 1, 9), bool)
    line[..., 3:8] = True
    expected = [3, 2, 1, 0, -1, -2, -1, 0, 1]
    np.testing.assert_array_equal(signed_distance(line)[0, 0], expected)
    np.testing.assert_array_equal(signed_distance(line, (5, 5, 0.5))[0, 0], np.multiply(expected, 0.5))


def test_the_edge_of_the_array_is_no_boundary() -> None:
    line = np.zeros((1, 1, 6), bool)
    line[..., 2:] = True
    np.testing.assert_array_equal(signed_distance(line)[0, 0], [2, 1, 0, -1, -2, -3])


@pytest.mark.parametrize("seed", range(4))
def test_the_patch_scale_is_the_published_one(seed: int) -> None:
    mask = blob(seed)
    target, known = distance_targets(mask.astype(np.uint8), 2, "patch")
    np.testing.assert_allclose(target[0], published(mask), atol=1e-6)
    assert known.all()
    assert target.min() == -1 and target.max() == 1


@pytest.mark.parametrize("scale", ["patch", "fixed"])
def test_absent_is_plus_one_and_full_minus_one(scale: str) -> None:
    label = np.full((4, 5, 6), 2, np.uint8)
    target, known = distance_targets(label, 4, scale)
    assert (target[[0, 2]] == 1).all()
    assert (target[1] == -1).all()
    assert known.all() and target.dtype == np.float32


def test_a_segment_that_is_nothing_but_boundary_has_zeros_inside() -> None:
    label = np.zeros((5, 5, 5), np.uint8)
    label[2] = 1
    for scale in ("patch", "fixed"):
        target, _ = distance_targets(label, 2, scale)
        assert (target[0, 2] == 0).all() and (target[0, [0, 1, 3, 4]] > 0).all()


def test_the_fixed_scale_divides_and_clips() -> None:
    distance = np.asarray([-30.0, -5.0, 0.0, 2.5, 10.0, np.inf])
    np.testing.assert_allclose(scale_fixed(distance, 10.0), [-1, -0.5, 0, 0.25, 1, 1])
    mask = blob(1)
    target, _ = distance_targets(mask.astype(np.uint8), 2, "fixed", (3.0, 0.7, 1.1), 4.0)
    np.testing.assert_allclose(target[0], np.clip(measured(mask, (3.0, 0.7, 1.1)) / 4, -1, 1), atol=1e-6)


def test_the_patch_scale_takes_its_extremes_from_known_voxels() -> None:
    known = np.asarray([True, True, True, True, False])
    scaled = scale_per_patch(np.asarray([-2.0, -1.0, 0.0, 4.0, 8.0]), known)
    np.testing.assert_allclose(scaled, [-1, -0.5, 0, 1, 1])


def test_every_segment_has_its_own_map() -> None:
    label = np.zeros((6, 8, 7), np.uint8)
    label[1:3, 2:6, 2:5], label[3:5, 2:6, 2:5] = 1, 2
    distance, _ = distances_mm(label, 3, (2.0, 1.0, 1.0))
    for c in (1, 2):
        np.testing.assert_allclose(distance[c - 1], measured(label == c, (2.0, 1.0, 1.0)), atol=1e-5)


@pytest.mark.parametrize("limit", [np.inf, 2.0])
@pytest.mark.parametrize("inside_to", ["boundary", "background"])
@pytest.mark.parametrize("seed", range(5))
def test_near_ignored_voxels_a_known_distance_holds_whatever_they_are(
    seed: int, inside_to: str, limit: float
) -> None:
    """Five ignored voxels may be inside or not: 32 labels, of which a known distance must be right in all."""
    random, spacing = np.random.default_rng(seed), (1.5, 1.0, 1.0)
    mask = blob(seed)
    ignored = np.zeros(mask.shape, bool)
    ignored.flat[random.choice(mask.size, 5, replace=False)] = True
    mask &= ~ignored
    distance = signed_distance(mask, spacing, inside_to=inside_to, ignored_zyx=ignored)
    known = known_distances(distance, mask, ignored, spacing, limit)
    assert 0.1 < known.mean() < 1 and not known[ignored].any()
    for choice in itertools.product([False, True], repeat=5):
        possible = mask.copy()
        possible[ignored] = choice
        true = signed_distance(possible, spacing, inside_to=inside_to)
        np.testing.assert_allclose(
            np.clip(distance[known], -limit, limit), np.clip(true[known], -limit, limit), atol=1e-5
        )


def test_ignored_voxels_reach_the_targets() -> None:
    label = np.zeros((1, 1, 9), np.uint8)
    label[..., 2:5] = 1
    label[..., 7:] = 255
    target, known = distance_targets(label, 2, "fixed", delta_mm=4.0)
    np.testing.assert_allclose(target[0, 0, 0, :6], [0.5, 0.25, 0, -0.25, 0, 0.25])
    # voxel 6 is two from the segment and one from what may be segment
    np.testing.assert_array_equal(known[0, 0, 0], [1, 1, 1, 1, 1, 1, 0, 0, 0])
    assert not distance_targets(np.full((2, 2, 2), 255, np.uint8), 2, "patch")[1].any()


def test_wrong_words_are_refused() -> None:
    with pytest.raises(ValueError, match="patch or fixed"):
        distance_targets(np.zeros((2, 2, 2)), 2, "crop")
    with pytest.raises(ValueError, match="boundary or background"):
        signed_distance(np.eye(3)[None], inside_to="edge")

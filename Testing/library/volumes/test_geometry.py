"""Spacing, orientation, grids compared, and resampling against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from ugmcl.volumes.geometry import (
    axis_codes,
    compare_grids,
    direction,
    make_affine,
    reorient,
    shear,
    spacing_mm,
)
from ugmcl.volumes.resampling import resample
from ugmcl.volumes.shear import is_sheared, right_angled_grid, tilt_degrees
from ugmcl.volumes.volume import Volume


def test_parts_of_an_affine(scene):
    affine = scene(17).affine
    assert spacing_mm(affine) == pytest.approx((0.7, 1.3, 2.9))
    assert shear(affine) < 1e-12
    np.testing.assert_allclose(make_affine(spacing_mm(affine), direction(affine), affine[:3, 3]), affine)


@pytest.mark.parametrize(
    ("axes", "codes"),
    [
        (np.eye(3), "LPS"),
        (np.diag([-1, -1, 1]), "RAS"),
        ([[0, 0, 1], [1, 0, 0], [0, 1, 0]], "PSL"),
        ([[0, 0, -1], [1, 0, 0], [0, -1, 0]], "PIR"),
    ],
)
def test_axis_codes(axes, codes):
    affine = make_affine((1, 2, 3), np.array(axes, dtype=float), (0, 0, 0))
    assert axis_codes(affine) == codes


def test_each_axis_is_given_once_at_45_degrees():
    c = np.sqrt(0.5)
    affine = make_affine((1, 1, 1), np.array([[c, -c, 0], [c, c, 0], [0, 0, 1]]), (0, 0, 0))
    codes = axis_codes(affine)
    assert {frozenset(pair) & set(codes) != frozenset() for pair in ("LR", "PA", "SI")} == {True}


@pytest.mark.parametrize("orientation", ["LP", "LLS", "LRS", "XYZ", "LPSA"])
def test_reorient_wants_three_different_axes(orientation):
    with pytest.raises(ValueError, match="orientation"):
        reorient(np.zeros((1, 2, 2, 2)), np.eye(4), orientation)


def test_three_grades_of_grids(scene):
    affine, shape = scene(0).affine, (7, 6, 5)
    moved = affine.copy()
    moved[:3, 3] += 0.02  # less than a twentieth of a voxel
    assert compare_grids(shape, affine, shape, moved).grade == "equal"
    moved[:3, 3] += 0.05
    assert compare_grids(shape, affine, shape, moved).grade == "resample"
    moved[:3, 3] += 0.45
    result = compare_grids(shape, affine, shape, moved)
    assert result.grade == "resample" and "same size, but corners lie up to 0.9" in result.message
    turned, turned_affine = reorient(np.zeros((1, *shape)), affine, "RAS")
    result = compare_grids(shape, affine, turned.shape[1:], turned_affine)
    assert result.grade == "resample" and "100% of it lies inside" in result.message
    result = compare_grids(shape, affine, (14, 12, 10), affine)
    assert result.grade == "resample" and "size 10 x 12 x 14 instead of 5 x 6 x 7" in result.message
    assert "12% of it" in result.message or "13% of it" in result.message
    moved[:3, 3] += 500
    assert compare_grids(shape, affine, shape, moved).grade == "apart"


def by_scipy(array, affine, target_affine, shape, order):
    z, y, x = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    places = target_affine @ np.stack([x, y, z, np.ones_like(x)]).reshape(4, -1)
    index = (np.linalg.inv(affine) @ places)[:3]
    inside = (index > 0).all(axis=0) & (index < np.array(array.shape[::-1])[:, None] - 1).all(axis=0)
    values = ndimage.map_coordinates(array.astype(np.float64), index[::-1], order=order, mode="mirror")
    return values.reshape(shape), inside.reshape(shape)


@pytest.mark.parametrize(("interpolation", "order"), [("linear", 1), ("spline", 3)])
def test_resampling_equals_scipy(scene, interpolation, order):
    array = np.random.default_rng(1).normal(size=(9, 11, 10)).astype(np.float32)
    affine = scene(0).affine
    target = scene(30).affine.copy()
    target[:3, :3] *= 0.6
    target[:3, 3] = affine[:3, :3] @ [4, 5, 4] + affine[:3, 3]
    result = resample(array[None], affine, target, (8, 8, 8), interpolation=interpolation, fill=-9.0)
    expected, inside = by_scipy(array, affine, target, (8, 8, 8), order)
    assert 0.1 < inside.mean() < 0.9
    np.testing.assert_allclose(result[0][inside], expected[inside], atol=2e-5)
    assert (result == -9.0).any() and result.dtype == np.float32


def test_resampling_a_sheared_grid_equals_scipy():
    array = np.random.default_rng(2).normal(size=(9, 11, 10)).astype(np.float32)
    affine = np.diag([1.0, 1.5, 2.0, 1.0])
    affine[1, 2] = 0.8
    straight, shape = right_angled_grid(affine, array.shape)
    expected, inside = by_scipy(array, affine, straight, shape, 1)
    result = resample(array[None], affine, straight, shape)
    np.testing.assert_allclose(result[0][inside], expected[inside], atol=2e-5)
    assert tilt_degrees(affine) == pytest.approx(np.degrees(np.arctan2(0.8, 2.0)))
    assert is_sheared(affine, array.shape) and not is_sheared(straight, shape)


@pytest.mark.parametrize("number", range(48))
def test_the_right_angled_grid_holds_the_sheared_one(scene, number):
    affine, shape = scene(number).affine.copy(), (7, 6, 5)
    codes = axis_codes(affine)
    affine[:3, 2] += 0.4 * affine[:3, 0] - 0.3 * affine[:3, 1]
    affine[:3, 1] += 0.1 * affine[:3, 0]
    straight, size = right_angled_grid(affine, shape)
    assert shear(straight) < 1e-12 and axis_codes(straight) == codes
    index = np.stack(
        [*np.meshgrid(*(np.arange(n) for n in shape[::-1]), indexing="ij"), np.ones(shape[::-1])]
    )
    inside = (np.linalg.inv(straight) @ affine @ index.reshape(4, -1))[:3]
    assert inside.min() > -1e-2 and (inside.max(axis=1) < np.array(size[::-1]) - 0.99).all()
    assert (inside.min(axis=1) < 0.01).all() and (inside.max(axis=1) > np.array(size[::-1]) - 2.01).all()


def test_edges_reach_to_the_outer_faces_of_voxels():
    array = np.array([10.0, 20.0, 30.0], dtype=np.float32).reshape(1, 1, 1, 3) * np.ones(
        (1, 2, 2, 1), np.float32
    )
    fine = make_affine((0.5, 1, 1), np.eye(3), (-0.75, 0, 0))  # half voxels, one more on either side
    row = resample(array, np.eye(4), fine, (2, 2, 8), fill=-1.0)[0, 0, 0]
    np.testing.assert_allclose(row, [-1, 10, 12.5, 17.5, 22.5, 27.5, 30, -1])


def test_nearest_keeps_type_and_values():
    labels = np.random.default_rng(0).integers(0, 4, (1, 5, 6, 7)).astype(np.uint8)
    target = make_affine((0.4, 0.7, 1.9), np.eye(3), (0.12, 0.12, 0.12))
    result = resample(labels, np.eye(4), target, (3, 8, 15), interpolation="nearest", anti_alias=True)
    z, y, x = np.meshgrid(np.arange(3) * 1.9, np.arange(8) * 0.7, np.arange(15) * 0.4, indexing="ij")
    index = [np.rint(v + 0.12).astype(int) for v in (z, y, x)]
    np.testing.assert_array_equal(result[0], labels[0][tuple(index)])
    assert result.dtype == np.uint8
    assert resample(labels > 1, np.eye(4), target, (3, 8, 15), interpolation="nearest").dtype == np.bool_


def test_anti_aliasing_removes_what_the_coarse_grid_cannot_hold():
    stripes = np.tile(np.array([0.0, 100.0], np.float32), 16).reshape(1, 1, 1, 32) * np.ones(
        (1, 4, 4, 1), np.float32
    )
    coarse = make_affine((4, 1, 1), np.eye(3), (0, 0, 0))
    plain = resample(stripes, np.eye(4), coarse, (4, 4, 8))
    smooth = resample(stripes, np.eye(4), coarse, (4, 4, 8), anti_alias=True)
    assert np.abs(plain).max() == 0 and np.abs(smooth[..., 1:-1] - 50).max() < 3
    same = resample(smooth, np.eye(4), np.eye(4), smooth.shape[1:], anti_alias=True)
    np.testing.assert_array_equal(same, smooth)


def test_volume_knows_its_size(scene):
    volume = Volume(np.zeros((2, 7, 6, 5)), scene(9).affine)
    assert volume.extent_mm == pytest.approx((3.5, 7.8, 20.3)) and volume.channels == 2
    assert volume.voxel_volume_ml == pytest.approx(0.7 * 1.3 * 2.9 / 1000)
    assert volume.source_hash is None and "5 x 6 x 7 voxels" in repr(volume)
    assert Volume(np.zeros((7, 6, 5)), np.eye(4)).array.shape == (1, 7, 6, 5)
    with pytest.raises(ValueError, match="shape_zyx"):
        Volume(lambda: np.zeros((7, 6, 5)), np.eye(4))
    with pytest.raises(ValueError, match="header says"):
        _ = Volume(lambda: np.zeros((7, 6, 5)), np.eye(4), shape_zyx=(7, 6, 6)).array
    with pytest.raises(ValueError, match="read-only"):
        volume.affine[0, 0] = 3.0

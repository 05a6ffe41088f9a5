"""A volume on the network's grid and back: every orientation, oblique, by landmarks in the patient."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.transform import Rotation

from ugmcl.errors import UserError
from ugmcl.framing.frame import frame_image, frame_label, unframe
from ugmcl.framing.spec import InputSpec, Normalisation
from ugmcl.volumes.geometry import make_affine
from ugmcl.volumes.volume import Volume

LANDMARKS = np.array([[3.0, -4.0, 2.0], [-4.0, 3.0, -3.0], [3.0, 2.0, 4.0]])  # LPS mm
OBLIQUE = Rotation.from_euler("xyz", [11, -7, 9], degrees=True).as_matrix()
ORIENTATIONS = [(order, signs) for order in permutations(range(3)) for signs in product((1, -1), repeat=3)]


def spec_of(spacing: tuple[float, float, float] | None, kind: str = "none") -> InputSpec:
    return InputSpec("test", ("one",), spacing, (16, 16, 16), normalisation=Normalisation(kind, None))


def oriented_grid(order, signs, spacing, turn, size=(21, 19, 23)) -> tuple[tuple[int, int, int], np.ndarray]:
    """Shape (z, y, x) and affine around the origin; grid axis k runs along patient axis order[k]."""
    direction = np.zeros((3, 3))
    for axis, (patient_axis, sign) in enumerate(zip(order, signs, strict=True)):
        direction[patient_axis, axis] = sign
    direction = turn @ direction
    center = (np.array(size) - 1) / 2
    affine = make_affine(spacing, direction, -direction @ (np.array(spacing) * center))
    return size[::-1], affine


def blobs(shape_zyx, affine, width=2.0) -> np.ndarray:
    """(landmark, z, y, x): a Gaussian of ``width`` mm around each landmark, sampled on the grid."""
    z, y, x = np.indices(shape_zyx)
    points = np.stack([x, y, z], axis=-1) @ affine[:3, :3].T + affine[:3, 3]
    return np.stack([np.exp(-((points - mark) ** 2).sum(-1) / (2 * width**2)) for mark in LANDMARKS]).astype(
        np.float32
    )


def center_mm(values, affine) -> np.ndarray:
    z, y, x = ndimage.center_of_mass(np.where(values > 0.05, values, 0))
    return affine[:3, :3] @ (x, y, z) + affine[:3, 3]


@pytest.mark.parametrize("turn", [np.eye(3), OBLIQUE], ids=["straight", "oblique"])
@pytest.mark.parametrize("order,signs", ORIENTATIONS)
def test_48_orientations_keep_landmarks_and_come_back_bit_for_bit(order, signs, turn) -> None:
    shape, affine = oriented_grid(order, signs, (1.0, 1.0, 1.0), turn)
    image = blobs(shape, affine)
    for channel, mark in zip(image, LANDMARKS, strict=True):
        framed = frame_image(Volume(channel, affine), spec_of((1.0, 1.0, 1.0)))
        assert not framed.resampled
        assert (np.diag(framed.affine[:3, :3]) > 0.9).all()  # LPS: x, y, z run to L, P, S
        assert np.linalg.norm(center_mm(framed.array[0], framed.affine) - mark) < 0.1
        assert np.array_equal(unframe(framed.array, framed)[0], channel)


@pytest.mark.parametrize("turn", [np.eye(3), OBLIQUE], ids=["straight", "oblique"])
@pytest.mark.parametrize("order,signs", ORIENTATIONS[::5])
@pytest.mark.parametrize("spacing", [(0.8, 0.8, 1.6), (1.3, 0.7, 0.9)])
def test_resampled_grids_keep_landmarks_there_and_back(order, signs, turn, spacing) -> None:
    own = tuple(spacing[patient_axis] for patient_axis in order)
    size = tuple(round(24 / s) for s in own)
    shape, affine = oriented_grid(order, signs, own, turn, size)
    image = blobs(shape, affine)
    for channel, mark in zip(image, LANDMARKS, strict=True):
        framed = frame_image(Volume(channel, affine), spec_of((1.0, 1.0, 1.0)))
        assert framed.resampled
        assert np.allclose(framed.spacing_mm, 1.0)
        assert np.linalg.norm(center_mm(framed.array[0], framed.affine) - mark) < 0.1
        back = unframe(framed.array, framed)[0]
        assert back.shape == channel.shape
        assert np.linalg.norm(center_mm(back, affine) - mark) < 0.15
        assert np.abs(back - channel).max() < 0.2


def test_every_source_voxel_gets_a_value_after_resampling() -> None:
    for size in (7, 8, 9, 10, 11):
        volume = Volume(np.ones((size, size + 1, size + 2), np.float32), np.diag([0.7, 0.9, 1.1, 1.0]))
        framed = frame_image(volume, spec_of((1.0, 1.0, 1.0)))
        assert (framed.array == 1).all()
        assert (unframe(framed.array, framed, outside=-7.0) == 1).all()


def test_spacing_within_a_thousandth_is_not_resampled() -> None:
    image = np.random.default_rng(0).normal(size=(9, 8, 7)).astype(np.float32)
    framed = frame_image(Volume(image, np.diag([1.0009, 0.9991, 1.0, 1.0])), spec_of((1.0, 1.0, 1.0)))
    assert not framed.resampled and np.array_equal(framed.array[0], image)
    assert frame_image(Volume(image, np.diag([1.002, 1.0, 1.0, 1.0])), spec_of((1.0, 1.0, 1.0))).resampled
    assert not frame_image(Volume(image, np.diag([3.0, 2.0, 1.0, 1.0])), spec_of(None)).resampled


def test_coarser_grid_averages_instead_of_picking() -> None:
    stripes = np.tile(np.array([0.0, 1.0], np.float32), 32)
    image = np.broadcast_to(stripes, (8, 8, 64))
    framed = frame_image(Volume(image, np.eye(4)), spec_of((4.0, 1.0, 1.0)))
    assert np.abs(framed.array[0, :, :, 2:-2] - 0.5).max() < 0.1


def test_region_of_interest_is_cut_and_put_back_where_it_was() -> None:
    shape, affine = oriented_grid((1, 2, 0), (-1, 1, -1), (1.0, 1.0, 1.0), np.eye(3))
    image = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    mark = LANDMARKS[0]
    framed = frame_image(
        Volume(image, affine), spec_of((1.0, 1.0, 1.0)), roi_lps_mm=(*(mark - 2.2), *(mark + 2.2))
    )
    assert framed.array.shape == (1, 5, 5, 5)
    center = framed.affine[:3, :3] @ (2, 2, 2) + framed.affine[:3, 3]
    assert np.abs(center - mark).max() <= 0.5
    back = unframe(framed.array, framed, outside=-9.0)[0]
    inside = back != -9.0
    assert inside.sum() == 125
    assert np.array_equal(back[inside], image[inside])


def test_region_outside_the_image_is_refused() -> None:
    volume = Volume(np.zeros((5, 5, 5), np.float32), np.eye(4))
    with pytest.raises(UserError, match="outside"):
        frame_image(volume, spec_of(None), roi_lps_mm=(50, 50, 50, 60, 60, 60))
    with pytest.raises(UserError, match="min below max"):
        frame_image(volume, spec_of(None), roi_lps_mm=(3, 0, 0, 1, 2, 2))


def test_region_of_interest_with_background_probability_one_outside() -> None:
    volume = Volume(np.zeros((6, 6, 6), np.float32), np.eye(4))
    framed = frame_image(volume, spec_of(None), roi_lps_mm=(0.6, 0.6, 0.6, 3.4, 3.4, 3.4))
    probability = np.stack([np.full(framed.shape_zyx, 0.25), np.full(framed.shape_zyx, 0.75)])
    back = unframe(probability.astype(np.float32), framed, outside=(1.0, 0.0))
    assert back.sum(axis=0).min() == back.sum(axis=0).max() == 1.0
    assert (back[1] == 0.75).sum() == framed.array[0].size and back[1, 0, 0, 0] == 0


def test_label_stored_with_other_axes_lands_on_its_image() -> None:
    shape, affine = oriented_grid((0, 1, 2), (1, 1, 1), (1.0, 1.0, 1.0), OBLIQUE)
    image = blobs(shape, affine)[0]
    label = (image > 0.5).astype(np.uint8) * 3
    label[0, 0, 0] = 255
    flipped = label[::-1, :, ::-1]
    change = np.diag([-1.0, 1.0, -1.0, 1.0])
    change[:3, 3] = (shape[2] - 1, 0, shape[0] - 1)
    framed = frame_image(Volume(image, affine), spec_of((1.0, 1.0, 1.0)))
    result = frame_label(Volume(flipped, affine @ change), framed)
    assert result.dtype == np.uint8
    assert np.array_equal(result, frame_label(Volume(label, affine), framed))
    assert np.array_equal(result == 3, framed.array[0] > 0.5)
    assert (result == 255).sum() == 1


def test_label_of_another_grid_is_resampled_and_keeps_its_volume() -> None:
    shape, affine = oriented_grid((0, 1, 2), (1, 1, 1), (1.0, 1.0, 1.0), np.eye(3), (24, 24, 24))
    fine_shape, fine = oriented_grid((2, 0, 1), (1, -1, 1), (0.6, 0.5, 0.7), np.eye(3), (40, 48, 34))
    label = (blobs(fine_shape, fine, 4.0)[0] > 0.5).astype(np.uint8)
    framed = frame_image(Volume(np.zeros(shape, np.float32), affine), spec_of((1.0, 1.0, 1.0)))
    result = frame_label(Volume(label, fine), framed)
    volume = label.sum() * 0.6 * 0.5 * 0.7
    assert abs(result.sum() - volume) < 0.05 * volume
    assert np.linalg.norm(center_mm(result.astype(np.float32), framed.affine) - LANDMARKS[0]) < 0.2


def test_label_elsewhere_is_refused() -> None:
    framed = frame_image(Volume(np.zeros((5, 5, 5), np.float32), np.eye(4)), spec_of(None))
    far = np.eye(4)
    far[:3, 3] = 100
    with pytest.raises(UserError, match="elsewhere"):
        frame_label(Volume(np.zeros((5, 5, 5), np.uint8), far), framed)
    with pytest.raises(UserError, match="300"):
        frame_label(Volume(np.full((5, 5, 5), 300, np.int16), np.eye(4)), framed)


def test_wrong_number_of_channels_and_sheared_axes_are_refused() -> None:
    with pytest.raises(UserError, match="2 channel"):
        frame_image(Volume(np.zeros((2, 4, 4, 4), np.float32), np.eye(4)), spec_of(None))
    sheared = np.eye(4)
    sheared[0, 2] = 0.2
    with pytest.raises(UserError, match="right angles"):
        frame_image(Volume(np.zeros((4, 4, 4), np.float32), sheared), spec_of(None))


def test_a_grid_that_no_memory_holds_is_refused() -> None:
    volume = Volume(np.zeros((20, 20, 20), dtype=np.float32), np.eye(4))
    for spacing in (0.01, 1e-9):  # 8e9 voxels, and more than a machine's integers count
        with pytest.raises(UserError, match="voxels at the model's spacing"):
            frame_image(volume, spec_of((spacing, spacing, spacing)))

"""Rotation and scaling in mm, by where a point lands."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from ugmcl.transforms.crop import cut
from ugmcl.transforms.rotation_scaling import Warp, draw_warp


def reader(volume: np.ndarray):
    return lambda start, size: cut(volume, start, size, dtype=volume.dtype)


def quarter_turn() -> np.ndarray:
    """(z, y, x): the patch's +x offset is the volume's +y offset."""
    return np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


def test_identity_gives_the_crop_itself() -> None:
    volume = np.random.default_rng(0).normal(size=(1, 12, 13, 14)).astype(np.float32)
    patch = Warp(np.eye(3)).sample(reader(volume), (2, 3, 1), (6, 6, 7), (1, 1, 1), order=1)
    assert np.allclose(patch, volume[:, 2:8, 3:9, 1:8], atol=1e-6)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.0, 1.0, 0.5)])
def test_a_turn_moves_a_blob_by_its_distance_in_mm(spacing) -> None:
    volume = np.zeros((1, 17, 33, 65), np.float32)
    center = np.array([8, 16, 32])
    volume[(0, *(center + np.array([0, 6, 0])))] = 1  # 6 mm along +y (spacing 1)
    volume = ndimage.gaussian_filter(volume, (0, 1, 1, 2))
    size = (11, 25, 49)
    patch = Warp(quarter_turn()).sample(reader(volume), (8 - 5, 16 - 12, 32 - 24), size, spacing, order=1)
    found = np.array(ndimage.center_of_mass(patch[0])) - (np.array(size) - 1) / 2
    assert np.allclose(found * spacing, (0, 0, 6), atol=0.15)


def test_scaling_enlarges_what_is_in_the_patch() -> None:
    volume = np.zeros((21, 21, 21), np.uint8)
    volume[7:14, 7:14, 7:14] = 3
    larger = Warp(np.eye(3) / 1.3).sample(reader(volume), (2, 2, 2), (17, 17, 17), (1, 1, 1), order=0)
    assert larger.dtype == np.uint8 and set(np.unique(larger)) == {0, 3}
    assert larger.any(axis=(1, 2)).sum() == 9  # 7 voxels times 1.3


def test_the_corners_come_from_the_volume_not_from_padding() -> None:
    volume = np.ones((30, 30, 30), np.float32)
    warp = draw_warp(45, 0.0, np.random.default_rng(3))
    assert warp.sample(reader(volume), (9, 9, 9), (12, 12, 12), (1, 1, 1), order=1).min() == 1


def test_draws_stay_within_bounds() -> None:
    random = np.random.default_rng(0)
    for _ in range(50):
        matrix = draw_warp(10, 0.2, random).matrix_zyx
        size = np.linalg.det(matrix) ** (-1 / 3)
        assert 0.8 <= size <= 1.2
        assert np.allclose(matrix @ matrix.T * size**2, np.eye(3))
        angle = np.degrees(np.arccos((np.trace(matrix * size) - 1) / 2))
        assert angle <= 10 * np.sqrt(3) + 0.5

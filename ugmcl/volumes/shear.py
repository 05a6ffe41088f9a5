"""Grids whose axes are not at right angles: found, and resampled to a right-angled grid that holds them.

A CT series with a tilted gantry is such a grid, and so is a NIfTI file whose sform has shear. Most software
straightens them without a word, which moves anatomy by millimetres.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np

from ugmcl.volumes import geometry
from ugmcl.volumes.resampling import resample
from ugmcl.volumes.volume import Volume


def is_sheared(affine: np.ndarray, shape_zyx: tuple[int, int, int]) -> bool:
    """Whether forcing right angles would move a corner by more than `geometry.EQUAL_VOXELS` of a voxel."""
    u, _, vt = np.linalg.svd(geometry.direction(affine))  # u @ vt is the nearest rotation or reflection
    moved = (u @ vt - geometry.direction(affine)) * np.asarray(geometry.spacing_mm(affine))
    half = geometry.corner_indices(shape_zyx)[:, :3] - (np.asarray(shape_zyx[::-1]) - 1) / 2
    return bool(
        np.linalg.norm(half @ moved.T, axis=1).max()
        > geometry.EQUAL_VOXELS * min(geometry.spacing_mm(affine))
    )


def tilt_degrees(affine: np.ndarray) -> float:
    """Angle between the third axis and the normal of the first two."""
    x, y, z = geometry.direction(affine).T
    normal = np.cross(x, y) / np.linalg.norm(np.cross(x, y))
    return float(np.degrees(np.arccos(np.clip(abs(z @ normal), 0.0, 1.0))))


def right_angled_grid(
    affine: np.ndarray, shape_zyx: tuple[int, int, int]
) -> tuple[np.ndarray, tuple[int, int, int]]:
    """Affine and shape of the smallest right-angled grid around all voxel centres.

    The x axis stays, y is turned in the xy plane, z is its normal; steps are those of the sheared grid, so
    that in-plane voxels of a tilted series keep their size.
    """
    a_x, a_y, a_z = np.asarray(affine)[:3, :3].T
    x = a_x / np.linalg.norm(a_x)
    y = a_y - (a_y @ x) * x
    y /= np.linalg.norm(y)
    z = np.cross(x, y)
    z *= np.sign(a_z @ z)
    axes = np.stack([x, y, z], axis=1)
    steps = np.array([a_x @ x, a_y @ y, a_z @ z])
    corners = geometry.corner_indices(shape_zyx) @ np.asarray(affine).T[:, :3] @ axes
    low, high = corners.min(axis=0), corners.max(axis=0)
    size = np.ceil((high - low) / steps - 1e-3).astype(int) + 1
    return geometry.make_affine(steps, axes, axes @ low), (int(size[2]), int(size[1]), int(size[0]))


def straightened(
    volume: Volume, cause: str, interpolation: Literal["linear", "nearest"] = "linear"
) -> Volume:
    """The same volume on a right-angled grid, with a note; itself where its axes are at right angles.

    Args:
        volume: any.
        cause: what the shear is, for the note ("gantry tilt").
        interpolation: ``nearest`` for labels; corners of the new grid that no voxel covers become the image's
            lowest value, or 0 in a label.
    """
    if not is_sheared(volume.affine, volume.shape_zyx):
        return volume
    affine, shape_zyx = right_angled_grid(volume.affine, volume.shape_zyx)
    degrees = max(tilt_degrees(volume.affine), float(np.degrees(np.arcsin(geometry.shear(volume.affine)))))
    note = f"{cause} of {degrees:.1f} degrees: resampled to a right-angled grid"
    return Volume(
        partial(_resampled, volume, affine, shape_zyx, interpolation),
        affine,
        shape_zyx=shape_zyx,
        channels=volume.channels,
        path=volume.path,
        source_hash=volume.lazy_hash,
        notes=(*volume.notes, note),
    )


def _resampled(
    volume: Volume,
    affine: np.ndarray,
    shape_zyx: tuple[int, int, int],
    interpolation: Literal["linear", "nearest"],
) -> np.ndarray:
    array = volume.array
    fill = 0.0 if interpolation == "nearest" else float(np.nanmin(array))
    return resample(array, volume.affine, affine, shape_zyx, interpolation=interpolation, fill=fill)

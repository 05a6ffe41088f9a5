"""A patch out of a volume: where it starts, and its voxels, padded where the volume is smaller.

Unlike the published loader the last position can be drawn (methods reference 2.11), and only the patch's own
bytes are read from a memory map.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Start = tuple[int, int, int]


def random_start(shape_zyx: Sequence[int], patch_zyx: Sequence[int], random: np.random.Generator) -> Start:
    """First voxel of a patch, every position from the first to the last inclusive equally likely.

    Along an axis shorter than the patch it is negative: the volume lies anywhere inside the patch.
    """
    z, y, x = (
        int(random.integers(min(0, side - patch), max(0, side - patch) + 1))
        for side, patch in zip(shape_zyx, patch_zyx, strict=True)
    )
    return (z, y, x)


def centered_start(shape_zyx: Sequence[int], patch_zyx: Sequence[int], center_zyx: Sequence[int]) -> Start:
    """First voxel of the patch around a voxel, moved so that it leaves the volume no more than it must."""
    z, y, x = (
        int(np.clip(center - patch // 2, min(0, side - patch), max(0, side - patch)))
        for side, patch, center in zip(shape_zyx, patch_zyx, center_zyx, strict=True)
    )
    return (z, y, x)


def inner_slices(
    shape_zyx: Sequence[int], start: Sequence[int], size_zyx: Sequence[int]
) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """The part of a window that lies inside a volume: as slices of the volume and of the window."""
    volume, window = [], []
    for side, first, size in zip(shape_zyx, start, size_zyx, strict=True):
        low = min(max(first, 0), side)
        high = max(min(first + size, side), low)
        volume.append(slice(low, high))
        window.append(slice(low - first, high - first))
    return tuple(volume), tuple(window)


def cut(
    array: np.ndarray, start: Sequence[int], size_zyx: Sequence[int], *, fill: float = 0, dtype: object = None
) -> np.ndarray:
    """Copy of a window of ``array`` (..., z, y, x); voxels outside of it become ``fill``."""
    volume, window = inner_slices(array.shape[-3:], start, size_zyx)
    result = np.full((*array.shape[:-3], *size_zyx), fill, dtype=dtype or array.dtype)  # type: ignore[call-overload]
    (wz, wy, wx), (vz, vy, vx) = window, volume
    result[..., wz, wy, wx] = array[..., vz, vy, vx]
    return result

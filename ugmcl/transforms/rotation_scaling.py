"""A free rotation with a change of size, computed by one resampling of the part of the volume that is needed.

Angles and sizes are those of the patient (mm), whatever the voxels' shape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from ugmcl.transforms.crop import Start


@dataclass(frozen=True)
class Warp:
    """Rotation and scaling about a patch's centre.

    Attributes:
        matrix_zyx: (3, 3), from an offset in the patch to the offset in the volume, both in mm (z, y, x).
    """

    matrix_zyx: np.ndarray

    def sample(
        self,
        read: Callable[[Start, tuple[int, int, int]], np.ndarray],
        start: Sequence[int],
        patch_zyx: Sequence[int],
        spacing_zyx: Sequence[float],
        *,
        order: int,
    ) -> np.ndarray:
        """The patch that begins at ``start``, its contents rotated and scaled about its centre.

        Args:
            read: gives a window (..., z, y, x) of the volume by first voxel and size; called once.
            start: first voxel of the patch without rotation.
            patch_zyx: its size.
            spacing_zyx: in mm.
            order: 1 linear (float32), 0 nearest (keeps the type).

        Returns:
            (..., z, y, x), C-contiguous.
        """
        spacing = np.asarray(spacing_zyx, dtype=np.float64)
        step = self.matrix_zyx * spacing[None, :] / spacing[:, None]  # in voxels
        half = (np.asarray(patch_zyx) - 1) / 2
        center = np.asarray(start) + half
        reach = np.abs(step) @ half
        low = np.floor(center - reach).astype(int)
        high = np.ceil(center + reach).astype(int) + 1
        (z, y, x), (dz, dy, dx) = low.tolist(), (high - low).tolist()
        window = read((z, y, x), (dz, dy, dx))
        offset = center - low - step @ half
        dtype = np.float32 if order else window.dtype
        result = np.empty((*window.shape[:-3], *patch_zyx), dtype=dtype)
        for source, target in zip(_volumes(window), _volumes(result), strict=True):
            ndimage.affine_transform(
                source,
                step,
                offset,
                output_shape=tuple(patch_zyx),
                output=target,
                order=order,
                mode="nearest",
            )
        return result


def draw_warp(rotation_degrees: float, scaling: float, random: np.random.Generator) -> Warp:
    """Angles about each axis uniform in ±``rotation_degrees``; size uniform in 1 ± ``scaling``."""
    angles = random.uniform(-rotation_degrees, rotation_degrees, 3)
    size = 1.0 + random.uniform(-scaling, scaling)
    return Warp(Rotation.from_euler("zyx", angles, degrees=True).as_matrix() / size)


def _volumes(array: np.ndarray) -> list[np.ndarray]:
    return list(array.reshape(-1, *array.shape[-3:]))

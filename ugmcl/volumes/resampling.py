"""From one grid to another through space, with sheared grids included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

Interpolation = Literal["linear", "nearest", "spline"]
_KINDS = {"linear": sitk.sitkLinear, "nearest": sitk.sitkNearestNeighbor, "spline": sitk.sitkBSpline3}
_SIGMA_PER_VOXEL = 1.0 / (2.0 * np.sqrt(2.0 * np.log(2.0)))  # from full width at half maximum


def resample(
    array: np.ndarray,
    affine: np.ndarray,
    target_affine: np.ndarray,
    target_shape_zyx: Sequence[int],
    *,
    interpolation: Interpolation = "linear",
    fill: float = 0.0,
    anti_alias: bool = False,
) -> np.ndarray:
    """Values of ``array`` at the voxel centres of the target grid.

    A target voxel whose centre lies outside the source's outer faces becomes ``fill``; between the outermost
    centre and the face the outermost value holds. ITK does the work on index grids, where an affine is one
    matrix, so that shear needs no special case.

    Args:
        array: (channel, z, y, x).
        affine: its affine.
        target_affine: the target's affine.
        target_shape_zyx: the target's size.
        interpolation: ``nearest`` keeps the data type; ``linear`` and ``spline`` (cubic) give float32.
        fill: value outside.
        anti_alias: smooth first along the axes where the target is coarser, by a Gaussian whose full width at
            half maximum is sqrt(k² - 1) source voxels, k the ratio of steps (Cardoso et al., 2015).

    Returns:
        (channel, z, y, x) of the target's size.
    """
    step = np.linalg.inv(affine) @ np.asarray(target_affine, dtype=np.float64)  # target index to source index
    size = [int(n) for n in reversed(list(target_shape_zyx))]
    dtype = array.dtype if interpolation == "nearest" else np.dtype(np.float32)
    if np.array_equal(step, np.eye(4)) and tuple(size[::-1]) == array.shape[1:]:
        return array.astype(dtype)
    sigma_zyx = _anti_alias_sigma(step)[::-1] if anti_alias and interpolation != "nearest" else np.zeros(3)
    transform = sitk.AffineTransform(step[:3, :3].ravel().tolist(), step[:3, 3].tolist())
    result = np.empty((array.shape[0], *size[::-1]), dtype=dtype)
    for source, target in zip(array, result, strict=True):
        values = np.ascontiguousarray(source, dtype=_itk_type(dtype))
        if sigma_zyx.any():
            values = ndimage.gaussian_filter(values, sigma_zyx, mode="nearest")
        image = sitk.GetImageFromArray(values, isVector=False)
        moved = sitk.Resample(
            image,
            size,
            transform,
            _KINDS[interpolation],
            (0.0,) * 3,
            (1.0,) * 3,
            np.eye(3).ravel().tolist(),
            fill,
        )
        target[...] = sitk.GetArrayViewFromImage(moved)
    return result


def _anti_alias_sigma(step: np.ndarray) -> np.ndarray:
    """Gaussian widths in source voxels (x, y, z) for a target step of ``step`` source voxels."""
    ratio = np.linalg.norm(step[:3, :3], axis=1)
    return np.where(ratio > 1.0 + 1e-3, np.sqrt(np.maximum(ratio**2 - 1.0, 0.0)) * _SIGMA_PER_VOXEL, 0.0)


def _itk_type(dtype: np.dtype) -> np.dtype:
    """The data type ITK computes in: it has no bool and no half precision."""
    if dtype == np.bool_:
        return np.dtype(np.uint8)
    return np.dtype(np.float32) if dtype == np.float16 else dtype

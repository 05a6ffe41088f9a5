"""A label on another grid: the value with the largest share wins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ugmcl.errors import UserError
from ugmcl.volumes.resampling import resample


def label_onto(
    label: np.ndarray,
    affine: np.ndarray | None,
    target_affine: np.ndarray | None,
    target_shape_zyx: Sequence[int] | None,
    *,
    where: object = None,
) -> np.ndarray:
    """The label on the target grid, value by value: each is resampled as a mask (linear, smoothed when the
    target is coarser) and the largest mask gives the voxel its value, the smaller value on a tie.

    Args:
        label: (z, y, x) whole numbers 0..255.
        affine: the label's affine; None copies the label as it is.
        target_affine, target_shape_zyx: the grid wanted.
        where: named in errors.

    Returns:
        (z, y, x) uint8. Outside of the label's grid there is background (0).

    Raises:
        UserError: for values below 0 or over 255.
    """
    low, high = (int(label.min()), int(label.max())) if label.size else (0, 0)
    if low < 0 or high > 255:
        raise UserError(
            f"the label holds the value {low if low < 0 else high}",
            where,
            "Label values are 0 (background) to 254, and 255 for voxels to ignore",
        )
    source = np.ascontiguousarray(label, dtype=np.uint8)
    if affine is None or target_affine is None or target_shape_zyx is None:
        return source
    values = np.flatnonzero(np.bincount(source.ravel(), minlength=256))
    shape = tuple(int(n) for n in target_shape_zyx)
    result = np.zeros(shape, dtype=np.uint8)
    best = np.full(shape, 0.0, dtype=np.float32)
    for value in values:
        mask = (source == value).astype(np.float32)[None]
        share = resample(mask, affine, target_affine, shape, anti_alias=True)[0]
        wins = share > best
        result[wins] = value
        best[wins] = share[wins]
    return result

"""A volume read as a label: whole numbers, as the file holds them."""

from __future__ import annotations

from functools import partial

import numpy as np

from ugmcl.errors import UserError
from ugmcl.volumes.volume import Volume

_ROUNDING = 0.02  # nibabel stores float labels as bytes with a scale factor: 1 comes back as 0.996


def as_label(volume: Volume) -> Volume:
    """The volume with integer voxels; fractions are found when the voxels are first asked for."""
    return Volume(
        partial(_whole_numbers, volume),
        volume.affine,
        shape_zyx=volume.shape_zyx,
        channels=volume.channels,
        path=volume.path,
        source_hash=volume.lazy_hash,
        notes=volume.notes,
    )


def _whole_numbers(volume: Volume) -> np.ndarray:
    array = volume.array
    if array.dtype.kind in "iu":
        return array
    rounded = np.rint(array)
    fractional = ~(np.abs(array - rounded) <= _ROUNDING)  # also where a voxel is not a number
    if fractional.any():
        example = float(array[fractional][0])
        raise UserError(
            f"is no label: {int(fractional.sum())} voxels are no whole numbers ({example:.4g}, for instance)",
            volume.path,
            "Give a labelmap; one that was resampled must be resampled with nearest neighbour",
        )
    low, high = float(rounded.min()), float(rounded.max())
    if low >= 0 and high <= 255:
        return rounded.astype(np.uint8)
    return rounded.astype(np.int16 if low >= -32768 and high <= 32767 else np.int64)

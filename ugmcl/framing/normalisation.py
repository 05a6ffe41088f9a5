"""Intensities of one channel to mean 0 and deviation 1, from the voxels that are given (design, 5)."""

from __future__ import annotations

import numpy as np

from ugmcl.errors import UserError
from ugmcl.framing.spec import Normalisation

PADDING_SHARE = 0.05  # of the voxels; scans that fill their grid have their least value in far fewer
SMALLEST_DEVIATION = 1e-6  # relative to the mean: a constant channel becomes 0, not noise


def normalise(
    channel: np.ndarray, rule: Normalisation, *, source: np.ndarray | None = None, where: object = None
) -> np.ndarray:
    """One channel, normalised.

    Args:
        channel: (z, y, x), any real type; not changed.
        rule: clipping and centring.
        source: the voxels that give percentiles, mean and deviation; the channel's own when None.
        where: named in errors.

    Returns:
        (z, y, x) float32, C-contiguous. With ``zscore_nonzero`` voxels that were 0 are 0.

    Raises:
        UserError: when a voxel is not a finite number.
    """
    values = np.array(channel, dtype=np.float32, order="C")
    given = values if source is None else np.asarray(source, dtype=np.float32)
    if not (np.isfinite(values).all() and (given is values or np.isfinite(given).all())):
        raise UserError(
            "the image holds voxels that are not numbers (NaN or infinite)",
            where,
            "Replace them, for example by the background value, and try again",
        )
    if rule.kind == "none":
        return values
    outside = values == 0 if rule.kind == "zscore_nonzero" else None
    if rule.kind == "zscore_nonzero":
        given = given[given != 0]
    elif rule.exclude_padding:
        given = given[~is_padding(given)]
    else:
        given = given.ravel()
    if given.size == 0:
        return np.zeros_like(values)
    if rule.clip_percentiles is not None:
        low, high = np.percentile(given, rule.clip_percentiles)
        given = np.clip(given, low, high)
        np.clip(values, low, high, out=values)
    mean = float(given.mean(dtype=np.float64))
    deviation = float(given.std(dtype=np.float64))
    values -= mean
    values /= deviation if deviation > SMALLEST_DEVIATION * max(abs(mean), 1e-30) else 1.0
    if outside is not None:
        values[outside] = 0.0
    return values


def is_padding(channel: np.ndarray) -> np.ndarray:
    """Where a channel holds nothing but the fill of its grid.

    An oblique scan on a straight grid, or one that was padded to a size, has one value, its least, in a large
    part of its voxels; an acquired image, its noise included, does not.

    Returns:
        bool, of the channel's shape: the voxels of the least value if these are 5 % of all or more and not
        all, else nowhere true.
    """
    least = channel == channel.min() if channel.size else np.zeros(channel.shape, dtype=bool)
    if PADDING_SHARE * least.size <= np.count_nonzero(least) < least.size:
        return np.asarray(least)
    return np.zeros(channel.shape, dtype=bool)

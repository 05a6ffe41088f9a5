"""Images made worse in steps, always in the same way: does confidence fall when quality does?

Every function takes and returns (z, y, x) float32 on the same grid. Strengths are relative to the image's own
range, 1st to 99th percentile, since intensities of MRI have no unit.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Degrade = Callable[[NDArray], NDArray[np.float32]]
SEVERITIES = (1, 2, 3)
NOISE = (0.05, 0.12, 0.25)  # standard deviation, part of the range
BLUR = (0.7, 1.3, 2.2)  # sigma, voxels
BIAS = (0.3, 0.6, 1.0)  # the field spans exp(-b) to exp(+b)
SLICES = (2, 3, 5)  # slices averaged into one
CONTRAST = (1.5, 2.2, 3.5)  # exponent of the range mapped to 0..1


def degradations() -> list[tuple[str, int, Degrade]]:
    """(name, severity 1..3, function) of all of them."""
    kinds: list[tuple[str, Callable[..., NDArray[np.float32]], tuple[float, ...]]] = [
        ("noise", add_noise, NOISE),
        ("blur", blur, BLUR),
        ("bias field", add_bias_field, BIAS),
        ("coarse slices", coarsen_slices, SLICES),
        ("contrast", change_contrast, CONTRAST),
    ]
    return [
        (name, severity, partial(function, strength=strengths[severity - 1]))
        for name, function, strengths in kinds
        for severity in SEVERITIES
    ]


def add_noise(image: NDArray, strength: float) -> NDArray[np.float32]:
    """Gaussian noise, the same pattern for every strength."""
    low, high = _range(image)
    noise = np.random.default_rng(1337).standard_normal(image.shape, dtype=np.float32)
    return np.asarray(image, np.float32) + np.float32(strength * (high - low)) * noise


def blur(image: NDArray, strength: float) -> NDArray[np.float32]:
    """Gaussian of ``strength`` voxels."""
    return gaussian_filter(np.asarray(image, np.float32), strength)


def add_bias_field(image: NDArray, strength: float) -> NDArray[np.float32]:
    """Multiplied by a smooth field that changes once along y and z, over the range's lower end."""
    low, _ = _range(image)
    depth, height, _ = image.shape
    z, y = (np.linspace(-1.0, 1.0, n, dtype=np.float32) for n in (depth, height))
    field = np.exp(strength * 0.5 * (z[:, None, None] + y[None, :, None]))
    return (low + (np.asarray(image, np.float32) - low) * field).astype(np.float32)


def coarsen_slices(image: NDArray, strength: float) -> NDArray[np.float32]:
    """Runs of ``strength`` slices averaged, then interpolated linearly back onto the grid."""
    image = np.asarray(image, np.float32)
    thick = max(1, min(int(strength), image.shape[0]))
    starts = np.arange(0, image.shape[0], thick)
    sizes = np.diff(np.append(starts, image.shape[0]))
    means = np.add.reduceat(image, starts, axis=0) / sizes[:, None, None]
    if len(means) == 1:
        return np.broadcast_to(means, image.shape).astype(np.float32)
    centers = starts + (sizes - 1) / 2.0
    place = np.interp(np.arange(image.shape[0]), centers, np.arange(len(centers)))
    lower = np.minimum(place.astype(np.intp), len(centers) - 2)
    weight = (place - lower).astype(np.float32)[:, None, None]
    return ((1.0 - weight) * means[lower] + weight * means[lower + 1]).astype(np.float32)


def change_contrast(image: NDArray, strength: float) -> NDArray[np.float32]:
    """The range mapped to 0..1, raised to ``strength`` and mapped back; values beyond it are cut."""
    low, high = _range(image)
    if high <= low:
        return np.asarray(image, np.float32).copy()
    part = np.clip((np.asarray(image, np.float32) - low) / (high - low), 0.0, 1.0)
    return (low + (high - low) * part**strength).astype(np.float32)


def _range(image: NDArray) -> tuple[float, float]:
    low, high = np.percentile(image, [1.0, 99.0])
    return float(low), float(high)

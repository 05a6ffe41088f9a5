"""Mild changes of intensity that scanners make too, each with its own probability (methods reference 8).

Images are normalised (mean about 0, deviation about 1), (N, z, y, x) float32; each function returns a changed
copy and draws alike for all channels, except noise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import ndimage

Change = Callable[[np.ndarray, Sequence[float], np.random.Generator], np.ndarray]


def gamma(image: np.ndarray, spacing_zyx: Sequence[float], random: np.random.Generator) -> np.ndarray:
    """Power 0.7 to 1.5 of the intensity between each channel's extremes; range, not mean, is kept."""
    power = np.float32(random.uniform(0.7, 1.5))
    low = image.min(axis=(1, 2, 3), keepdims=True)
    span = image.max(axis=(1, 2, 3), keepdims=True) - low
    span[span == 0] = 1.0
    return ((image - low) / span) ** power * span + low


def contrast(image: np.ndarray, spacing_zyx: Sequence[float], random: np.random.Generator) -> np.ndarray:
    """Distance to each channel's mean times 0.75 to 1.25."""
    mean = image.mean(axis=(1, 2, 3), keepdims=True)
    return (image - mean) * np.float32(random.uniform(0.75, 1.25)) + mean


def brightness(image: np.ndarray, spacing_zyx: Sequence[float], random: np.random.Generator) -> np.ndarray:
    """Plus -0.2 to 0.2."""
    return image + np.float32(random.uniform(-0.2, 0.2))


def noise(image: np.ndarray, spacing_zyx: Sequence[float], random: np.random.Generator) -> np.ndarray:
    """Gaussian noise with a deviation of 0 to 0.1."""
    deviation = np.float32(random.uniform(0.0, 0.1))
    return image + deviation * random.standard_normal(image.shape, dtype=np.float32)


def blur(image: np.ndarray, spacing_zyx: Sequence[float], random: np.random.Generator) -> np.ndarray:
    """Gaussian blur with σ of 0.5 to 1 mm."""
    width = random.uniform(0.5, 1.0)
    sigma = [0.0, *(width / spacing for spacing in spacing_zyx)]
    return ndimage.gaussian_filter(image, sigma, mode="nearest", truncate=3.0)


def low_resolution(
    image: np.ndarray, spacing_zyx: Sequence[float], random: np.random.Generator
) -> np.ndarray:
    """As if taken with voxels up to twice as large along every axis: fewer samples, interpolated linearly."""
    factor = random.uniform(0.5, 1.0)
    result = image
    for axis in (1, 2, 3):
        result = _coarser(result, axis, factor)
    return result


CHANGES: tuple[Change, ...] = (noise, blur, brightness, contrast, low_resolution, gamma)


def change_intensity(
    image: np.ndarray, spacing_zyx: Sequence[float], probability: float, random: np.random.Generator
) -> np.ndarray:
    """``image`` after each of `CHANGES` in turn with this probability."""
    chosen = random.random(len(CHANGES)) < probability
    for change, wanted in zip(CHANGES, chosen, strict=True):
        if wanted:
            image = change(image, spacing_zyx, random)
    return image


def _coarser(image: np.ndarray, axis: int, factor: float) -> np.ndarray:
    """Sampled at ``factor`` times as many places along an axis, and linearly back."""
    size = image.shape[axis]
    count = max(2, round(size * factor))
    places = (np.arange(count) + 0.5) * size / count - 0.5  # in voxels
    samples = _along(image, axis, places)
    back = (np.arange(size) + 0.5) * count / size - 0.5
    return _along(samples, axis, back)


def _along(image: np.ndarray, axis: int, places: np.ndarray) -> np.ndarray:
    """Linear interpolation at ``places`` of one axis, the outermost values held."""
    places = np.clip(places, 0, image.shape[axis] - 1)
    low = np.floor(places).astype(int)
    high = np.minimum(low + 1, image.shape[axis] - 1)
    share = (places - low).astype(np.float32).reshape([-1 if k == axis else 1 for k in range(image.ndim)])
    first = np.take(image, low, axis)
    return first + share * (np.take(image, high, axis) - first)

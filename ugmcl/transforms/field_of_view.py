"""Other fields of view: a volume that was cropped elsewhere, or shows more than the training's volumes do.

Two things change then. The intensity rule normalises by the statistics of what is given, so the same tissue
gets another value; and the edge of the image lies elsewhere, with nothing, or with other tissue, behind it.
Images are normalised (mean about 0, deviation about 1), (N, z, y, x) float32.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

SCALE, SHIFT = (0.7, 1.4), (-0.5, 0.5)  # of the normalised intensity, when volumes show more or less
MOST_CUT = 0.35  # share of a side that is cut away at one end
COARSE = 8  # voxels between two supporting points of the synthetic surroundings


def renormalise(image: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """As if mean and deviation had been taken over another part of the patient."""
    scale, shift = np.float32(random.uniform(*SCALE)), np.float32(random.uniform(*SHIFT))
    return image * scale + shift


def crop_inside(image: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The image with other surroundings behind a nearer edge, and where it still is itself.

    Each end of each axis is cut with probability ½ by up to 35 % of the side. What lies behind is zero (as
    padding is), the image's darkest value, or synthetic tissue, each in a third of the draws.

    Returns:
        (N, z, y, x) float32, and (z, y, x) bool that is False where the image was replaced.
    """
    sides = image.shape[1:]
    inside = np.zeros(sides, dtype=bool)
    ends = []
    for side in sides:
        cuts = np.where(random.random(2) < 0.5, random.uniform(0.0, MOST_CUT, 2), 0.0)
        first, last = (cuts * side).astype(int)
        ends.append(slice(first, side - last))
    inside[tuple(ends)] = True
    behind = random.integers(3)
    if behind == 0:
        surroundings = np.zeros_like(image)
    elif behind == 1:
        surroundings = np.broadcast_to(image.min(axis=(1, 2, 3), keepdims=True), image.shape)
    else:
        surroundings = synthetic_tissue(image.shape, random)
    return np.where(inside, image, surroundings).astype(np.float32), inside


def synthetic_tissue(shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """Smooth random intensity of mean about 0 and deviation about 1, (N, z, y, x) float32."""
    result = np.empty(shape, dtype=np.float32)
    for channel in result:
        points = [side // COARSE + 4 for side in channel.shape]
        coarse = random.standard_normal(points).astype(np.float32)
        fine = ndimage.zoom(coarse, COARSE, order=1)[tuple(slice(side) for side in channel.shape)]
        channel[...] = 1.3 * fine + 0.2 * random.standard_normal(channel.shape, dtype=np.float32)
    return result


def change_field_of_view(
    image: np.ndarray, probability: float, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray | None]:
    """``image`` renormalised, then cropped, each with this probability; the second value as `crop_inside`."""
    wanted = random.random(2) < probability
    if wanted[0]:
        image = renormalise(image, random)
    return crop_inside(image, random) if wanted[1] else (image, None)

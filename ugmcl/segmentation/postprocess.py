"""Labels from resampled probabilities, and what the user may ask of them: a subset, one piece, no holes."""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ugmcl.framing.frame import FramedImage, unframe_channel
from ugmcl.segmentation.boundary import box_around

_ALL_NEIGHBOURS = ndimage.generate_binary_structure(3, 3)


def label_on_input_grid(
    probability: NDArray[np.float32], framed: FramedImage
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Classes and uncertainty (entropy / ln C) on the input's grid, from the resampled mean probabilities.

    One class is resampled at a time, so that memory does not grow with their number: besides the result at
    most four float32 volumes of the input's size are alive. Outside the frame is certain background.

    Args:
        probability: (C, z, y, x) on the framed grid.
        framed: where it lies in the input.

    Returns:
        (z, y, x) uint8 class indices and (z, y, x) float32 in 0..1.
    """
    best = np.full(framed.source_shape_zyx, -1.0, dtype=np.float32)
    labels = np.zeros(framed.source_shape_zyx, dtype=np.uint8)
    uncertainty = np.zeros(framed.source_shape_zyx, dtype=np.float32)
    for c in range(len(probability)):
        p = unframe_channel(probability[c], framed, outside=1.0 if c == 0 else 0.0)
        np.clip(p, 0.0, 1.0, out=p)
        for z in range(len(p)):  # slice by slice: no further volume for what is compared
            wins = p[z] > best[z]
            labels[z][wins] = c
            best[z][wins] = p[z][wins]
            uncertainty[z] -= p[z] * np.log(np.maximum(p[z], 1e-12))
    uncertainty /= log(len(probability))
    return labels, np.clip(uncertainty, 0.0, 1.0, out=uncertainty)


CERTAIN = 0.29  # normalised entropy of two classes at a probability of 0.95


def keep_classes(labels: NDArray[np.uint8], kept: set[int]) -> NDArray[np.uint8]:
    """Classes outside ``kept`` become background."""
    table = np.array([c if c in kept else 0 for c in range(256)], dtype=np.uint8)
    return table[labels]


def keep_largest_component(
    labels: NDArray[np.uint8], classes: int, uncertainty: NDArray[np.float32] | None = None
) -> NDArray[np.uint8]:
    """Of each class 1..C-1 one 26-connected piece; an absent class stays absent.

    Args:
        labels: (z, y, x).
        classes: C, with the background.
        uncertainty: (z, y, x), 0..1. With it the piece with the most certain voxels counts as the largest,
            since what a network takes for a structure in surroundings that it does not know is often
            larger than the structure, but seldom certain. Without it, and where no voxel is certain, the
            number of voxels decides.
    """
    result = labels.copy()
    for c in range(1, classes):
        box = box_around(labels == c)
        if box is None:
            continue
        mask = labels[box] == c
        pieces, count = ndimage.label(mask, _ALL_NEIGHBOURS)
        if count > 1:
            certain = mask if uncertainty is None else mask & (uncertainty[box] < CERTAIN)
            sizes = np.bincount(pieces[certain if certain.any() else mask], minlength=count + 1)
            result[box][mask & (pieces != int(sizes.argmax()))] = 0
    return result


def fill_holes(labels: NDArray[np.uint8], classes: int) -> NDArray[np.uint8]:
    """Background that a class encloses on all sides becomes that class; no other class is overwritten."""
    result = labels.copy()
    for c in range(1, classes):
        box = box_around(labels == c, 1)
        if box is None:
            continue
        filled = ndimage.binary_fill_holes(labels[box] == c)
        result[box][filled & (result[box] == 0)] = c
    return result

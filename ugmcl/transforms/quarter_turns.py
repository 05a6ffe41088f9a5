"""Turns by multiples of 90 degrees in named planes. For arrays and tensors (..., z, y, x)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ugmcl.transforms.axes import plane_axes

Turn = tuple[str, int]  # plane, number of quarter turns
SAME_SPACING = 0.01  # relative difference up to which a quarter turn leaves shapes as they are


def draw_turns(
    planes: Iterable[str], patch_zyx: Sequence[int], spacing_zyx: Sequence[float], random: np.random.Generator
) -> tuple[Turn, ...]:
    """For each plane 0 to 3 quarter turns; 0 or 2 where the plane's two sides or spacings differ.

    Args:
        planes: "xy", "xz", "yz", turned in this order.
        patch_zyx: size of the patch in voxels.
        spacing_zyx: in mm.
        random: of the draw.
    """
    turns = []
    for plane in planes:
        first, second = plane_axes(plane)
        square = patch_zyx[first] == patch_zyx[second]
        even = abs(spacing_zyx[first] / spacing_zyx[second] - 1) <= SAME_SPACING
        count = int(random.integers(4)) if square and even else 2 * int(random.integers(2))
        if count:
            turns.append((plane, count))
    return tuple(turns)


def turn(array: Any, turns: Iterable[Turn]) -> Any:
    """``array`` (NumPy or torch) turned, one plane after the other; a view where NumPy can."""
    for plane, count in turns:
        array = _turned(array, plane, count)
    return array


def turn_back(array: Any, turns: Iterable[Turn]) -> Any:
    """Inverse of `turn`: opposite turns in opposite order."""
    for plane, count in reversed(list(turns)):
        array = _turned(array, plane, -count)
    return array


def _turned(array: Any, plane: str, count: int) -> Any:
    axes = plane_axes(plane)
    if isinstance(array, np.ndarray):
        return np.rot90(array, count, axes)
    return array.rot90(count % 4, axes)

"""Mixing two patches: one cuboid of each comes from the other (Bai et al., CVPR 2023; reference 8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

SHARE = 2 / 3  # of each side, as published


def draw_cuboid(
    patch_zyx: Sequence[int], random: np.random.Generator, share: float = SHARE
) -> tuple[slice, slice, slice]:
    """Where the cuboid lies: ⌊share · side⌋ voxels along every axis, every position equally likely."""
    slices = []
    for side in patch_zyx:
        length = int(share * side)
        first = int(random.integers(side - length + 1))
        slices.append(slice(first, first + length))
    z, y, x = slices
    return (z, y, x)


def paste(outer: Any, inner: Any, cuboid: tuple[slice, slice, slice]) -> Any:
    """``outer`` with the cuboid replaced by ``inner``'s; arrays or tensors (..., z, y, x) of one shape."""
    result = outer.copy() if isinstance(outer, np.ndarray) else outer.clone()
    result[(..., *cuboid)] = inner[(..., *cuboid)]
    return result

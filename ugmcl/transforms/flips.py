"""Mirror images along named axes; each is its own inverse. For arrays and tensors (..., z, y, x)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ugmcl.transforms.axes import array_axis


def draw_flips(axes: Iterable[str], random: np.random.Generator) -> tuple[str, ...]:
    """Each of the named axes with probability one half, independently (unlike the published loader)."""
    names = tuple(axes)
    return tuple(name for name, heads in zip(names, random.random(len(names)) < 0.5, strict=True) if heads)


def flip(array: Any, axes: Iterable[str]) -> Any:
    """``array`` (NumPy or torch) mirrored along each named axis; a view where NumPy can."""
    dimensions = tuple(array_axis(name) for name in axes)
    if not dimensions:
        return array
    return np.flip(array, dimensions) if isinstance(array, np.ndarray) else array.flip(dimensions)

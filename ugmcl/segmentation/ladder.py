"""Which ways of running to try, in which order, when memory does not suffice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import torch

from ugmcl.segmentation.tiles import STRIDE, Sides, round_up, shrink_tile

SMALLEST_TILE = 2 * STRIDE
_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")


@dataclass(frozen=True)
class Way:
    """One way to run: on which device, the whole volume (``tile_zyx`` None) or in tiles."""

    device: str
    tile_zyx: Sides | None

    def __str__(self) -> str:
        place = "processor" if self.device == "cpu" else self.device
        if self.tile_zyx is None:
            return f"whole volume on {place}"
        return f"tiles of {' x '.join(str(side) for side in reversed(self.tile_zyx))} voxels on {place}"


def smaller_ways(first: Way, sides_zyx: Sides, patch_zyx: Sides) -> Iterator[Way]:
    """The ladder below ``first`` on its device: tiles down to the training patch, then to 32 a side.

    Args:
        sides_zyx: of the image.
        patch_zyx: the model's training patch.
    """
    tile = first.tile_zyx or round_up(sides_zyx)
    while prod(smaller := _smaller(tile, sides_zyx, patch_zyx)) < prod(tile):
        tile = smaller
        yield Way(first.device, tile)


def _smaller(tile: Sides, sides: Sides, patch: Sides) -> Sides:
    """At most half the voxels: down to the training patch first, then down to 32 a side."""
    target = prod(tile) / 2

    def fits(candidate: Sides) -> bool:
        return prod(candidate) <= target

    by_patch = shrink_tile(sides, patch, fits)
    if prod(by_patch) < prod(tile):
        return by_patch
    return shrink_tile(tile, (SMALLEST_TILE,) * 3, fits)


def fault_of(error: BaseException, device: str) -> str | None:
    """Why this way did not work, if another one may; None for a fault that memory has nothing to do with."""
    text = str(error).lower()
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or any(word in text for word in _MEMORY_WORDS):
        return "out of memory"
    if device == "mps" and "not currently implemented" in text:
        return "the Apple GPU lacks an operation that the network needs"
    return None

"""Where tiles lie and what they weigh: MONAI's sliding window, half overlapping, Gaussian."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

import torch
import torch.nn.functional as F
from torch import Tensor

OVERLAP = 0.5
SIGMA = 0.125  # of the tile's side
STRIDE = 16

Sides = tuple[int, int, int]


def round_up(sides: Sequence[int]) -> Sides:
    """Sides as the network sees them: multiples of 16."""
    z, y, x = (ceil(side / STRIDE) * STRIDE for side in sides)
    return (z, y, x)


def shrink_tile(sides: Sequence[int], smallest: Sequence[int], fits: Callable[[Sides], bool]) -> Sides:
    """The largest tile for a volume of ``sides`` that ``fits``, no side below ``smallest`` (or the volume's).

    A side that n half-overlapping tiles cover needs tiles of 2/(n+1) of it; long sides are divided first.
    """
    whole = round_up(sides)
    least = tuple(min(s, w) for s, w in zip(round_up(smallest), whole, strict=True))
    numbers = [1, 1, 1]
    tile = list(whole)
    while not fits((tile[0], tile[1], tile[2])):
        divisible = [axis for axis in range(3) if tile[axis] > least[axis]]
        if not divisible:
            break
        axis = max(divisible, key=lambda a: (tile[a] / least[a], -a))
        numbers[axis] += 1
        smaller = ceil(2 * sides[axis] / (numbers[axis] + 1) / STRIDE) * STRIDE
        tile[axis] = max(least[axis], min(smaller, tile[axis]))
    return (tile[0], tile[1], tile[2])


@dataclass(frozen=True)
class TilePlan:
    """Tiles over an image that may have been padded to hold at least one.

    Attributes:
        tile_zyx: sides of a tile.
        places: one (z, y, x) tuple of slices per tile, into the padded image.
        padding: voxels before and after in z, y, x.
        weight: (z, y, x) Gaussian of one tile.
        total: (z, y, x) sum of the weights over the padded image.
    """

    tile_zyx: Sides
    places: tuple[tuple[slice, slice, slice], ...]
    padding: tuple[tuple[int, int], ...]
    weight: Tensor
    total: Tensor

    def pad(self, image: Tensor) -> Tensor:
        """(N, z, y, x) with zeros around, as the network's own padding."""
        return F.pad(image, [side for pair in reversed(self.padding) for side in pair])

    def crop(self, padded: Tensor) -> Tensor:
        """Undo `pad` on the last three axes."""
        z, y, x = (slice(b, n - a) for (b, a), n in zip(self.padding, padded.shape[-3:], strict=True))
        return padded[..., z, y, x]


def plan_tiles(sides: Sequence[int], tile_zyx: Sides) -> TilePlan:
    """Tiles of ``tile_zyx`` over an image of ``sides`` (z, y, x)."""
    from monai.data.utils import compute_importance_map, dense_patch_slices  # slow to import

    missing = [max(0, tile - side) for side, tile in zip(sides, tile_zyx, strict=True)]
    padding = tuple((m // 2, m - m // 2) for m in missing)
    padded = [side + m for side, m in zip(sides, missing, strict=True)]
    step = [
        tile if tile == side else max(1, int(tile * (1 - OVERLAP)))
        for side, tile in zip(padded, tile_zyx, strict=True)
    ]
    places = tuple(tuple(place) for place in dense_patch_slices(padded, tile_zyx, step))
    weight = torch.as_tensor(compute_importance_map(tile_zyx, mode="gaussian", sigma_scale=SIGMA))
    weight = weight.float().clamp_(min=max(float(weight.min()), 1e-3))
    total = torch.zeros(padded)
    for place in places:
        total[place] += weight
    return TilePlan(tile_zyx, places, padding, weight, total)

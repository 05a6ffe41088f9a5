"""One training batch: what the loader makes and a method's step consumes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

IGNORE = 255  # label value that no supervised term may read


@dataclass(frozen=True)
class Batch:
    """B patches, the ``labelled`` first ones with a label.

    Attributes:
        image: (B, N, z, y, x) float, normalised.
        label: (B_L, z, y, x) int64, 0..C-1 or 255 (ignored); B_L = ``labelled``.
        distance: (B_L, C-1, z, y, x) float, targets of equation 1 in [-1, 1], negative inside.
        distance_known: (B_L, C-1, z, y, x) bool, where the target may be read (equation 1 near
            ignored voxels is known only as far as the nearest of them).
        labelled: number of labelled patches B_L (0 <= B_L <= B).
        iteration: t, counted from 0.
        cases: identifier of each patch's case.
    """

    image: Tensor
    label: Tensor
    distance: Tensor
    distance_known: Tensor
    labelled: int
    iteration: int
    cases: tuple[str, ...] = ()

    def to(self, device: torch.device | str) -> Batch:
        """The same batch on ``device``."""
        moved = {
            name: getattr(self, name).to(device, non_blocking=True)
            for name in ("image", "label", "distance", "distance_known")
        }
        return replace(self, **moved)

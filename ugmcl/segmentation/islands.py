"""Pieces apart from a class's main body, and classes that are missing (methods.md 7.5, step 9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ugmcl.segmentation.boundary import box_around
from ugmcl.volumes.geometry import spacing_mm

MOST_ISLANDS = 20
_ALL_NEIGHBOURS = ndimage.generate_binary_structure(3, 3)


@dataclass(frozen=True)
class Island:
    """A 26-connected piece of a predicted class other than its largest; volume in mL, centre in RAS mm."""

    class_index: int
    volume_ml: float
    mean_uncertainty: float
    center_ras_mm: tuple[float, float, float]

    def to_json(self, names: list[str]) -> dict[str, Any]:
        return {
            "segment": names[self.class_index],
            "volume_ml": round(self.volume_ml, 4),
            "mean_uncertainty": round(self.mean_uncertainty, 4),
            "center_ras_mm": [round(c, 3) for c in self.center_ras_mm],
        }


def find_islands(labels: NDArray, uncertainty: NDArray, affine: NDArray, classes: int) -> list[Island]:
    """Islands of all classes 1..C-1 in ``labels`` (z, y, x), largest first, at most 20."""
    voxel_ml = float(np.prod(spacing_mm(affine))) / 1000.0
    found: list[Island] = []
    for c in range(1, classes):
        box = box_around(labels == c)
        if box is None:
            continue
        pieces, _ = ndimage.label(labels[box] == c, _ALL_NEIGHBOURS)
        sizes = np.bincount(pieces.ravel())
        sizes[0] = 0
        corner = np.array([s.start for s in box])
        for piece in np.argsort(-sizes, kind="stable")[1 : 1 + MOST_ISLANDS]:
            if piece == 0 or sizes[piece] == 0:
                continue
            mask = pieces == piece
            middle = np.argwhere(mask).mean(axis=0) + corner
            lps = (affine @ np.array([*middle[::-1], 1.0]))[:3]
            found.append(
                Island(
                    c,
                    float(sizes[piece]) * voxel_ml,
                    float(uncertainty[box][mask].mean(dtype=np.float64)),
                    (-float(lps[0]), -float(lps[1]), float(lps[2])),
                )
            )
    return sorted(found, key=lambda island: -island.volume_ml)[:MOST_ISLANDS]


def absent_classes(labels: NDArray, classes: int) -> list[int]:
    """Classes 1..C-1 that the label does not contain."""
    present = np.bincount(labels.ravel(), minlength=classes)
    return [c for c in range(1, classes) if present[c] == 0]

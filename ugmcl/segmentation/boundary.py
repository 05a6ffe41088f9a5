"""Distance of every voxel to the predicted boundary between classes (methods.md 7.5, step 2)."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

REACH_H = 20.0  # beyond this many h every distance falls into one bin, so it need not be exact


@dataclass(frozen=True)
class Boundary:
    """Where the predicted classes meet.

    Attributes:
        distance_mm: (z, y, x) float32 distance to the nearest boundary voxel; exact up to 20 h,
            infinite beyond (and everywhere when the label has no boundary).
        voxels: (z, y, x) bool, voxels with a face neighbour of another class.
        h_mm: cube root of a voxel's volume.
    """

    distance_mm: NDArray[np.float32]
    voxels: NDArray[np.bool_]
    h_mm: float

    @property
    def exists(self) -> bool:
        return bool(self.voxels.any())


def find_boundary(labels: NDArray, spacing_zyx: tuple[float, float, float]) -> Boundary:
    """Boundary of ``labels`` (z, y, x), with distances in mm for voxels of ``spacing_zyx`` mm."""
    h = float(np.prod(spacing_zyx)) ** (1.0 / 3.0)
    voxels = boundary_voxels(labels)
    distance = np.full(labels.shape, np.inf, dtype=np.float32)
    box = box_around(voxels, [ceil(REACH_H * h / s) + 1 for s in spacing_zyx])
    if box is not None:
        distance[box] = distance_transform_edt(~voxels[box], sampling=spacing_zyx)
    return Boundary(distance, voxels, h)


def boundary_voxels(labels: NDArray) -> NDArray[np.bool_]:
    """Voxels of ``labels`` (z, y, x) that have a face neighbour with another label."""
    found = np.zeros(labels.shape, dtype=bool)
    for axis in range(labels.ndim):
        lower = tuple(slice(None, -1) if a == axis else slice(None) for a in range(labels.ndim))
        upper = tuple(slice(1, None) if a == axis else slice(None) for a in range(labels.ndim))
        differs = labels[lower] != labels[upper]
        found[lower] |= differs
        found[upper] |= differs
    return found


def box_around(mask: NDArray[np.bool_], margin: list[int] | int = 0) -> tuple[slice, ...] | None:
    """The smallest box that holds ``mask``, ``margin`` voxels wider; None for an empty mask."""
    margins = [margin] * mask.ndim if isinstance(margin, int) else margin
    slices = []
    for axis in range(mask.ndim):
        others = tuple(a for a in range(mask.ndim) if a != axis)
        occupied = np.flatnonzero(mask.any(axis=others))
        if occupied.size == 0:
            return None
        start = max(0, int(occupied[0]) - margins[axis])
        slices.append(slice(start, min(mask.shape[axis], int(occupied[-1]) + 1 + margins[axis])))
    return tuple(slices)

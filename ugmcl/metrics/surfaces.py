"""Distances between the surfaces of two masks (as medpy computes them, and nnU-Net's community reads them).

The surface of a mask is its voxels with a face neighbour outside the mask or the grid; distances come from
the Euclidean distance transform of the other surface.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


@dataclass(frozen=True)
class SurfaceDistances:
    """Distances from each surface voxel of one mask to the other's surface, in the unit of the spacing.

    Attributes:
        forward: prediction to reference.
        backward: reference to prediction.
    """

    forward: NDArray[np.float64]
    backward: NDArray[np.float64]

    @property
    def asd(self) -> float:
        """Average surface distance, directed from prediction to reference."""
        return float(self.forward.mean())

    @property
    def assd(self) -> float:
        """Mean of the two directed averages."""
        return float((self.forward.mean() + self.backward.mean()) / 2)

    @property
    def hd95(self) -> float:
        """95th percentile (linear interpolation) of both directions' distances pooled."""
        return float(np.percentile(np.concatenate([self.forward, self.backward]), 95))

    def scaled(self, factor: float) -> SurfaceDistances:
        """The same distances in another unit."""
        return SurfaceDistances(self.forward * factor, self.backward * factor)

    def surface_dice(self, tolerance: float) -> float:
        """Share of all surface voxels within ``tolerance`` of the other surface, 0..1."""
        near = int((self.forward <= tolerance).sum()) + int((self.backward <= tolerance).sum())
        return near / (len(self.forward) + len(self.backward))


def surface(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Voxels of ``mask`` with a face neighbour outside it; beyond the grid is outside."""
    return mask & ~ndimage.binary_erosion(mask)


def surface_distances(
    prediction: NDArray, reference: NDArray, spacing_zyx: Sequence[float] = (1.0, 1.0, 1.0)
) -> SurfaceDistances:
    """Distances between the surfaces of two masks (z, y, x), neither of them empty.

    Raises:
        ValueError: the shapes differ or a mask is empty.
    """
    a, r = np.asarray(prediction, bool), np.asarray(reference, bool)
    if a.shape != r.shape:
        raise ValueError(f"masks of different shapes: {a.shape} and {r.shape}")
    if not a.any() or not r.any():
        raise ValueError("surface distances need two masks that are not empty")
    box = _joint_box(a, r)
    border_a, border_r = surface(a[box]), surface(r[box])
    to_reference = ndimage.distance_transform_edt(~border_r, sampling=spacing_zyx)
    to_prediction = ndimage.distance_transform_edt(~border_a, sampling=spacing_zyx)
    return SurfaceDistances(to_reference[border_a], to_prediction[border_r])


def _joint_box(a: NDArray[np.bool_], r: NDArray[np.bool_]) -> tuple[slice, ...]:
    """Both masks fit into this box: distances inside it are those of the whole grid."""
    return ndimage.find_objects((a | r).astype(np.uint8))[0]

"""Which voxels are judged: those near a structure, and never those whose true class is unknown."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from ugmcl.segmentation.boundary import boundary_voxels, box_around

UNKNOWN = 255


def near_structure(
    foreground: NDArray[np.bool_], spacing_zyx: tuple[float, float, float], mm: float
) -> NDArray[np.bool_]:
    """Voxels of ``foreground`` (z, y, x) and those whose centre lies within ``mm`` of one of its centres."""
    near = np.zeros(foreground.shape, dtype=bool)
    box = box_around(foreground, [ceil(mm / s) + 1 for s in spacing_zyx])
    if box is not None:
        near[box] = distance_transform_edt(~foreground[box], sampling=spacing_zyx) <= mm
    return near


def near_segments(
    labels: NDArray,
    reference: NDArray,
    spacing_zyx: tuple[float, float, float],
    mm: float = 5.0,
) -> NDArray[np.bool_]:
    """The region of interest of voxel figures: within ``mm`` of prediction or reference (methods.md 7.4).

    Without it background, which every network gets right, decides the calibration. Voxels of unknown class
    (255) in the reference are left out; with both empty the region is empty.

    Args:
        labels: (z, y, x) predicted classes.
        reference: (z, y, x) true classes, 255 where unknown.
        spacing_zyx: mm.
        mm: width of the region around the structures.
    """
    known = reference != UNKNOWN
    return near_structure((labels > 0) | ((reference > 0) & known), spacing_zyx, mm) & known


def near_surface(
    labels: NDArray, reference: NDArray, spacing_zyx: tuple[float, float, float], mm: float = 5.0
) -> NDArray[np.bool_]:
    """Voxels within ``mm`` of a border of prediction or reference: where errors are looked for.

    The deep inside of a large structure, which is easy, takes no part, otherwise than in `near_segments`.
    """
    known = reference != UNKNOWN
    borders = boundary_voxels(labels) | boundary_voxels(np.where(known, reference, 0))
    return near_structure(borders, spacing_zyx, mm) & known

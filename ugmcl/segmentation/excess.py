"""By how much uncertainty exceeds what the distance to the surface explains (methods.md 7.5, steps 2-4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion

from ugmcl.segmentation.boundary import Boundary, box_around, find_boundary
from ugmcl.segmentation.rim import RimHistogram, RimProfile, flat_profile

CERTAIN_EXCESS = 0.10  # a surface voxel below this counts as certain (design.md 11)


@dataclass(frozen=True)
class Excess:
    """Excess e = max(0, u - m - 2g), (z, y, x) float32, its boundary, and where m and g came from.

    ``mode`` is ``"validation"`` (profile stored with the model), ``"case"`` (from this case) or
    ``"no foreground"`` (median of this case, because there is no surface).
    """

    values: NDArray[np.float32]
    boundary: Boundary
    mode: str


def rim_excess(
    uncertainty: NDArray,
    labels: NDArray,
    spacing_zyx: tuple[float, float, float],
    profile: RimProfile | None = None,
) -> Excess:
    """Excess over the rim.

    Args:
        uncertainty: (z, y, x) in 0..1, entropy / ln C.
        labels: (z, y, x) predicted classes, 0 is background.
        spacing_zyx: mm.
        profile: the model's rim profile (validation mode); None takes the case's own medians.
    """
    boundary = find_boundary(labels, spacing_zyx)
    inside = labels > 0
    distance_h = boundary.distance_mm / boundary.h_mm
    if not boundary.exists:
        mode, profile = "no foreground", flat_profile(uncertainty)
    elif profile is not None:
        mode = "validation"
    else:
        mode, histogram = "case", RimHistogram()
        histogram.add(uncertainty, distance_h, inside)
        profile = histogram.profile()
    excess = np.empty(uncertainty.shape, dtype=np.float32)
    for z in range(uncertainty.shape[0]):
        excess[z] = np.maximum(uncertainty[z] - profile.expected(distance_h[z], inside[z]), 0.0)
    return Excess(excess, boundary, mode)


def certain_surface_share(excess: Excess, labels: NDArray) -> float | None:
    """Share of surface voxels whose excess is below 0.10; None where nothing is segmented.

    Args:
        excess: over the rim.
        labels: (z, y, x), a mask or classes with 0 as background. The surface of a class is the class minus
            its erosion by face neighbours, as in the distance metrics; all surfaces count together.
    """
    box = box_around(labels, 1)
    if box is None:
        return None
    inner, values = labels[box], excess.values[box]
    certain = total = 0
    for c in np.unique(inner[inner != 0]):
        mask = inner == c
        surface = values[mask & ~binary_erosion(mask)]
        certain += int((surface < CERTAIN_EXCESS).sum())
        total += surface.size
    return certain / total

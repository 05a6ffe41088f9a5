"""Do the places that are offered for review hold the errors: shares of the wrong voxels found there."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from ugmcl.segmentation.regions import Region

FIRST_REGIONS = 5
PERCENTS = (1, 2, 5)


def share_in_regions(
    wrong: NDArray[np.bool_], regions: Sequence[Region], first: int = FIRST_REGIONS
) -> float | None:
    """Share of the volume of true errors that lies inside the first regions; None without an error."""
    total = int(wrong.sum())
    if not total:
        return None
    inside = np.zeros(wrong.shape, dtype=bool)
    for region in regions[:first]:
        inside[tuple(region.voxels.T)] = True
    return int((inside & wrong).sum()) / total


def share_in_most_uncertain(
    wrong: NDArray[np.bool_], uncertainty: NDArray, percent: float, known: NDArray[np.bool_] | None = None
) -> float | None:
    """Share of the wrong voxels among the ``percent`` % most uncertain ones; None without an error.

    Chance gives ``percent`` / 100. Voxels that share the uncertainty at the edge count by the part of them
    that still fits, so that order in memory decides nothing.

    Args:
        wrong: (z, y, x).
        uncertainty: (z, y, x).
        percent: of all known voxels.
        known: (z, y, x), voxels whose true class is known; None for all.
    """
    u, errors = (a[known] if known is not None else a.ravel() for a in (uncertainty, wrong))
    total = int(errors.sum())
    if not total:
        return None
    keep = max(1, ceil(percent / 100.0 * u.size))
    edge = np.partition(u, u.size - keep)[u.size - keep]
    above, at = u > edge, u == edge
    part = (keep - int(above.sum())) / int(at.sum())
    return (int((errors & above).sum()) + part * int((errors & at).sum())) / total

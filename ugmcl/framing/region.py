"""The voxels of a grid that hold a box given in patient space."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from ugmcl.errors import UserError


def index_box(
    shape_zyx: Sequence[int], affine: np.ndarray, roi_lps_mm: Sequence[float] | None, *, where: object = None
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Start and stop along z, y, x of the smallest index box whose voxels cover the region, cut at the grid.

    Args:
        shape_zyx: the grid's size.
        affine: its affine.
        roi_lps_mm: (min x, min y, min z, max x, max y, max z) in LPS mm; None takes the whole grid.
        where: named in errors.

    Raises:
        UserError: the region is empty or lies outside the grid.
    """
    size = np.array([int(n) for n in reversed(list(shape_zyx))])
    if roi_lps_mm is None:
        low, high = np.zeros(3, dtype=int), size
    else:
        box = np.asarray(roi_lps_mm, dtype=np.float64)
        if box.shape != (6,) or not np.isfinite(box).all() or (box[3:] <= box[:3]).any():
            raise UserError(
                f"the region of interest {list(roi_lps_mm)} is not six numbers with min below max",
                where,
                "Give min x, min y, min z, max x, max y, max z in LPS mm",
            )
        corners = np.array([(*corner, 1.0) for corner in product(*zip(box[:3], box[3:], strict=True))])
        index = corners @ np.linalg.inv(affine).T[:, :3]
        low = np.maximum(np.floor(index.min(axis=0) + 0.5 + 1e-6).astype(int), 0)
        high = np.minimum(np.ceil(index.max(axis=0) + 0.5 - 1e-6).astype(int), size)
        if (high <= low).any():
            raise UserError("the region of interest lies outside the image", where, "Move it onto the image")
    x, y, z = ((int(a), int(b)) for a, b in zip(low, high, strict=True))
    return (z, y, x)

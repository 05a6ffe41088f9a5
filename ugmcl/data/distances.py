"""Signed distances of a whole label as the cache keeps them: int16 steps of 0.002 mm, clipped at 64 mm.

A distance is a training target only as far as the nearest ignored voxel (255), since a surface might hide
there: where a label has such voxels, the way to the nearest of them is kept too.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ugmcl.distance_maps import IGNORE, signed_distance

QUANTUM_MM = 0.002
CLIP_MM = 64.0


def cached_distances(label: np.ndarray, classes: int, spacing_zyx: tuple[float, float, float]) -> np.ndarray:
    """Distances to each class's inner boundary, negative inside (equation 1 before scaling).

    Args:
        label: (z, y, x) of classes 0..C-1 and 255.
        classes: C.
        spacing_zyx: in mm.

    Returns:
        (C-1, z, y, x) int16; a class that is absent has +64 mm everywhere, one that fills the volume -64 mm.
    """
    result = np.empty((classes - 1, *label.shape), dtype=np.int16)
    for number in range(1, classes):
        result[number - 1] = _steps(signed_distance(label == number, spacing_zyx))
    return result


def way_to_ignored(label: np.ndarray, spacing_zyx: tuple[float, float, float]) -> np.ndarray | None:
    """(z, y, x) int16 steps to the nearest voxel labelled 255, 0 on it; None where there is none."""
    ignored = label == IGNORE
    if not ignored.any():
        return None
    return _steps(ndimage.distance_transform_edt(~ignored, sampling=spacing_zyx))


def to_targets(
    steps: np.ndarray, delta_mm: float, way_steps: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Targets clip(d/δ, -1, 1), and where they may be read: where they are no longer than the way to 255.

    Args:
        steps: (C-1, z, y, x) from `cached_distances`, or a crop of it.
        delta_mm: δ, at most `CLIP_MM`.
        way_steps: (z, y, x) from `way_to_ignored`, None without ignored voxels.

    Returns:
        (C-1, z, y, x) float32 and bool.
    """
    targets = steps.astype(np.float32)
    targets *= QUANTUM_MM / delta_mm
    np.clip(targets, -1.0, 1.0, out=targets)
    if way_steps is None:
        return targets, np.ones(targets.shape, dtype=bool)
    way = way_steps.astype(np.float32) * (QUANTUM_MM / delta_mm)
    return targets, (np.abs(targets) <= way) & (way_steps > 0)


def _steps(distance_mm: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(distance_mm, -CLIP_MM, CLIP_MM) / QUANTUM_MM).astype(np.int16)

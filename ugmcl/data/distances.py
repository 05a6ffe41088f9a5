"""Signed distances of a whole label as the cache keeps them: int16 steps of 0.002 mm, clipped at 64 mm.

A distance is a training target only as far as the nearest ignored voxel (255), since a surface might hide
there: where a label has such voxels, the way to the nearest of them is kept too.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ugmcl.distance_maps import IGNORE, distance_targets, distances_mm, way_to_ignored

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
    return _steps(distances_mm(label, classes, spacing_zyx, limit_mm=CLIP_MM)[0])


def cached_ways(
    label: np.ndarray, classes: int, spacing_zyx: tuple[float, float, float]
) -> np.ndarray | None:
    """(C-1, z, y, x) int16: how far each class's distance can be trusted; None without ignored voxels."""
    ignored = label == IGNORE
    if not ignored.any():
        return None
    ways = [way_to_ignored(label == number, ignored, spacing_zyx) for number in range(1, classes)]
    return _steps(np.stack(ways))


def to_targets(
    steps: np.ndarray, delta_mm: float, way_steps: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Targets clip(d/δ, -1, 1), and where they may be read (`ugmcl.distance_maps.known_distances`).

    Args:
        steps: (C-1, z, y, x) from `cached_distances`, or a crop of it.
        delta_mm: δ, less than `CLIP_MM`.
        way_steps: likewise from `cached_ways`, None without ignored voxels.

    Returns:
        (C-1, z, y, x) float32 and bool.
    """
    targets = steps.astype(np.float32)
    targets *= QUANTUM_MM / delta_mm
    np.clip(targets, -1.0, 1.0, out=targets)
    if way_steps is None:
        return targets, np.ones(targets.shape, dtype=bool)
    limit = delta_mm / QUANTUM_MM
    length = np.minimum(np.abs(steps.astype(np.float32)), limit)
    return targets, (length < way_steps) | (steps == 0)


def patch_targets(
    label: np.ndarray, classes: int, scale: str, spacing_zyx: tuple[float, float, float], delta_mm: float
) -> tuple[np.ndarray, np.ndarray]:
    """`ugmcl.distance_maps.distance_targets`, faster with the fixed scale: only around each segment.

    Further than δ from a segment's bounding box every target is 1.
    """
    if scale != "fixed" or (label == IGNORE).any():
        return distance_targets(label, classes, scale, spacing_zyx, delta_mm)
    targets = np.ones((classes - 1, *label.shape), dtype=np.float32)
    reach = [int(delta_mm / step) + 1 for step in spacing_zyx]
    for index, box in enumerate(ndimage.find_objects(label, max_label=classes - 1)):
        if box is None:
            continue
        around = tuple(
            slice(max(0, side.start - margin), side.stop + margin)
            for side, margin in zip(box, reach, strict=True)
        )
        mask = (label[around] == index + 1).astype(np.uint8)
        targets[index][around] = distance_targets(mask, 2, scale, spacing_zyx, delta_mm)[0][0]
    return targets, np.ones(targets.shape, dtype=bool)


def _steps(distance_mm: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(distance_mm, -CLIP_MM, CLIP_MM) / QUANTUM_MM).astype(np.int16)

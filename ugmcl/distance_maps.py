"""Signed distances of segments: equation 1 of UG-MCL (Zhang et al. 2022), and the targets made from it.

Negative inside, 0 on the inner boundary (voxels of the segment with a face neighbour outside it), positive
outside, in mm. A segment that is absent has +inf everywhere, one that fills the array -inf: scaled, these
become +1 and -1, where the published code has 0 and not-a-number. The array's edge is no boundary.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

IGNORE = 255
FACES = ndimage.generate_binary_structure(3, 1)
UNIT = (1.0, 1.0, 1.0)

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]


def signed_distance(
    mask_zyx: NDArray,
    spacing_zyx: Sequence[float] = UNIT,
    *,
    inside_to: str = "boundary",
    ignored_zyx: NDArray | None = None,
) -> Floats:
    """Equation 1: T(x) = -inf |x-y| inside, 0 on the boundary, +inf |x-y| outside, y over the boundary.

    Args:
        mask_zyx: (z, y, x), the segment.
        spacing_zyx: voxel size in mm, array order.
        inside_to: ``"boundary"`` measures inside to the inner boundary, as the equation has it;
            ``"background"`` to the nearest voxel outside, as the published code does (one voxel more).
        ignored_zyx: voxels of unknown label; they neither belong to the segment nor make a boundary of it.

    Returns:
        (z, y, x) float32, mm.
    """
    mask = np.asarray(mask_zyx, dtype=bool)
    outside = ~mask if ignored_zyx is None else ~(mask | np.asarray(ignored_zyx, dtype=bool))
    if not mask.any():
        return np.full(mask.shape, np.inf, np.float32)
    if not outside.any():
        return np.full(mask.shape, -np.inf, np.float32)
    boundary = mask & ndimage.binary_dilation(outside, FACES)
    if inside_to == "background":
        inner = ndimage.distance_transform_edt(~outside, sampling=spacing_zyx)
        outer = ndimage.distance_transform_edt(~mask, sampling=spacing_zyx)
    elif inside_to == "boundary":
        # the segment's voxel nearest to one outside is on the boundary, or lies behind ignored voxels
        inner = outer = _distance_to(boundary, spacing_zyx)
    else:
        raise ValueError(f"inside_to: {inside_to!r}, choose boundary or background")
    distance = np.where(mask, -inner, outer)
    distance[boundary] = 0.0
    return distance.astype(np.float32)


def scale_fixed(distance_mm: NDArray, delta_mm: float) -> Floats:
    """Targets in [-1, 1]: clip(d / δ, -1, 1); the same voxel has the same target in every crop."""
    return np.clip(np.asarray(distance_mm, np.float32) / np.float32(delta_mm), -1.0, 1.0)


def scale_per_patch(distance: NDArray, known: NDArray | None = None) -> Floats:
    """Targets in [-1, 1] of one segment: outside divided by its largest value, inside by its own largest.

    The scale of the published code. Extremes are taken over the ``known`` voxels (all by default).
    """
    distance = np.asarray(distance, np.float32)
    seen = distance if known is None else distance[np.asarray(known, bool)]
    seen = seen[np.isfinite(seen)]
    scaled = np.sign(distance)  # right for the infinite distances of absent and full segments
    for side in (1.0, -1.0):
        here = (distance * side > 0) & np.isfinite(distance)
        longest = float((seen * side).max(initial=0.0))
        if longest > 0:
            scaled[here] = distance[here] / np.float32(longest)
    return np.clip(scaled, -1.0, 1.0)


def distances_mm(
    label_zyx: NDArray, classes: int, spacing_zyx: Sequence[float] = UNIT, *, limit_mm: float = np.inf
) -> tuple[Floats, Bools]:
    """Signed distances of every segment of a label and where they can be trusted near ignored voxels.

    Args:
        label_zyx: (z, y, x), values 0..classes-1 and 255 (ignored).
        classes: number of classes C, background included.
        spacing_zyx: voxel size in mm, array order.
        limit_mm: length beyond which distances are all the same to the caller (δ, or a cache's clip).

    Returns:
        distance (C-1, z, y, x) float32 in mm, not clipped; known (C-1, z, y, x) bool.
    """
    label = np.asarray(label_zyx)
    return _label_distances(label, classes, spacing_zyx, "boundary", limit_mm)


def way_to_ignored(mask_zyx: NDArray, ignored_zyx: NDArray, spacing_zyx: Sequence[float]) -> NDArray:
    """Distance from each voxel to the nearest place where an ignored voxel could hide the boundary, mm.

    An ignored voxel may belong to the segment or not. Seen from outside it may be the nearest voxel of the
    segment; seen from inside the segment's voxels beside it may be its boundary, one step nearer.
    """
    way_outside = _distance_to(ignored_zyx, spacing_zyx)
    perhaps = ignored_zyx | (mask_zyx & ndimage.binary_dilation(ignored_zyx, FACES))
    way_inside = _distance_to(perhaps, spacing_zyx)
    return np.where(mask_zyx, way_inside, way_outside)


def known_distances(
    distance_mm: NDArray,
    mask_zyx: NDArray,
    ignored_zyx: NDArray,
    spacing_zyx: Sequence[float],
    limit_mm: float,
) -> Bools:
    """Where a signed distance is certain: shorter than `way_to_ignored`."""
    if not ignored_zyx.any():
        return np.ones(distance_mm.shape, bool)
    way = way_to_ignored(mask_zyx, ignored_zyx, spacing_zyx)
    length = np.minimum(np.abs(distance_mm), limit_mm)
    # a voxel known to be on the boundary stays on it, whatever lies beside
    return (length < way) | ((distance_mm == 0) & ~ignored_zyx)


def distance_targets(
    label_zyx: NDArray,
    classes: int,
    scale: str = "patch",
    spacing_zyx: Sequence[float] = UNIT,
    delta_mm: float = 10.0,
) -> tuple[Floats, Bools]:
    """Targets of the distance head for one label (a crop with ``"patch"``, any with ``"fixed"``).

    Args:
        label_zyx: (z, y, x), values 0..classes-1 and 255 (ignored).
        classes: number of classes C, background included.
        scale: ``"patch"`` as the published code (inside measured to the background), ``"fixed"`` clip(d/δ).
        spacing_zyx: voxel size in mm, array order.
        delta_mm: δ of the fixed scale.

    Returns:
        target (C-1, z, y, x) float32 in [-1, 1]; known (C-1, z, y, x) bool.
    """
    label = np.asarray(label_zyx)
    if scale == "fixed":
        distance, known = _label_distances(label, classes, spacing_zyx, "boundary", delta_mm)
        return scale_fixed(distance, delta_mm), known
    if scale != "patch":
        raise ValueError(f"scale: {scale!r}, choose patch or fixed")
    distance, known = _label_distances(label, classes, spacing_zyx, "background", np.inf)
    scaled = [scale_per_patch(d, k) for d, k in zip(distance, known, strict=True)]
    return np.stack(scaled), known


def _label_distances(
    label: NDArray, classes: int, spacing_zyx: Sequence[float], inside_to: str, limit_mm: float
) -> tuple[Floats, Bools]:
    ignored = label == IGNORE
    some = ignored if ignored.any() else None
    distance = np.empty((classes - 1, *label.shape), np.float32)
    known = np.empty(distance.shape, bool)
    for c in range(1, classes):
        mask = label == c
        distance[c - 1] = signed_distance(mask, spacing_zyx, inside_to=inside_to, ignored_zyx=some)
        known[c - 1] = known_distances(distance[c - 1], mask, ignored, spacing_zyx, limit_mm)
    return distance, known


def _distance_to(target: NDArray, spacing_zyx: Sequence[float]) -> NDArray:
    """Distance of every voxel to the nearest one of ``target``; infinite where there is none."""
    if not target.any():
        return np.full(target.shape, np.inf)
    return ndimage.distance_transform_edt(~target, sampling=spacing_zyx)

"""Candidates into connected regions, long ones cut by watershed (methods.md 7.5, steps 5 and 6)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

LONGEST_MM = 30.0
SEED_DISTANCE_MM = 8.0
_FACES = ndimage.generate_binary_structure(3, 1)
_ALL_NEIGHBOURS = ndimage.generate_binary_structure(3, 3)

Voxels = NDArray[np.intp]  # (n, 3), indices z, y, x


def connected_regions(
    candidates: NDArray[np.bool_], excess: NDArray, spacing_zyx: NDArray
) -> Iterator[Voxels]:
    """Regions of ``candidates`` (z, y, x): closed by a 6-neighbour ball, 26-connected, long ones cut."""
    closed = ndimage.binary_dilation(candidates, _FACES)
    closed = ndimage.binary_erosion(closed, _FACES, border_value=1)
    components, _ = ndimage.label(closed, _ALL_NEIGHBOURS)
    for number, box in enumerate(ndimage.find_objects(components), start=1):
        component = components[box] == number
        corner = np.array([s.start for s in box])
        if (np.array(component.shape) * spacing_zyx).max() <= LONGEST_MM:
            yield np.argwhere(component) + corner
            continue
        pieces = _watershed(component, excess[box], spacing_zyx)
        for piece in range(1, int(pieces.max()) + 1):
            yield np.argwhere(pieces == piece) + corner


def _watershed(component: NDArray[np.bool_], excess: NDArray, spacing_zyx: NDArray) -> NDArray[np.int32]:
    """Numbered pieces of one component around the maxima of the smoothed excess."""
    h = float(np.prod(spacing_zyx)) ** (1.0 / 3.0)
    smooth = ndimage.gaussian_filter(np.where(component, excess, 0.0), sigma=h / spacing_zyx)
    seeds = _seeds(smooth, component, spacing_zyx)
    markers = np.zeros(component.shape, dtype=np.int32)
    markers[tuple(seeds.T)] = np.arange(1, len(seeds) + 1)
    height = smooth / max(float(smooth.max()), 1e-6)
    relief = np.where(component, np.rint((1.0 - height) * 65000), 65535).astype(np.uint16)
    pieces = ndimage.watershed_ift(relief, markers, structure=_ALL_NEIGHBOURS)
    return np.where(component, pieces, 0)


def _seeds(smooth: NDArray, component: NDArray[np.bool_], spacing_zyx: NDArray) -> Voxels:
    """Local maxima of ``smooth``, highest first, none within `SEED_DISTANCE_MM` of a higher one."""
    maxima = component & (smooth >= ndimage.maximum_filter(smooth, footprint=_ALL_NEIGHBOURS))
    places = np.argwhere(maxima)
    places = places[np.argsort(-smooth[maxima], kind="stable")]
    chosen: list[NDArray] = []
    for place in places:
        gaps = (np.array(chosen).reshape(-1, 3) - place) * spacing_zyx
        if not len(gaps) or (gaps**2).sum(axis=1).min() >= SEED_DISTANCE_MM**2:
            chosen.append(place)
    return np.array(chosen)

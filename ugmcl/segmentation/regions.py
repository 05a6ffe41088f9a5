"""Places worth a look: connected doubt beyond the rim of surfaces, ranked (methods.md 7.5, steps 4-9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from ugmcl.segmentation.boundary import Boundary, box_around
from ugmcl.segmentation.excess import Excess, rim_excess
from ugmcl.segmentation.region_split import Voxels, connected_regions
from ugmcl.segmentation.rim import RimProfile
from ugmcl.volumes.geometry import spacing_mm

LEAST_EXCESS, LEAST_UNCERTAINTY = 0.10, 0.20
LEAST_VOXELS, LEAST_ML, LEAST_SCORE_ML = 8, 0.005, 0.01
RIM_SHARE, RIM_WIDTH_H, RIM_THICKNESS_H = 0.80, 1.5, 2.0
APART_MM = 5.0
_LPS_TO_RAS = np.array([-1.0, -1.0, 1.0])


@dataclass(frozen=True)
class Region:
    """One place to look at; volumes and score in mL, lengths in mm, uncertainty and excess in 0..1.

    ``score_ml`` is the excess summed over the volume (halved for a ``rim``: a thin shell on a surface);
    ``classes`` are the two most probable classes; ``disagreement`` is the mean gap between the two tasks.
    ``voxels`` (n, 3; z, y, x) stay out of the report.
    """

    score_ml: float
    volume_ml: float
    mean_uncertainty: float
    max_uncertainty: float
    mean_excess: float
    max_excess: float
    disagreement: float | None
    classes: tuple[int, int] | None
    surface_distance_mm: float | None
    center_ras_mm: tuple[float, float, float]
    rim: bool
    voxels: Voxels = field(repr=False, compare=False)

    def to_json(self, names: Sequence[str] = ()) -> dict[str, Any]:
        """For the report; ``names`` are the classes' names, background first."""
        rounded = {
            key: None if (value := getattr(self, key)) is None else round(value, 4)
            for key in (
                "score_ml", "volume_ml", "mean_uncertainty", "max_uncertainty",
                "mean_excess", "max_excess", "disagreement", "surface_distance_mm",
            )
        }  # fmt: skip
        classes = None if self.classes is None else [names[c] if names else c for c in self.classes]
        center = [round(c, 3) for c in self.center_ras_mm]
        return {**rounded, "classes": classes, "center_ras_mm": center, "rim": self.rim}


@dataclass(frozen=True)
class RegionMaps:
    """What regions are found in and described by, all on one grid (z, y, x) with ``affine`` to LPS mm."""

    uncertainty: NDArray
    labels: NDArray
    affine: NDArray
    probability: NDArray | None = None  # (C, z, y, x)
    disagreement: NDArray | None = None

    @property
    def spacing_zyx(self) -> tuple[float, float, float]:
        x, y, z = spacing_mm(self.affine)
        return (z, y, x)


def find_regions(
    maps: RegionMaps, *, profile: RimProfile | None = None, excess: Excess | None = None, limit: int = 10
) -> list[Region]:
    """The ``limit`` best regions, best first, no two centres within 5 mm.

    Args:
        maps: uncertainty, labels and what describes them.
        profile: rim profile of the model (validation mode); without one the case's own rim is taken, in
            which doubt that covers most of a surface hides itself: show the confidence beside the list.
        excess: `rim_excess` of the same maps, where it is at hand already.
    """
    spacing = np.array(maps.spacing_zyx)
    excess = excess or rim_excess(maps.uncertainty, maps.labels, maps.spacing_zyx, profile)
    candidates = (excess.values >= LEAST_EXCESS) & (maps.uncertainty >= LEAST_UNCERTAINTY)
    box = box_around(candidates, 2)
    if box is None:
        return []
    corner = np.array([s.start for s in box])
    voxel_ml = float(spacing.prod()) / 1000.0
    found = []
    for local in connected_regions(candidates[box], excess.values[box], spacing):
        voxels = local + corner
        score = voxel_ml * float(excess.values[tuple(voxels.T)].sum(dtype=np.float64))
        if len(voxels) < max(LEAST_VOXELS, ceil(LEAST_ML / voxel_ml)) or score < LEAST_SCORE_ML:
            continue
        found.append(_describe(voxels, score, maps, excess))
    found.sort(key=lambda region: (-region.score_ml, region.center_ras_mm))
    return _apart(found)[:limit]


def _describe(voxels: Voxels, score: float, maps: RegionMaps, excess: Excess) -> Region:
    """Steps 7 and 8 for one region."""
    spacing = np.array(maps.spacing_zyx)
    where = tuple(voxels.T)
    u, e = maps.uncertainty[where], excess.values[where].astype(np.float64)
    center = _center(voxels, e, spacing)
    rim = _is_rim(voxels, excess.boundary, spacing)
    x, y, z = center[::-1]
    lps = (np.asarray(maps.affine) @ np.array([x, y, z, 1.0]))[:3]
    ras = lps * _LPS_TO_RAS
    top_two = None
    if maps.probability is not None:
        mean = np.array([p[where].mean(dtype=np.float64) for p in maps.probability])
        order = np.argsort(-mean, kind="stable")
        top_two = (int(order[0]), int(order[1]))
    return Region(
        score_ml=score * (0.5 if rim else 1.0),
        volume_ml=len(voxels) * float(spacing.prod()) / 1000.0,
        mean_uncertainty=float(u.mean(dtype=np.float64)),
        max_uncertainty=float(u.max()),
        mean_excess=float(e.mean()),
        max_excess=float(e.max()),
        disagreement=None
        if maps.disagreement is None
        else float(maps.disagreement[where].mean(dtype=np.float64)),
        classes=top_two,
        surface_distance_mm=_to_surface(center, excess.boundary, spacing),
        center_ras_mm=(float(ras[0]), float(ras[1]), float(ras[2])),
        rim=rim,
        voxels=voxels,
    )


def _center(voxels: Voxels, weight: NDArray, spacing: NDArray) -> NDArray:
    """Excess-weighted centroid, moved to the nearest voxel of the region."""
    total = weight.sum()
    centroid = (voxels * weight[:, None]).sum(axis=0) / total if total > 0 else voxels.mean(axis=0)
    return voxels[int(np.argmin((((voxels - centroid) * spacing) ** 2).sum(axis=1)))]


def _to_surface(center: NDArray, boundary: Boundary, spacing: NDArray) -> float | None:
    """Distance of one voxel to the predicted boundary in mm; None when there is none."""
    if not boundary.exists:
        return None
    distance = float(boundary.distance_mm[tuple(center)])
    if np.isfinite(distance):
        return distance
    return float(np.sqrt((((np.argwhere(boundary.voxels) - center) * spacing) ** 2).sum(axis=1).min()))


def _is_rim(voxels: Voxels, boundary: Boundary, spacing: NDArray) -> bool:
    """A thin shell: 80 % of it within 1.5 h of the boundary and thinner than 2 h.

    Thickness is twice the largest inner distance, measured from the region's face (half an h inside the
    voxel centre next to it); from centre to centre a single layer would already be 2 h thick.
    """
    h = boundary.h_mm
    if (boundary.distance_mm[tuple(voxels.T)] <= RIM_WIDTH_H * h).mean() < RIM_SHARE:
        return False
    low = voxels.min(axis=0) - 1
    mask = np.zeros(voxels.max(axis=0) - low + 2, dtype=bool)
    mask[tuple((voxels - low).T)] = True
    inner = float(distance_transform_edt(mask, sampling=spacing).max())
    return 2.0 * (inner - 0.5 * h) < RIM_THICKNESS_H * h


def _apart(regions: Sequence[Region]) -> list[Region]:
    """Drop regions whose centre lies within 5 mm of a better one's."""
    kept: list[Region] = []
    for region in regions:
        gaps = [np.subtract(region.center_ras_mm, other.center_ras_mm) for other in kept]
        if all(float(gap @ gap) >= APART_MM**2 for gap in gaps):
            kept.append(region)
    return kept

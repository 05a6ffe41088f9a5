"""All metrics of one case, segment by segment (design, 11).

Both masks empty: the row has no figures and is counted as left out. One empty: Dice and Jaccard 0, distances
the volume's diagonal, and the row says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ugmcl.metrics.overlap import dice, jaccard
from ugmcl.metrics.surfaces import surface_distances
from ugmcl.volumes.segment import Segment

OVERLAPS = ("dice", "jaccard", "surface_dice_1mm")
DISTANCES = ("asd_mm", "assd_mm", "hd95_mm", "asd_voxel", "assd_voxel", "hd95_voxel")
VOLUMES = ("volume_ml", "reference_volume_ml")
METRICS = (*OVERLAPS, *DISTANCES, *VOLUMES)
IGNORE = 255  # voxels of the reference that take no part
TOLERANCE_MM = 1.0


def case_metrics(
    prediction: NDArray[np.integer],
    reference: NDArray[np.integer],
    segments: Sequence[Segment],
    spacing_zyx: Sequence[float],
) -> list[dict[str, Any]]:
    """One row a segment: ``segment``, ``empty`` ("", "prediction", "reference", "both") and `METRICS`.

    Args:
        prediction, reference: (z, y, x) label values on one grid; 255 in the reference is left out.
        spacing_zyx: mm.
    """
    read = np.asarray(reference) != IGNORE
    rows = []
    for segment in segments:
        a = (np.asarray(prediction) == segment.value) & read
        r = np.asarray(reference) == segment.value
        rows.append({"segment": segment.name, **mask_metrics(a, r, spacing_zyx)})
    return rows


def mask_metrics(
    prediction: NDArray[np.bool_], reference: NDArray[np.bool_], spacing_zyx: Sequence[float]
) -> dict[str, Any]:
    """Metrics of one pair of masks, and which of them is ``empty``."""
    voxel_ml = float(np.prod(np.asarray(spacing_zyx, float))) / 1000.0
    a, r = bool(prediction.any()), bool(reference.any())
    row: dict[str, Any] = {"empty": {(True, True): "", (False, True): "prediction"}.get((a, r), "reference")}
    volumes = (float(prediction.sum()) * voxel_ml, float(reference.sum()) * voxel_ml)
    if not a and not r:
        return {"empty": "both", **dict.fromkeys(METRICS)}
    row |= {"dice": dice(prediction, reference), "jaccard": jaccard(prediction, reference)}
    if a and r:
        mm = surface_distances(prediction, reference, spacing_zyx)
        side = float(spacing_zyx[0])
        isotropic = all(s == side for s in spacing_zyx)
        voxel = mm.scaled(1.0 / side) if isotropic else surface_distances(prediction, reference)
        row["surface_dice_1mm"] = mm.surface_dice(TOLERANCE_MM)
        for unit, distances in (("mm", mm), ("voxel", voxel)):
            row |= {f"asd_{unit}": distances.asd, f"assd_{unit}": distances.assd}
            row[f"hd95_{unit}"] = distances.hd95
    else:
        row["surface_dice_1mm"] = 0.0
        sides = np.asarray(prediction.shape, float)
        diagonals = {"mm": float(np.linalg.norm(sides * spacing_zyx)), "voxel": float(np.linalg.norm(sides))}
        row |= {name: diagonals[name.rsplit("_", 1)[1]] for name in DISTANCES}
    return row | dict(zip(VOLUMES, volumes, strict=True))

"""What a volume looks like before framing, and the range that training volumes span.

The numbers warn of a volume unlike those a model knows; nothing is computed with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ugmcl.volumes import geometry
from ugmcl.volumes.volume import Volume

PERCENTILES = {"percentile_1": 1.0, "median": 50.0, "percentile_99": 99.0}
MOST_VOXELS = 2_000_000  # percentiles of more voxels are taken from every n-th


def turned_grid(
    shape_zyx: Sequence[int], affine: np.ndarray, orientation: str
) -> tuple[tuple[int, int, int], np.ndarray]:
    """Shape (z, y, x) and affine of a grid after its axes were turned to ``orientation``."""
    nothing = np.broadcast_to(np.uint8(0), (1, *shape_zyx))
    turned, turned_affine = geometry.reorient(nothing, affine, orientation)
    _, z, y, x = turned.shape
    return (z, y, x), turned_affine


def volume_statistics(volume: Volume, orientation: str = "LPS") -> dict[str, Any]:
    """``spacing_mm`` and ``extent_mm`` (x, y, z in ``orientation``), and ``intensity`` with, per channel,
    percentiles of the stored values; voxels that are not finite are left out.
    """
    shape, affine = turned_grid(volume.shape_zyx, volume.affine, orientation)
    spacing = geometry.spacing_mm(affine)
    return {
        "spacing_mm": list(spacing),
        "extent_mm": [n * s for n, s in zip(shape[::-1], spacing, strict=True)],
        "intensity": [_percentiles(channel) for channel in volume.array],
    }


def range_of(statistics: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """``training_range`` of an InputSpec from the statistics of several volumes; None from none."""
    if not statistics:
        return None
    result: dict[str, Any] = {}
    for key in ("spacing_mm", "extent_mm"):
        values = np.array([entry[key] for entry in statistics], dtype=np.float64)
        result[key] = {"low": values.min(axis=0).tolist(), "high": values.max(axis=0).tolist()}
    channels = len(statistics[0]["intensity"])
    result["intensity"] = [
        {
            name: [pick(entry["intensity"][channel][name] for entry in statistics) for pick in (min, max)]
            for name in PERCENTILES
        }
        for channel in range(channels)
    ]
    return result


def _percentiles(channel: np.ndarray) -> dict[str, float]:
    values = np.ravel(channel)[:: max(1, channel.size // MOST_VOXELS)].astype(np.float32)
    values = values[np.isfinite(values)]
    if values.size == 0:
        return dict.fromkeys(PERCENTILES, 0.0)
    found = np.percentile(values, list(PERCENTILES.values()))
    return {name: float(value) for name, value in zip(PERCENTILES, found, strict=True)}

"""Does the volume look like what the model was trained on? Told in an instant, from some of its voxels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import slicer

from ugmcl.framing.spec import InputSpec

MOST_VOXELS = 250_000  # percentiles of so many are right within a fraction of a percent


def doubts(volumes: Sequence[Any], spec: InputSpec) -> list[str]:
    """A sentence for each way in which the volumes are unlike the training images.

    Args:
        volumes: nodes, one a channel; those that are missing end the list.
        spec: of the model.
    """
    from ugmcl.framing.statistics import turned_grid, volume_statistics
    from ugmcl.models.familiarity import unfamiliar
    from ugmcl.slicer.geometry import ijk_to_lps
    from ugmcl.volumes import geometry
    from ugmcl.volumes.volume import Volume

    present = [volume for volume in volumes if volume is not None and volume.GetImageData() is not None]
    arrays = [slicer.util.arrayFromVolume(volume) for volume in present]
    if not arrays or any(array.ndim != 3 or array.shape != arrays[0].shape for array in arrays):
        return []
    affine = ijk_to_lps(present[0])
    sample = Volume(np.stack([_thinned(array) for array in arrays]), affine)
    statistics = volume_statistics(sample, spec.orientation)
    shape, turned = turned_grid(arrays[0].shape, affine, spec.orientation)
    spacing = geometry.spacing_mm(turned)
    statistics["extent_mm"] = [n * mm for n, mm in zip(shape[::-1], spacing, strict=True)]
    return unfamiliar(statistics, spec)


def _thinned(array: np.ndarray) -> np.ndarray:
    """Every n-th voxel along each axis."""
    step = max(1, round((array.size / MOST_VOXELS) ** (1 / 3)))
    return (
        array[step // 2 :: step, step // 2 :: step, step // 2 :: step] if min(array.shape) > step else array
    )

"""Sentences that a result needs beside it: what is missing, cut off, or unlike what the model knows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ugmcl.framing.frame import FramedImage
from ugmcl.framing.spec import InputSpec
from ugmcl.framing.statistics import volume_statistics
from ugmcl.models.familiarity import unfamiliar
from ugmcl.volumes.volume import Volume

TINY_VOXELS = 27  # a 3 x 3 x 3 cube of the model's voxels


def familiarity_warnings(volume: Volume, framed: FramedImage, spec: InputSpec) -> list[str]:
    """What is unlike the training images; the extent is that of the part that is segmented."""
    extent = [n * s for n, s in zip(framed.shape_zyx[::-1], framed.spacing_mm, strict=True)]
    statistics = {**volume_statistics(volume, spec.orientation), "extent_mm": extent}
    return unfamiliar(statistics, spec)


def result_warnings(
    labels: NDArray[np.uint8], names: Sequence[str], spec: InputSpec, *, has_roi: bool
) -> list[str]:
    """Warnings about a predicted label (z, y, x) on the model's grid; ``names`` with the background first."""
    voxels = np.bincount(labels.ravel(), minlength=len(names))
    if voxels[1:].sum() == 0:
        return [_empty(names, spec, has_roi)]
    warnings = []
    for c, name in enumerate(names):
        if c > 0 and voxels[c] == 0:
            warnings.append(f"{name} was not found, although other segments were")
        elif c > 0 and voxels[c] < TINY_VOXELS:
            warnings.append(
                f"{name} has only {voxels[c]} voxels; the volume may not be what the model was trained on"
            )
    cut = [name for c, name in enumerate(names) if c > 0 and _touches_edge(labels == c)]
    if cut:
        edge = "the region of interest" if has_roi else "the volume"
        verb = "reaches" if len(cut) == 1 else "reach"
        warnings.append(f"{' and '.join(cut)} {verb} the edge of {edge} and may be cut off")
    return warnings


def _empty(names: Sequence[str], spec: InputSpec, has_roi: bool) -> str:
    """An empty result with what was searched and the likely causes."""
    causes = [
        f"the volume is not {spec.modality}, which is what the model knows",
        "the structure is not in the volume" + (" or not in the region of interest" if has_roi else ""),
        "the volume's orientation or voxel size is recorded wrongly",
    ]
    return f"nothing was found (searched: {', '.join(names[1:])}); likely causes: {'; '.join(causes)}"


def _touches_edge(mask: NDArray[np.bool_]) -> bool:
    return any(mask.take(i, axis=axis).any() for axis in range(mask.ndim) for i in (0, -1))

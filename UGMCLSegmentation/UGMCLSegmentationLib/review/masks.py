"""Segments of a result and of its corrected copy as masks on the image's grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray

from UGMCLSegmentationLib.review.corrections import Change, change_of


def segment_names(node: Any) -> dict[str, str]:
    """Name by segment ID, in order; an ID stays when the user renames a segment."""
    parts = node.GetSegmentation()
    ids = [parts.GetNthSegmentID(index) for index in range(parts.GetNumberOfSegments())]
    return {segment_id: parts.GetSegment(segment_id).GetName() for segment_id in ids}


def mask_of(node: Any, segment_id: str, volume: Any) -> NDArray[np.bool_]:
    """(z, y, x) on the volume's grid; a copy."""
    array = slicer.util.arrayFromSegmentBinaryLabelmap(node, segment_id, volume)
    if array is None:
        nx, ny, nz = volume.GetImageData().GetDimensions()
        return np.zeros((nz, ny, nx), dtype=bool)
    return np.array(array, dtype=bool)


def region_mask(regions: Any, rank: int) -> NDArray[np.bool_]:
    """Voxels of one uncertain region; rank 0: those outside of all."""
    mask: NDArray[np.bool_] = slicer.util.arrayFromVolume(regions) == rank
    return mask


def changes(
    automatic: Any, corrected: Any, volume: Any, within: NDArray[np.bool_] | None = None
) -> list[Change]:
    """What was changed in each segment; segments that only one of the two has count as empty in the other."""
    return [
        change_of(name, before, after, within) for name, before, after in _pairs(automatic, corrected, volume)
    ]


def changed_voxels(automatic: Any, corrected: Any, volume: Any) -> NDArray[np.bool_]:
    """Where a segment was added or removed."""
    changed = np.zeros(slicer.util.arrayFromVolume(volume).shape, dtype=bool)
    for _name, before, after in _pairs(automatic, corrected, volume):
        changed |= before != after
    return changed


def _pairs(
    automatic: Any, corrected: Any, volume: Any
) -> list[tuple[str, NDArray[np.bool_], NDArray[np.bool_]]]:
    """Name, mask before and mask after of every segment, matched by ID; named as the user names it now."""
    before, after = segment_names(automatic), segment_names(corrected)
    empty = np.zeros(slicer.util.arrayFromVolume(volume).shape, dtype=bool)
    return [
        (
            after.get(segment_id) or before[segment_id],
            mask_of(automatic, segment_id, volume) if segment_id in before else empty,
            mask_of(corrected, segment_id, volume) if segment_id in after else empty,
        )
        for segment_id in dict.fromkeys([*before, *after])
    ]

"""Segments of a result and of its corrected copy as masks on the image's grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray

from UGMCLSegmentationLib.review.corrections import Change, change_of


def segment_ids(node: Any) -> dict[str, str]:
    """Segment ID by name, in order."""
    parts = node.GetSegmentation()
    ids = [parts.GetNthSegmentID(index) for index in range(parts.GetNumberOfSegments())]
    return {parts.GetSegment(segment_id).GetName(): segment_id for segment_id in ids}


def mask_of(node: Any, segment_id: str, volume: Any) -> NDArray[np.bool_]:
    """(z, y, x) on the volume's grid; a copy."""
    array = slicer.util.arrayFromSegmentBinaryLabelmap(node, segment_id, volume)
    if array is None:
        nx, ny, nz = volume.GetImageData().GetDimensions()
        return np.zeros((nz, ny, nx), dtype=bool)
    return np.array(array, dtype=bool)


def region_mask(regions: Any, rank: int) -> NDArray[np.bool_]:
    """Voxels of one uncertain region."""
    mask: NDArray[np.bool_] = slicer.util.arrayFromVolume(regions) == rank
    return mask


def changes(
    automatic: Any, corrected: Any, volume: Any, within: NDArray[np.bool_] | None = None
) -> list[Change]:
    """What was changed in each segment; segments that only one of the two has count as empty in the other."""
    before, after = segment_ids(automatic), segment_ids(corrected)
    empty = np.zeros(slicer.util.arrayFromVolume(volume).shape, dtype=bool)
    found = []
    for name in dict.fromkeys([*before, *after]):
        a = mask_of(automatic, before[name], volume) if name in before else empty
        b = mask_of(corrected, after[name], volume) if name in after else empty
        found.append(change_of(name, a, b, within))
    return found

"""Segments of a result and of its corrected copy as masks on the image's grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray


@dataclass(frozen=True)
class SegmentChange:
    """A segment as the user names it now, with its masks (z, y, x) in the automatic and the corrected one."""

    name: str
    before: NDArray[np.bool_]
    after: NDArray[np.bool_]


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


def segment_changes(automatic: Any, corrected: Any, volume: Any) -> Iterator[SegmentChange]:
    """Every segment before and after, matched by ID; one a step, since the masks of a large volume take time.

    A segment that only one of the two has counts as empty in the other.
    """
    before, after = segment_names(automatic), segment_names(corrected)
    empty = np.zeros(slicer.util.arrayFromVolume(volume).shape, dtype=bool)
    for segment_id in dict.fromkeys([*before, *after]):
        yield SegmentChange(
            after.get(segment_id) or before[segment_id],
            mask_of(automatic, segment_id, volume) if segment_id in before else empty,
            mask_of(corrected, segment_id, volume) if segment_id in after else empty,
        )

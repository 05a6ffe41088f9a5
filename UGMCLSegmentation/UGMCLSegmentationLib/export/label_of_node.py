"""A segmentation node as a label array with its segments, on the grid of its image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.geometry import ijk_to_lps
from ugmcl.volumes.segment import Segment, terminology_from_entry

_FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])  # RAS and LPS


@dataclass(frozen=True)
class NodeLabel:
    """labels (z, y, x) uint8, their ``affine`` to LPS mm of the world, and the segments."""

    labels: np.ndarray
    affine: np.ndarray
    segments: tuple[Segment, ...]


def label_of_node(segmentation: Any, volume: Any) -> NodeLabel:
    """All segments of a node as one label; segments keep their order as values 1, 2, ...

    Raises:
        UserError: nothing is segmented, two segments overlap, or the image is bent by a transform.
    """
    parts, labels = segmentation.GetSegmentation(), None
    segments = []
    for index in range(parts.GetNumberOfSegments()):
        segment = parts.GetNthSegment(index)
        array = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, parts.GetNthSegmentID(index), volume)
        codes = terminology_from_entry(segment.GetTerminology()) if segment.HasTerminology() else None
        segments.append(Segment(index + 1, segment.GetName(), segment.GetColor(), codes))
        if array is None:
            continue
        labels = np.zeros(array.shape, np.uint8) if labels is None else labels
        taken = labels[array > 0]
        if taken.any():
            other = segments[int(taken.max()) - 1].name
            raise UserError(
                _("{one} and {other} overlap, and a label holds one structure a voxel").format(
                    one=segment.GetName(), other=other
                ),
                segmentation.GetName(),
                _("Separate them in the Segment Editor"),
            )
        labels[array > 0] = index + 1
    if labels is None:
        raise UserError(_("there is nothing to export"), segmentation.GetName(), _("Segment first"))
    return NodeLabel(labels, world_affine(volume), tuple(segments))


def world_affine(volume: Any) -> np.ndarray:
    """Voxel index (x, y, z, 1) to LPS mm of the world, with the node's linear transform.

    Raises:
        UserError: a transform bends the image, so that no affine can say where its voxels are.
    """
    affine = ijk_to_lps(volume)
    parent = volume.GetParentTransformNode()
    if parent is None:
        return affine
    if not parent.IsTransformToWorldLinear():
        raise UserError(
            _("a non-linear transform is applied, which files cannot hold"),
            volume.GetName(),
            _("Harden or remove the transform first"),
        )
    matrix = vtk.vtkMatrix4x4()
    parent.GetMatrixTransformToWorld(matrix)
    to_world = np.array([[matrix.GetElement(r, c) for c in range(4)] for r in range(4)])
    return _FLIP @ to_world @ _FLIP @ affine

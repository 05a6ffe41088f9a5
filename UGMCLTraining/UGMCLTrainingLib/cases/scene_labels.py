"""A segmentation or a label map of the scene as an array in the frame of an image, in steps."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from slicer.i18n import tr as _

from ugmcl.data.label_values import IGNORE
from ugmcl.errors import UserError
from ugmcl.slicer.geometry import RAS_LPS, array_of, ijk_to_lps
from ugmcl.volumes.segment import terminology_from_entry
from UGMCLTrainingLib.cases.project_case import LabelEntry


@dataclass(frozen=True)
class SceneLabel:
    """values (z, y, x) uint8, their ``affine`` to LPS mm of the image's own frame, what they mean."""

    values: NDArray[np.uint8]
    affine: NDArray[np.float64]
    entries: tuple[LabelEntry, ...]


def label_steps(
    node: Any, image: Any, names: tuple[LabelEntry, ...] = ()
) -> Generator[float, None, SceneLabel]:
    """The label that a node of the scene stands for.

    Args:
        node: segmentation, or label map.
        image: its volume.
        names: of a label map's values, where something else than its colours tells them.

    Raises:
        UserError: nothing in it, segments that overlap, values that no label has, or a deleted node.
    """
    if node.IsA("vtkMRMLSegmentationNode"):
        return (yield from _segmentation_steps(node, image))
    array = slicer.util.arrayFromVolume(node) if node.GetImageData() is not None else None
    if array is None or not array.size:
        raise UserError(_("this label has no voxels"), node.GetName(), _("Choose another one"))
    yield 0.3
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > IGNORE:
        raise UserError(
            _("a label holds values from 0 to 255, this one from {low} to {high}").format(low=low, high=high),
            node.GetName(),
            _("Choose a label map"),
        )
    values = array.astype(np.uint8)
    yield 0.6
    present = [value for value in np.flatnonzero(np.bincount(values.reshape(-1), minlength=256)) if value]
    yield 0.9
    known = {entry.value: entry for entry in names}
    entries = tuple(
        known.get(int(value)) or LabelEntry(int(value), _colour_name(node, int(value)))
        for value in present
        if value != IGNORE
    )
    return SceneLabel(values, _in_frame_of(node, image), entries)


def _segmentation_steps(node: Any, image: Any) -> Generator[float, None, SceneLabel]:
    parts = node.GetSegmentation()
    ids = [parts.GetNthSegmentID(index) for index in range(parts.GetNumberOfSegments())]
    nx, ny, nz = image.GetImageData().GetDimensions()
    values: NDArray[np.uint8] = np.zeros((nz, ny, nx), np.uint8)
    entries: list[LabelEntry] = []
    names: list[str] = []
    for number, segment_id in enumerate(ids, 1):
        if slicer.mrmlScene.GetNodeByID(node.GetID() or "") is not node:
            raise UserError(_("the segmentation was deleted meanwhile"), None, _("Choose another one"))
        segment = parts.GetSegment(segment_id)
        if segment is None:
            raise UserError(_("a segment was deleted meanwhile"), node.GetName(), _("Add the case again"))
        array = slicer.util.arrayFromSegmentBinaryLabelmap(node, segment_id, image)
        codes = terminology_from_entry(segment.GetTerminology()) if segment.HasTerminology() else None
        names.append(segment.GetName())
        inside = array > 0 if array is not None else None
        if inside is not None and inside.any():
            entries.append(LabelEntry(number, segment.GetName(), codes))
            taken = values[inside]
            if taken.any():
                raise UserError(
                    _("{one} and {other} overlap, and a label holds one structure a voxel").format(
                        one=segment.GetName(), other=names[int(taken.max()) - 1]
                    ),
                    node.GetName(),
                    _("Separate them in the Segment Editor"),
                )
            values[inside] = number
        yield number / (len(ids) + 1)
    if not ids:
        raise UserError(_("there are no segments in it"), node.GetName(), _("Segment first"))
    return SceneLabel(values, ijk_to_lps(image), tuple(entries))


def _in_frame_of(label: Any, image: Any) -> NDArray[np.float64]:
    """Voxel of the label to LPS mm of the image's own frame: exported images leave their transform out."""
    affine = ijk_to_lps(label)
    if label.GetParentTransformNode() is image.GetParentTransformNode():
        return affine
    matrix = vtk.vtkMatrix4x4()
    done = slicer.vtkMRMLTransformNode.GetMatrixTransformBetweenNodes(
        label.GetParentTransformNode(), image.GetParentTransformNode(), matrix
    )
    if not done:
        raise UserError(
            _("a non-linear transform lies between image and label"),
            label.GetName(),
            _("Harden the transform first"),
        )
    return RAS_LPS @ array_of(matrix) @ RAS_LPS @ affine


def _colour_name(node: Any, value: int) -> str:
    """What the label map's colours call a value, where somebody named it; "" for stock colours."""
    display = node.GetDisplayNode()
    colours = display.GetColorNode() if display is not None else None
    if colours is None or not colours.IsA("vtkMRMLColorTableNode") or colours.GetType() != colours.User:
        return ""
    name = colours.GetColorName(value) if value < colours.GetNumberOfColors() else ""
    return "" if not name or name in (str(value), "(none)") else name

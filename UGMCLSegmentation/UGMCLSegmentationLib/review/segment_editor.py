"""To Slicer's Segment Editor: on the corrected copy, at the place, limited to where it is uncertain."""

from __future__ import annotations

from typing import Any

import slicer

from ugmcl.slicer.corrected_copy import corrected_copy
from ugmcl.slicer.result_nodes import ResultNodes

SINGLETON = "SegmentEditor"


def editor_node() -> Any:
    """The Segment Editor's settings in this scene."""
    node = slicer.mrmlScene.GetSingletonNode(SINGLETON, "vtkMRMLSegmentEditorNode")
    if node is None:
        node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLSegmentEditorNode")
        node.UnRegister(None)
        node.SetSingletonTag(SINGLETON)
        node = slicer.mrmlScene.AddNode(node)
    return node


def correct_in_segment_editor(nodes: ResultNodes, segment_name: str, lowest: float | None) -> Any:
    """Open the Segment Editor on the corrected copy.

    Args:
        nodes: the result; the automatic segmentation stays as it is.
        segment_name: of the segment to start with.
        lowest: only voxels of at least this uncertainty may change; None allows all.

    Returns:
        The corrected copy.
    """
    copy, image = corrected_copy(nodes), nodes.segmentation.GetNodeReference("UGMCL.input")
    settings = editor_node()
    slicer.util.selectModule("SegmentEditor")
    editor = slicer.modules.SegmentEditorWidget.editor
    editor.setSegmentationNode(copy)
    masked = lowest is not None and nodes.uncertainty is not None
    if masked:
        # the mask is by the source volume's values; the picture behind stays the image
        editor.setSourceVolumeNode(nodes.uncertainty)
        settings.SourceVolumeIntensityMaskOn()
        settings.SetSourceVolumeIntensityMaskRange(lowest, 2.0)
        if image is not None:
            slicer.util.setSliceViewerLayers(background=image)
    else:
        editor.setSourceVolumeNode(image)
        settings.SourceVolumeIntensityMaskOff()
    segment_id = copy.GetSegmentation().GetSegmentIdBySegmentName(segment_name)
    if segment_id:
        editor.setCurrentSegmentID(segment_id)
    return copy


def end_limit() -> None:
    """Corrections elsewhere are not limited by our mask any more."""
    node = slicer.mrmlScene.GetSingletonNode(SINGLETON, "vtkMRMLSegmentEditorNode")
    if node is not None and node.GetSourceVolumeIntensityMask():
        node.SourceVolumeIntensityMaskOff()

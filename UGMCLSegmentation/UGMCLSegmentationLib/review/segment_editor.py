"""To Slicer's Segment Editor: on the corrected copy, at the place, limited to where it is uncertain."""

from __future__ import annotations

import json
from typing import Any

import slicer

from ugmcl.slicer.corrected_copy import corrected_copy
from ugmcl.slicer.result_nodes import INPUT, ResultNodes

SINGLETON = "SegmentEditor"
BEFORE = "UGMCL.settingsBefore"  # attribute of the editor's node while our limit holds
HIGHEST = 2.0  # above every uncertainty


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
    end_limit()
    copy, image = corrected_copy(nodes), nodes.segmentation.GetNodeReference(INPUT)
    # the copy's segments may have other names by now, their IDs are still the result's
    segment_id = nodes.segmentation.GetSegmentation().GetSegmentIdBySegmentName(segment_name)
    settings = editor_node()
    slicer.util.selectModule("SegmentEditor")
    editor = slicer.modules.SegmentEditorWidget.editor
    editor.setSegmentationNode(copy)
    editor.setSourceVolumeNode(image)
    if lowest is not None and nodes.uncertainty is not None:
        _limit(editor, settings, nodes.uncertainty, lowest)
        if image is not None:
            slicer.util.setSliceViewerLayers(background=image)
    if segment_id and copy.GetSegmentation().GetSegment(segment_id) is not None:
        editor.setCurrentSegmentID(segment_id)
    return copy


def _limit(editor: Any, settings: Any, uncertainty: Any, lowest: float) -> None:
    """The mask is by the source volume's values, so that is the uncertainty; the picture stays the image."""
    before = {
        "mask": bool(settings.GetSourceVolumeIntensityMask()),
        "range": list(settings.GetSourceVolumeIntensityMaskRange()),
        "source": settings.GetSourceVolumeNode().GetID() if settings.GetSourceVolumeNode() else "",
        "limit": uncertainty.GetID(),
        "show": bool(editor.autoShowSourceVolumeNode),
    }
    settings.SetAttribute(BEFORE, json.dumps(before))
    editor.autoShowSourceVolumeNode = False
    editor.setSourceVolumeNode(uncertainty)
    settings.SetSourceVolumeIntensityMaskRange(lowest, HIGHEST)
    settings.SourceVolumeIntensityMaskOn()


def end_limit() -> None:
    """The Segment Editor as it was before our limit; what the user has changed there since stays."""
    settings = slicer.mrmlScene.GetSingletonNode(SINGLETON, "vtkMRMLSegmentEditorNode")
    kept = settings.GetAttribute(BEFORE) if settings is not None else None
    if not kept:
        return
    before = json.loads(kept)
    settings.RemoveAttribute(BEFORE)
    module = getattr(slicer.modules, "SegmentEditorWidget", None)
    if module is not None:
        module.editor.autoShowSourceVolumeNode = before["show"]
    source = settings.GetSourceVolumeNode()
    if source is not None and source.GetID() != before["limit"]:
        return  # the user has chosen another source volume, and so another meaning of the mask
    settings.SetSourceVolumeIntensityMask(before["mask"])
    settings.SetSourceVolumeIntensityMaskRange(*before["range"])
    settings.SetAndObserveSourceVolumeNode(slicer.mrmlScene.GetNodeByID(before["source"] or "none"))

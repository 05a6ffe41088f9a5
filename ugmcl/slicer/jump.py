"""To a place: all slices there, and the outline of an uncertain region."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import slicer
from slicer.i18n import tr as _

from ugmcl.slicer.geometry import node_to_world
from ugmcl.slicer.result_nodes import ResultNodes

OUTLINE, SEGMENT = "region outline", "region"
_COLOUR = (1.0, 1.0, 0.2)


def jump_to(ras: Sequence[float], node: Any = None) -> None:
    """Bring a place into view in all slices.

    Args:
        ras: mm, in the frame of ``node``, in the world's without one.
        node: volume whose parent transform moves the place.
    """
    x, y, z = ras if node is None else node_to_world(node, (ras[0], ras[1], ras[2]))
    slicer.vtkMRMLSliceNode.JumpAllSlices(
        slicer.mrmlScene, x, y, z, slicer.vtkMRMLSliceNode.CenteredJumpSlice
    )


def outline_region(nodes: ResultNodes, rank: int) -> Any:
    """Outline one uncertain region in the slices; returns the outline's node, None without regions."""
    if nodes.regions is None:
        return None
    mask = (slicer.util.arrayFromVolume(nodes.regions) == rank).astype(np.uint8)
    node = _outline_node()
    node.SetReferenceImageGeometryParameterFromVolumeNode(nodes.regions)
    node.SetAndObserveTransformNodeID(nodes.regions.GetTransformNodeID())
    slicer.util.updateSegmentBinaryLabelmapFromArray(mask, node, SEGMENT, nodes.regions)
    node.GetDisplayNode().SetVisibility(True)
    return node


def clear_outline() -> None:
    """No region is outlined."""
    for node in _outlines():
        node.GetDisplayNode().SetVisibility(False)


def _outlines() -> list[Any]:
    return [
        node
        for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
        if node.GetAttribute("UGMCL.Role") == OUTLINE
    ]


def _outline_node() -> Any:
    """The one node of the scene that is reused for every region; not saved, not offered in lists."""
    found = _outlines()
    if found:
        return found[0]
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", _("Uncertain region"))
    node.SetAttribute("UGMCL.Role", OUTLINE)
    node.SetHideFromEditors(1)
    node.SetSaveWithScene(0)
    node.CreateDefaultDisplayNodes()
    node.GetSegmentation().AddEmptySegment(SEGMENT, _("Uncertain region"), list(_COLOUR))
    display = node.GetDisplayNode()
    display.SetVisibility2DFill(False)
    display.SetVisibility2DOutline(True)
    display.SetSliceIntersectionThickness(3)
    display.SetVisibility3D(False)
    return node

"""The copy that a user corrects; the automatic result stays as it was."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from ugmcl.slicer.placement import folder_of
from ugmcl.slicer.result_nodes import CORRECTED, INPUT, ROLE, ResultNodes


def corrected_copy(nodes: ResultNodes) -> Any:
    """The corrected copy of a result, made when first asked for."""
    automatic = nodes.segmentation
    existing = automatic.GetNodeReference(CORRECTED)
    if existing is not None:
        return existing
    name = _("{name} corrected").format(name=automatic.GetName())
    copy = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    copy.GetSegmentation().DeepCopy(automatic.GetSegmentation())
    copy.CreateDefaultDisplayNodes()
    copy.SetAndObserveTransformNodeID(automatic.GetTransformNodeID())
    image = automatic.GetNodeReference(INPUT)
    if image is not None:
        copy.SetReferenceImageGeometryParameterFromVolumeNode(image)
    copy.SetAttribute(ROLE, "corrected")
    automatic.SetNodeReferenceID(CORRECTED, copy.GetID())
    automatic.GetDisplayNode().SetVisibility(False)
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    item = hierarchy.GetItemByDataNode(copy)
    if item and folder_of(automatic):
        hierarchy.SetItemParent(item, folder_of(automatic))
    return copy

"""The copy that a user corrects; the automatic result stays as it was."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from ugmcl.slicer.placement import folder_of, into_folder
from ugmcl.slicer.result_nodes import INPUT, ROLE, ResultNodes

CORRECTED = "UGMCL.corrected"


def corrected_copy(nodes: ResultNodes) -> Any:
    """The corrected copy of a result, made when first asked for; it is shown instead of the automatic one."""
    automatic = nodes.segmentation
    existing = automatic.GetNodeReference(CORRECTED)
    if existing is not None:
        return existing
    name = _("{name} corrected").format(name=automatic.GetName())
    copy = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    copy.GetSegmentation().DeepCopy(automatic.GetSegmentation())
    copy.CreateDefaultDisplayNodes()
    shown = automatic.GetDisplayNode()
    if shown is not None:
        copy.GetDisplayNode().CopyContent(shown)
        shown.SetVisibility(False)
    copy.SetAndObserveTransformNodeID(automatic.GetTransformNodeID())
    image = automatic.GetNodeReference(INPUT)
    if image is not None:
        copy.SetReferenceImageGeometryParameterFromVolumeNode(image)
        copy.SetNodeReferenceID(INPUT, image.GetID())
    copy.SetAttribute(ROLE, "corrected")
    automatic.SetNodeReferenceID(CORRECTED, copy.GetID())
    into_folder(copy, folder_of(automatic))
    return copy

"""The box in which a model looked for its structure in a large volume: shown, and ready to be moved."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from UGMCLSegmentationLib.segmentation_run import report_of

ROLE, LOCATED = "UGMCL.Role", "located region"
REGION = "UGMCL.located"  # reference of a result to its box


def show_located(nodes: Any, parameters: Any) -> str:
    """Show the box of a result and choose it as the region; a sentence for the user, "" without a box.

    The region is not switched on: another volume is looked through as a whole. Who wants the box elsewhere
    moves it, ticks "Only inside", and segments again.
    """
    found = report_of(nodes).get("located")
    if not found:
        return ""
    low, high = found["box_ras_mm"][:3], found["box_ras_mm"][3:]
    roi = nodes.segmentation.GetNodeReference(REGION)
    if roi is None:
        roi = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", _("Region that was looked at"))
        roi.SetAttribute(ROLE, LOCATED)
        roi.CreateDefaultDisplayNodes()
        nodes.segmentation.SetNodeReferenceID(REGION, roi.GetID())
    roi.SetCenter([(a + b) / 2 for a, b in zip(low, high, strict=True)])
    roi.SetSize([b - a for a, b in zip(low, high, strict=True)])
    roi.SetAndObserveTransformNodeID(nodes.segmentation.GetTransformNodeID())
    if not parameters.useRegion:
        parameters.region = roi
    return _(
        "The structure was looked for first, in the whole image; it was segmented inside of the box "
        "({share} % of the image). If the box misses something, move it, tick “Only inside”, and segment "
        "again."
    ).format(share=round(100 * found["share"]))

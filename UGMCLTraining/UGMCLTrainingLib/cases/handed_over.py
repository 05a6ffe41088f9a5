"""Labels that the Segmentation module handed over: what was approved there, 255 where nobody looked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import slicer

from ugmcl.slicer.result_nodes import CORRECTED, INPUT, ROLE
from ugmcl.volumes.segment import terminology_from_entry
from UGMCLTrainingLib.cases.from_scene import SceneCase
from UGMCLTrainingLib.cases.project import Project
from UGMCLTrainingLib.cases.project_case import HANDED_OVER, LabelEntry
from UGMCLTrainingLib.ranking.correction import PROJECT, fingerprint
from UGMCLTrainingLib.ranking.correction import RETURNED as TAKEN

PARTIAL, LABEL = "partial label", "UGMCL.partialLabel"
NAMES = "UGMCL.SegmentNames"  # attribute of a label: JSON object of names by value


@dataclass(frozen=True)
class HandedOver:
    """A label that waits: the node, and the case that it makes."""

    label: Any
    case: SceneCase


def waiting(project: Project) -> list[HandedOver]:
    """Labels of the scene whose image is no case of this project yet."""
    found = []
    for segmentation in slicer.util.getNodesByClass("vtkMRMLSegmentationNode"):
        label = segmentation.GetNodeReference(LABEL)
        if label is None or label.GetAttribute(ROLE) != PARTIAL or label.GetImageData() is None:
            continue
        count = segmentation.GetNumberOfNodeReferences(INPUT)
        images = [segmentation.GetNthNodeReference(INPUT, n) for n in range(count)]
        if not images or None in images or images[0].GetAttribute(PROJECT) == str(project.folder):
            continue
        if label.GetAttribute(TAKEN) and label.GetAttribute(TAKEN) == fingerprint(label):
            continue
        case = SceneCase(tuple(images), label, value_names(label, segmentation), HANDED_OVER)
        found.append(HandedOver(label, case))
    return found


def value_names(label: Any, segmentation: Any) -> tuple[LabelEntry, ...]:
    """What the values of a label mean, as the Segmentation module wrote it, with the segments' codes."""
    try:
        names = {int(v): str(name) for v, name in json.loads(label.GetAttribute(NAMES) or "{}").items()}
    except (ValueError, AttributeError):
        names = {}  # then the user is asked
    parts = (segmentation.GetNodeReference(CORRECTED) or segmentation).GetSegmentation()
    segments = [parts.GetNthSegment(index) for index in range(parts.GetNumberOfSegments())]
    codes = {s.GetName(): terminology_from_entry(s.GetTerminology()) for s in segments if s.HasTerminology()}
    return tuple(LabelEntry(value, name, codes.get(name)) for value, name in sorted(names.items()))

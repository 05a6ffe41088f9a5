"""Labels that the Segmentation module handed over: what was approved there, 255 where nobody looked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import slicer

from ugmcl.slicer.result_nodes import CORRECTED, INPUT, ROLE
from ugmcl.volumes.segment import terminology_from_entry
from UGMCLTrainingLib.cases.from_scene import PROJECT, TAKEN, SceneCase, state_of
from UGMCLTrainingLib.cases.project import Project
from UGMCLTrainingLib.cases.project_case import HANDED_OVER, LabelEntry

PARTIAL, LABEL = "partial label", "UGMCL.partialLabel"


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
        if (
            label is None
            or label.GetAttribute(ROLE) != PARTIAL
            or label.GetAttribute(TAKEN) == state_of(label)
        ):
            continue
        count = segmentation.GetNumberOfNodeReferences(INPUT)
        images = [segmentation.GetNthNodeReference(INPUT, n) for n in range(count)]
        if not images or None in images or images[0].GetAttribute(PROJECT) == str(project.folder):
            continue
        case = SceneCase(tuple(images), label, value_names(segmentation), HANDED_OVER)
        found.append(HandedOver(label, case))
    return found


def value_names(segmentation: Any) -> tuple[LabelEntry, ...]:
    """What the values of its label mean: as the model numbers its segments, then those that a user added."""
    source = segmentation.GetNodeReference(CORRECTED) or segmentation
    values: dict[str, int] = {}
    entries: dict[int, LabelEntry] = {}
    for node in (segmentation, source):
        parts = node.GetSegmentation()
        for index in range(parts.GetNumberOfSegments()):
            segment_id, segment = parts.GetNthSegmentID(index), parts.GetNthSegment(index)
            if segment_id not in values:
                last = max([0, *values.values()])
                values[segment_id] = _own_value(segment_id) if node is segmentation else last + 1
            codes = terminology_from_entry(segment.GetTerminology()) if segment.HasTerminology() else None
            entries[values[segment_id]] = LabelEntry(values[segment_id], segment.GetName(), codes)
    return tuple(entries[value] for value in sorted(entries))


def _own_value(segment_id: str) -> int:
    """Our segment IDs end in the label's value."""
    match = re.search(r"(\d+)$", segment_id)
    return int(match[1]) if match else 0

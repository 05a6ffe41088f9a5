"""What a project's segments are before the user says anything about them."""

from __future__ import annotations

from collections.abc import Sequence

from ugmcl.data.label_values import numbered
from ugmcl.models.description import ModelPackage
from ugmcl.volumes.segment import Segment
from UGMCLTrainingLib.cases.meanings import with_new
from UGMCLTrainingLib.cases.project import Project


def segments_to_begin_with(project: Project, package: ModelPackage | None) -> Sequence[Segment] | None:
    """The start model's while no label was looked at, else those that labels name; None: leave them."""
    looked = any(case.entries for case in project.cases) or any(case.source for case in project.cases)
    if package is not None:
        return numbered(package.segments) if not project.segments or not looked else None
    if project.segments:
        return None
    segments: tuple[Segment, ...] = ()
    for case in project.cases:
        for entry in case.entries or ():
            if entry.name and entry.name.strip() not in {segment.name for segment in segments}:
                segments = with_new(segments, entry.name, entry)
    return segments

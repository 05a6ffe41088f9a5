"""What the panel says about the project's segments beside those of the starting model."""

from __future__ import annotations

from collections.abc import Sequence

from slicer.i18n import tr as _

from ugmcl.models.description import ModelPackage
from ugmcl.volumes.segment import Segment
from UGMCLTrainingLib.cases.meanings import against_model, meanings_of, table_of
from UGMCLTrainingLib.cases.project import Project


def segments_words(project: Project, package: ModelPackage | None) -> str:
    """One or two sentences; "" while there are no segments."""
    if not project.segments:
        return ""
    if package is None:
        return _("Segments: {names}.").format(names=_names(project.segments))
    new, lost = against_model(project.segments, package.segments)
    names = ", ".join(
        _("{name} (new: starts untrained)").format(name=s.name) if s in new else s.name
        for s in project.segments
    )
    text = _("Segments: {names}.").format(names=names)
    if lost:
        text += " " + _("The new model will no longer know {names}.").format(names=_names(lost))
    return text


def unused_segments(project: Project) -> list[Segment]:
    """Segments that no label shows; none while a label has not been looked at."""
    used: set[int] = set()
    labelled = [case for case in project.cases if case.source is not None]
    for case in labelled:
        if case.entries is None:
            return []
        table = table_of(meanings_of(case.entries, project.segments, project.meanings), project.segments)
        if table is None:
            return []
        used |= set(table.values())
    return [segment for segment in project.segments if segment.value not in used] if labelled else []


def _names(segments: Sequence[Segment]) -> str:
    return ", ".join(segment.name for segment in segments)

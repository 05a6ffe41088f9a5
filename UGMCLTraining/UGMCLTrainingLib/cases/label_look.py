"""Looks into label files, in a thread: which values they hold, and a copy in the project's values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ugmcl.data.finding import Finding
from ugmcl.data.label_values import IGNORE, check_range
from ugmcl.errors import UserError
from ugmcl.volumes.segment import Segment
from UGMCLTrainingLib.cases.meanings import meanings_of, table_of
from UGMCLTrainingLib.cases.project_case import LabelEntry, ProjectCase
from UGMCLTrainingLib.cases.project_files import stamp


@dataclass(frozen=True)
class Look:
    """A case as it is after the look, and the fault that prevented one."""

    case: ProjectCase
    fault: Finding | None = None


def look_at(
    case: ProjectCase, labels_folder: Path, segments: Sequence[Segment], told: Mapping[str, str]
) -> Look:
    """See to it that the case's label is in the project's values, or waits.

    Args:
        case: its files are read; only files in ``labels_folder`` are written.
        labels_folder: of the project.
        segments: the project's; told: what the user said that values mean.
    """
    if case.source is None:
        return Look(case)
    try:
        now = stamp(case.source)
        fresh = now is not None and now == case.looked and case.entries is not None
        if not fresh:
            case = replace(case, entries=entries_of(case.source, case.declared), looked=now, table=None)
        assert case.entries is not None
        table = table_of(meanings_of(case.entries, segments, told), segments)
        if table is None:
            return Look(replace(case, label=None, table=None))
        if table == _as_read(case.source, case.entries, segments):
            return Look(replace(case, label=case.source, table=None))
        pairs = tuple(sorted(table.items()))
        if not (case.table == pairs and case.label is not None and case.label.is_file()):
            label = labels_folder / f"{case.id}.nrrd"
            write_mapped(case.source, label, table)
            case = replace(case, label=label, table=pairs)
        return Look(case)
    except UserError as fault:
        return Look(case, Finding.from_error(case.id, fault))


def entries_of(label: Path, declared: Sequence[LabelEntry] = ()) -> tuple[LabelEntry, ...]:
    """The values that a label file holds (but 0 and 255), with the names that belong to them.

    Args:
        label: its own names, where it has some, count more than the declared ones.
        declared: by the data set that it came from.

    Raises:
        UserError: it cannot be read, or holds values that no label has.
    """
    from ugmcl.volumes.reading import read_label
    from ugmcl.volumes.segmentation_files import has_segments, read_segmentation

    known = {entry.value: entry for entry in declared}
    if label.is_file() and has_segments(label):
        volume, stored = read_segmentation(label)
        known |= {s.value: LabelEntry(s.value, s.name, s.terminology) for s in stored}
    else:
        volume = read_label(label)
    found = np.unique(volume.array)
    check_range(found, label)
    values = sorted({int(value) for value in found} - {0, IGNORE})
    return tuple(known.get(value, LabelEntry(value)) for value in values)


def write_mapped(source: Path, target: Path, table: Mapping[int, int]) -> None:
    """A copy of a label with other values, uint8; 0 and 255 stay.

    Raises:
        UserError: it cannot be read or written.
    """
    from ugmcl.volumes.reading import read_label
    from ugmcl.volumes.writing import write_image

    volume = read_label(source)
    lookup = np.zeros(IGNORE + 1, dtype=np.uint8)
    lookup[IGNORE] = IGNORE
    for old, new in table.items():
        lookup[old] = new
    array = lookup[volume.array[0].astype(np.uint8)]
    try:
        target.parent.mkdir(exist_ok=True)
    except OSError as fault:
        raise UserError(
            f"cannot be written ({fault.strerror})",
            target,
            "Check that you may write in the project's folder",
        ) from fault
    write_image(target, array, volume.affine)


def _as_read(source: Path, entries: Sequence[LabelEntry], segments: Sequence[Segment]) -> dict[int, int]:
    """What a training would take the file's values for (`ugmcl.data.label_values.read_class_label`)."""
    from ugmcl.volumes.segmentation_files import has_segments, read_segmentation

    values = {segment.value for segment in segments}
    if has_segments(source):
        stored = {segment.value: segment.name for segment in read_segmentation(source)[1]}
        by_name = {segment.name: segment.value for segment in segments}
        if all(name in by_name for name in stored.values()):
            return {entry.value: by_name[stored[entry.value]] for entry in entries}
    return {entry.value: entry.value if entry.value in values else -1 for entry in entries}

"""What the values of label files mean: segments found in files that no manifest describes, and their class.

The network's classes are 0 (background), 1, 2, … in the order of the data set's segments, whatever values the
files use. A .seg.nrrd says by name which segment a value is, so its numbers may differ from case to case.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from ugmcl.errors import UserError
from ugmcl.volumes.reading import read_label
from ugmcl.volumes.segment import Segment, default_color
from ugmcl.volumes.segmentation_files import has_segments, read_segmentation
from ugmcl.volumes.volume import Volume

IGNORE = 255


def find_segments(labels: Iterable[Path]) -> list[Segment]:
    """The segments of label files: by name where files hold names, else one for each value but 0 and 255.

    Raises:
        UserError: a file is no label, or a value is not in 0..255.
    """
    by_name: dict[str, Segment] = {}
    values: set[int] = set()
    for path in labels:
        if has_segments(path):
            for segment in read_segmentation(path)[1]:
                by_name.setdefault(segment.name, segment)
        else:
            found = np.unique(read_label(path).array)
            check_range(found, path)
            values.update(int(value) for value in found)
    values -= {0, IGNORE}
    if not by_name:
        return [Segment(value, f"segment {value}", default_color(value)) for value in sorted(values)]
    named = list(by_name.values())
    if len({segment.value for segment in named}) < len(named):
        named = [replace(segment, value=number) for number, segment in enumerate(named, 1)]
    known = {segment.value for segment in named}
    return named + [Segment(v, f"segment {v}", default_color(v)) for v in sorted(values - known)]


def numbered(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """The segments with their class 1, 2, … as value: as cache, network and model know them."""
    return tuple(replace(segment, value=number) for number, segment in enumerate(segments, 1))


def read_class_label(path: Path, segments: Sequence[Segment]) -> Volume:
    """A label with classes 0..C-1 and 255 for voxels.

    Args:
        path: the label file; values stand for segments by name in a .seg.nrrd, by value elsewhere.
        segments: of the data set, in the order of the classes.

    Returns:
        (1, z, y, x) uint8; read when asked for, UserError then for a value that stands for no segment.
    """
    if has_segments(path):
        volume, stored = read_segmentation(path)
        names = {segment.name: number for number, segment in enumerate(segments, 1)}
        by_value = {segment.value: number for number, segment in enumerate(segments, 1)}
        if all(segment.name in names for segment in stored):
            table = {segment.value: names[segment.name] for segment in stored}
        else:
            table = by_value
    else:
        volume = read_label(path)
        table = {segment.value: number for number, segment in enumerate(segments, 1)}
    return Volume(
        partial(_as_classes, volume, table),
        volume.affine,
        shape_zyx=volume.shape_zyx,
        channels=volume.channels,
        path=path,
        notes=volume.notes,
    )


def check_range(values: np.ndarray, path: Path | str) -> None:
    """Raise UserError for values that no label may have."""
    bad = values[(values < 0) | (values > IGNORE)]
    if bad.size:
        raise UserError(
            f"the label holds the value {int(bad[0])}",
            path,
            "Values are 0 to 254, and 255 for ignored voxels",
        )


def unknown_values(found: np.ndarray, known: Iterable[int]) -> list[int]:
    """Values of a label that neither name a segment nor are 0 or 255."""
    return sorted({int(value) for value in found} - set(known) - {0, IGNORE})


def _as_classes(volume: Volume, table: dict[int, int]) -> np.ndarray:
    array = volume.array
    assert volume.path is not None
    found = np.unique(array)
    check_range(found, volume.path)
    unknown = unknown_values(found, table)
    if unknown:
        raise UserError(
            f"the label holds the unknown value {', '.join(map(str, unknown))}",
            volume.path,
            "Name it among the data set's labels, or relabel these voxels (255 = ignore)",
        )
    lookup = np.zeros(256, dtype=np.uint8)
    lookup[IGNORE] = IGNORE
    for value, number in table.items():
        lookup[value] = number
    return lookup[array.astype(np.uint8)]

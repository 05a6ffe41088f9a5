"""A case's reference in the model's own label values, on the grid that a result lies on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ugmcl.data.label_values import read_class_label
from ugmcl.errors import UserError
from ugmcl.volumes.geometry import compare_grids
from ugmcl.volumes.resampling import resample
from ugmcl.volumes.segment import Segment
from ugmcl.volumes.volume import Volume

IGNORE = 255


def matched_classes(
    model: Sequence[Segment], dataset: Sequence[Segment], *, shared_only: bool = False
) -> dict[int, int]:
    """Class of the data set (1, 2, …) to label value of the model's segment of the same name.

    A data set that names no segment is matched by value. With ``shared_only`` the model's other segments are
    left out, as long as there is one in common.

    Raises:
        UserError: the model has a segment that the data set does not name.
    """
    by_name = {segment.name.casefold(): number for number, segment in enumerate(dataset, 1)}
    if all(segment.name == f"segment {segment.value}" for segment in dataset):  # found in files, unnamed
        by_value = {segment.value: number for number, segment in enumerate(dataset, 1)}
        if {segment.value for segment in model} <= set(by_value):
            return {by_value[segment.value]: segment.value for segment in model}
    matched = {}
    shared = any(segment.name.casefold() in by_name for segment in model)
    for segment in model:
        if segment.name.casefold() not in by_name:
            if shared_only and shared:
                continue
            named = ", ".join(s.name for s in dataset) or "none"
            raise UserError(
                f"the data set has no segment named {segment.name!r} (it has {named})",
                None,
                "Name its labels as the model's segments in the manifest",
            )
        matched[by_name[segment.name.casefold()]] = segment.value
    return matched


def read_reference(path: Path, dataset: Sequence[Segment], matched: dict[int, int]) -> Volume:
    """The label in the model's values, on its own grid; classes the model does not know are background."""
    label = read_class_label(path, dataset)
    lookup = np.zeros(256, np.uint8)
    lookup[IGNORE] = IGNORE
    for number, value in matched.items():
        lookup[number] = value
    return Volume(lookup[label.array], label.affine, path=path)


def on_grid_of(reference: Volume, image: Volume) -> NDArray[np.integer]:
    """(z, y, x): the reference's value at every voxel of ``image`` (nearest where the grids differ).

    Raises:
        UserError: the two lie apart in space.
    """
    found = compare_grids(image.shape_zyx, image.affine, reference.shape_zyx, reference.affine)
    if found.grade == "apart":
        raise UserError(
            "the reference lies elsewhere than the image", reference.path, "Check that they belong together"
        )
    if found.grade == "equal":
        return reference.array[0]
    return resample(
        reference.array, reference.affine, image.affine, image.shape_zyx, interpolation="nearest"
    )[0]

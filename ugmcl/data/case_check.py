"""What can be wrong inside one case's files: found by reading image and label once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ugmcl.data.case import Case
from ugmcl.data.finding import Finding
from ugmcl.data.label_values import IGNORE, check_range, read_class_label
from ugmcl.errors import UserError
from ugmcl.framing.statistics import turned_grid
from ugmcl.volumes import geometry
from ugmcl.volumes.reading import read_image, read_label
from ugmcl.volumes.segment import Segment
from ugmcl.volumes.volume import Volume


@dataclass
class CaseFacts:
    """What the check of all cases together needs of one.

    Attributes:
        findings: faults of this case.
        spacing_mm: x, y, z along L, P, S; None where the image cannot be read.
        size_xyz: likewise, in voxels.
        fingerprint: hash of the voxels in canonical orientation.
        classes: which classes the label holds.
    """

    findings: list[Finding] = field(default_factory=list)
    spacing_mm: tuple[float, float, float] | None = None
    size_xyz: tuple[int, int, int] | None = None
    fingerprint: str | None = None
    classes: set[int] = field(default_factory=set)


def check_case(case: Case, channels: Sequence[str], segments: Sequence[Segment] | None) -> CaseFacts:
    """Reads the case and lists its faults.

    Args:
        case: an unlabelled case's label is not read.
        channels: of the data set.
        segments: of the data set; None where its labels cannot be read, then values are not compared.
    """
    facts = CaseFacts()
    if len(case.images) != len(channels):
        facts.findings.append(
            Finding(
                "error",
                case.id,
                f"{len(case.images)} channel(s), {len(channels)} expected ({', '.join(channels)})",
                "Add the missing file, or exclude the case",
            )
        )
    try:
        image = read_image(list(case.images))
        _check_image(case, image, facts)
    except UserError as error:
        facts.findings.append(Finding.from_error(case.id, error))
        image = None
    if case.uses_label and case.label is not None:
        try:
            label = read_label(case.label) if segments is None else read_class_label(case.label, segments)
            if image is not None:
                _check_grid(case, image, label, facts)
            _check_label(case, label, facts, named=segments is not None)
        except UserError as error:
            facts.findings.append(Finding.from_error(case.id, error))
    return facts


def _check_image(case: Case, image: Volume, facts: CaseFacts) -> None:
    shape, affine = turned_grid(image.shape_zyx, image.affine, "LPS")
    z, y, x = shape
    facts.spacing_mm, facts.size_xyz = geometry.spacing_mm(affine), (x, y, z)
    facts.findings += [Finding("note", case.id, note) for note in image.notes]
    array = image.array
    bad = int(array.size - np.count_nonzero(np.isfinite(array))) if array.dtype.kind == "f" else 0
    if bad:
        facts.findings.append(
            Finding(
                "error",
                case.id,
                f"the image has {bad} voxels that are not numbers (NaN or infinite)",
                "Replace them, for example by the background value",
            )
        )
    elif any(channel.min() == channel.max() for channel in array):
        facts.findings.append(
            Finding("warning", case.id, "the image has the same value everywhere", "Look at the file")
        )
    turned, _ = geometry.reorient(array, image.affine, "LPS")
    digest = hashlib.sha256(str(turned.shape).encode())
    digest.update(np.ascontiguousarray(turned, dtype=np.float32).tobytes())
    facts.fingerprint = digest.hexdigest()


def _check_grid(case: Case, image: Volume, label: Volume, facts: CaseFacts) -> None:
    """Three grades: equal within tolerance, another grid that overlaps, elsewhere (with both extents)."""
    image_grid = turned_grid(image.shape_zyx, image.affine, "LPS")
    label_grid = turned_grid(label.shape_zyx, label.affine, "LPS")
    comparison = geometry.compare_grids(*image_grid, *label_grid)
    if comparison.grade == "resample":
        facts.findings.append(
            Finding(
                "warning",
                case.id,
                f"the label's grid differs from the image's ({comparison.message}); it will be resampled",
                "Look whether it lies right, or export it with the image as reference geometry",
            )
        )
    elif comparison.grade == "apart":
        facts.findings.append(
            Finding(
                "error",
                case.id,
                f"the label does not lie on the image: the image spans {_span(*image_grid)}, "
                f"the label {_span(*label_grid)} (LPS, mm)",
                "Export the label with the image as reference geometry",
            )
        )


def _check_label(case: Case, label: Volume, facts: CaseFacts, named: bool) -> None:
    found = np.unique(label.array)
    check_range(found, case.label or case.id)
    facts.classes = {int(value) for value in found} - {0, IGNORE}
    if set(found.tolist()) == {IGNORE}:
        facts.findings.append(
            Finding("error", case.id, "every voxel of the label is 255 (ignored)", "Make the case unlabelled")
        )
    elif not facts.classes:
        facts.findings.append(
            Finding(
                "warning",
                case.id,
                "the label is empty (no segment in it)",
                "Keep it only if the structure is absent in this image; otherwise export the label again",
            )
        )


def _span(shape_zyx: Sequence[int], affine: np.ndarray) -> str:
    corners = geometry.corner_indices(shape_zyx) @ affine.T[:, :3]
    low, high = corners.min(axis=0), corners.max(axis=0)
    return " x ".join(f"{a:.0f}..{b:.0f}" for a, b in zip(low, high, strict=True))

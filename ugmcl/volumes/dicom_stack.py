"""A DICOM series' slices as one grid: their order, their axes, and what stands against it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ugmcl.errors import UserError
from ugmcl.volumes.dicom_headers import Frame

_SAME_AXES = 1e-3  # cosines and, relatively, spacings of one series agree to this
_EVEN, _TOLERATED = 0.02, 0.10  # of the distance between slices: nothing said; accepted with a note
_SAME_PLACE_MM = 1e-3


def stack(where: Path, frames: Sequence[Frame]) -> tuple[list[Frame], np.ndarray, tuple[str, ...]]:
    """Order slices along the normal and find the grid they form.

    Args:
        where: folder or file, for messages.
        frames: at least one, in any order.

    Returns:
        The frames in the order of their positions, the affine (voxel index x along a row, y along a column,
        z from slice to slice; a tilted gantry gives a sheared one) and remarks.

    Raises:
        UserError: slices are missing, unevenly spaced, at one place, or differ in orientation or spacing.
    """
    if len(frames) < 2:
        raise UserError("holds a single slice", where, "Give a series of at least two slices")
    row, column = _common_axes(where, frames)
    normal = np.cross(row, column)
    heights = np.array([np.dot(frame.position, normal) for frame in frames])
    order = np.argsort(heights, kind="stable")
    ordered = [frames[i] for i in order]
    gaps = np.diff(heights[order])
    _check_gaps(where, gaps)
    positions = np.array([frame.position for frame in ordered])
    step, notes = _even_step(where, positions)
    affine = np.eye(4)
    affine[:3, 0] = row * ordered[0].spacing[1]
    affine[:3, 1] = column * ordered[0].spacing[0]
    affine[:3, 2] = step
    affine[:3, 3] = positions[0]
    return ordered, affine, notes


def _common_axes(where: Path, frames: Sequence[Frame]) -> tuple[np.ndarray, np.ndarray]:
    first = frames[0]
    values = np.array(
        [[*frame.orientation, *frame.spacing, *frame.position, *frame.rescale] for frame in frames]
    )
    if not np.isfinite(values).all():
        raise UserError("has a slice whose place is not a number", where, "Export the series again")
    turned = (np.abs(values[:, :6] - first.orientation) > _SAME_AXES).any(axis=1)
    if turned.any():
        raise UserError(
            f"holds slices of different orientation ({int(turned.sum())} of {len(frames)} unlike the first)",
            where,
            "Move the overview (localizer) slices, or each stack, into a folder of its own",
        )
    spacing = np.asarray(first.spacing)
    if (spacing <= 0).any() or (np.abs(values[:, 6:8] - spacing) > _SAME_AXES * spacing).any():
        raise UserError("holds slices of zero or different pixel spacing", where, "Export the series again")
    row, column = np.asarray(first.orientation[:3]), np.asarray(first.orientation[3:])
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    if max(abs(n - 1.0) for n in lengths) > 0.01 or abs(row @ column) > 0.01:
        raise UserError(
            "has an orientation that makes no sense (ImageOrientationPatient)", where, "Export it again"
        )
    return row / lengths[0], column / lengths[1]


def _check_gaps(where: Path, gaps: np.ndarray) -> None:
    usual = float(np.median(gaps))
    together = int((gaps < max(_SAME_PLACE_MM, 0.01 * usual)).sum())
    if together:
        raise UserError(
            f"holds several slices at the same place ({together} of {len(gaps) + 1})",
            where,
            "Time points, echoes or repeats: give one of them, in a folder of its own",
        )
    multiples = gaps / usual
    wide = np.flatnonzero(
        (multiples > 1.5) & (np.abs(multiples - np.rint(multiples)) < 0.1 * np.rint(multiples))
    )
    if len(wide):
        missing = int(sum(round(multiples[i]) - 1 for i in wide))
        after = ", ".join(str(i + 1) for i in wide[:5])
        raise UserError(
            f"lacks {missing} slice{'s' if missing > 1 else ''}: a gap follows slice {after} of the "
            f"{len(gaps) + 1} found (slices are {usual:.4g} mm apart)",
            where,
            "Export the whole series again",
        )


def _even_step(where: Path, positions: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """The mean step from slice to slice, by which every slice must be met."""
    count = len(positions)
    step = (positions[-1] - positions[0]) / (count - 1)
    ideal = positions[0] + np.arange(count)[:, None] * step
    off = np.linalg.norm(positions - ideal, axis=1)
    distance = float(np.linalg.norm(step))
    worst = int(off.argmax())
    if off[worst] > _TOLERATED * distance:
        raise UserError(
            f"is unevenly spaced: slice {worst + 1} of {count} lies {off[worst]:.3g} mm from where "
            f"even steps of {distance:.4g} mm put it",
            where,
            "Resample it first (Slicer does so while loading: 'acquisition geometry regularization')",
        )
    if off[worst] > _EVEN * distance:
        return step, (f"slices are spaced unevenly by up to {off[worst]:.2g} mm; taken as even",)
    return step, ()

"""Grids in space: affines map the voxel index (x, y, z, 1) to LPS in mm; columns are the grid's axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

import numpy as np

EQUAL_VOXELS = 0.05  # two grids are the same when no corner differs by more than this share of a voxel
_CODES = (("R", "L"), ("A", "P"), ("I", "S"))  # where -, + of LPS x, y, z point to


def make_affine(
    spacing: Sequence[float] | np.ndarray, direction: np.ndarray, origin: Sequence[float] | np.ndarray
) -> np.ndarray:
    """(4, 4) from spacing in mm (x, y, z), direction (3, 3; unit vectors as columns), origin in LPS mm."""
    affine = np.eye(4)
    affine[:3, :3] = np.asarray(direction, dtype=np.float64).reshape(3, 3) * np.asarray(
        spacing, dtype=np.float64
    )
    affine[:3, 3] = origin
    return affine


def spacing_mm(affine: np.ndarray) -> tuple[float, float, float]:
    """Distance between voxel centres along x, y, z: the lengths of the affine's columns."""
    x, y, z = (float(np.linalg.norm(column)) for column in np.asarray(affine)[:3, :3].T)
    return (x, y, z)


def direction(affine: np.ndarray) -> np.ndarray:
    """(3, 3): columns are unit vectors along the grid's x, y, z axes in LPS."""
    return np.asarray(affine, dtype=np.float64)[:3, :3] / np.asarray(spacing_mm(affine))


def shear(affine: np.ndarray) -> float:
    """Largest cosine between two of the grid's axes: 0 for right angles; over 1e-3 counts as sheared here."""
    axes = direction(affine)
    products = axes.T @ axes
    return float(np.abs(products[np.triu_indices(3, 1)]).max())


def axis_order(affine: np.ndarray) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """For each patient axis (L, P, S): the grid axis (0 = x) closest to it and that axis' sign (1 or -1).

    The three grid axes are shared out once each, so that the sum of the cosines is largest.
    """
    axes = direction(affine)
    best = max(permutations(range(3)), key=lambda order: sum(abs(axes[i, j]) for i, j in enumerate(order)))
    a, b, c = (1 if axes[i, j] >= 0 else -1 for i, j in enumerate(best))
    return (best[0], best[1], best[2]), (a, b, c)


def axis_codes(affine: np.ndarray) -> str:
    """Where the grid's x, y, z axes point to, to the nearest patient axis: "LPS" for the identity."""
    order, signs = axis_order(affine)
    letters = [""] * 3
    for patient_axis, (grid_axis, sign) in enumerate(zip(order, signs, strict=True)):
        letters[grid_axis] = _CODES[patient_axis][sign > 0]
    return "".join(letters)


def reorient(
    array: np.ndarray, affine: np.ndarray, orientation: str = "LPS"
) -> tuple[np.ndarray, np.ndarray]:
    """Flip and permute axes until they point to ``orientation``, without touching a voxel's place in space.

    Args:
        array: (channel, z, y, x).
        affine: its affine.
        orientation: three letters, one of each pair L/R, P/A, S/I, for x, y, z ("LPS", "RAS", "PIR", …).

    Returns:
        A view (channel, z, y, x) of the same memory, and its affine. The inverse is
        ``reorient(result, result_affine, axis_codes(affine))``.
    """
    order, signs = _steps(affine, orientation)
    size = np.array(array.shape[:0:-1])  # x, y, z
    change = np.zeros((4, 4))
    change[3, 3] = 1.0
    for new, (old, sign) in enumerate(zip(order, signs, strict=True)):
        change[old, new] = sign
        change[old, 3] = 0 if sign > 0 else size[old] - 1
    view = array.transpose(0, *(3 - order[2 - k] for k in range(3)))  # array axis 3 is x, 1 is z
    flips = [slice(None)] + [slice(None, None, signs[2 - k]) for k in range(3)]
    return view[tuple(flips)], np.asarray(affine, dtype=np.float64) @ change


def _steps(affine: np.ndarray, orientation: str) -> tuple[list[int], list[int]]:
    """For each new axis x, y, z: the old grid axis it is, and 1, or -1 where it must be turned around."""
    order, signs = axis_order(affine)
    chosen, turns = [], []
    for letter in orientation.upper():
        patient_axis = next((i for i, pair in enumerate(_CODES) if letter in pair), None)
        if patient_axis is None or order[patient_axis] in chosen:
            raise ValueError(f"orientation {orientation!r} is not three letters of L/R, P/A and S/I")
        wanted = 1 if letter == _CODES[patient_axis][1] else -1
        chosen.append(order[patient_axis])
        turns.append(wanted * signs[patient_axis])
    if len(chosen) != 3:
        raise ValueError(f"orientation {orientation!r} is not three letters of L/R, P/A and S/I")
    return chosen, turns


@dataclass(frozen=True)
class GridComparison:
    """How grid b lies to grid a: equal, to ``resample`` (they overlap) or apart; and that in words."""

    grade: Literal["equal", "resample", "apart"]
    message: str


def compare_grids(
    shape_a: Sequence[int], affine_a: np.ndarray, shape_b: Sequence[int], affine_b: np.ndarray
) -> GridComparison:
    """Compare two grids given by shape (z, y, x) and affine, by where their corners lie in space."""
    same_shape = tuple(shape_a) == tuple(shape_b)
    if same_shape:
        corners = corner_indices(shape_a)
        gap = np.linalg.norm(corners @ (np.asarray(affine_a) - np.asarray(affine_b)).T[:, :3], axis=1).max()
        if gap <= EQUAL_VOXELS * min(spacing_mm(affine_a)):
            return GridComparison("equal", "same grid")
    share = overlap_share(shape_a, affine_a, shape_b, affine_b)
    if share == 0.0:
        return GridComparison("apart", "the two grids do not overlap in space")
    if same_shape:
        difference = f"same size, but corners lie up to {gap:.3g} mm apart"
    else:
        difference = f"size {_size(shape_b)} instead of {_size(shape_a)}"
    return GridComparison("resample", f"{difference}; {share:.0%} of it lies inside")


def corner_indices(shape_zyx: Sequence[int]) -> np.ndarray:
    """(8, 4) homogeneous indices (x, y, z, 1) of the centres of a grid's corner voxels."""
    z, y, x = (n - 1 for n in shape_zyx)
    return np.array([(i, j, k, 1.0) for i in (0, x) for j in (0, y) for k in (0, z)])


def overlap_share(
    shape_a: Sequence[int], affine_a: np.ndarray, shape_b: Sequence[int], affine_b: np.ndarray
) -> float:
    """Share of grid b's volume that lies inside grid a, from at most 24 samples along each axis."""
    axes = [(np.arange(m) + 0.5) * n / m - 0.5 for n in reversed(list(shape_b)) for m in (min(n, 24),)]
    points = np.stack([*np.meshgrid(*axes, indexing="ij"), np.ones([len(a) for a in axes])], axis=-1).reshape(
        -1, 4
    )
    index = points @ (np.linalg.inv(affine_a) @ affine_b).T[:, :3]
    size = np.array(list(reversed(list(shape_a))))
    inside = ((index >= -0.5) & (index <= size - 0.5)).all(axis=1)
    return float(inside.mean())


def _size(shape_zyx: Sequence[int]) -> str:
    return " x ".join(str(n) for n in reversed(list(shape_zyx)))

"""The InputSpec that fits a data set: its median spacing and a patch of its size, from the files' headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, prod
from typing import Any

import numpy as np

from ugmcl.data.case import Case, Dataset
from ugmcl.errors import UserError
from ugmcl.framing.spec import InputSpec, Normalisation
from ugmcl.framing.statistics import turned_grid
from ugmcl.volumes.geometry import spacing_mm
from ugmcl.volumes.reading import read_image

LARGEST_PATCH = 112 * 112 * 80  # voxels, the paper's patch
STEP = 16  # the network halves its input four times
KEYS = ("spacing_mm", "patch", "modality", "normalisation", "clip_percentiles", "orientation", "channels")


def plan_spec(dataset: Dataset, overrides: Mapping[str, Any] | InputSpec | None = None) -> InputSpec:
    """How the data set is framed.

    Args:
        dataset: its training cases count (all, where there is none).
        overrides: an InputSpec (of the model to start from), which is taken as it is; or values of `KEYS`
            that replace the planned ones, None meaning planned, except that a ``clip_percentiles`` of None
            means no clipping. ``spacing_mm`` may be ``"median"`` (planned) or ``"keep"`` (each volume's own),
            ``normalisation`` is a kind's name.

    Raises:
        UserError: the starting model's channels are not the data set's, an unknown key, unreadable headers.
    """
    if isinstance(overrides, InputSpec):
        if len(overrides.channels) != len(dataset.channels):
            raise UserError(
                f"{len(dataset.channels)} channel(s) ({', '.join(dataset.channels)}), but the model takes "
                f"{len(overrides.channels)} ({', '.join(overrides.channels)})",
                dataset.name,
                "Start from another model, or from none",
            )
        return overrides
    wishes = dict(overrides or {})
    unknown = sorted(wishes.keys() - set(KEYS))
    if unknown:
        raise UserError(f"unknown input setting {unknown[0]!r}", None, f"Choose from {', '.join(KEYS)}")
    orientation = wishes.get("orientation") or "LPS"
    cases = dataset.with_role("labelled", "unlabelled") or dataset.with_role("validation", "test")
    spacings, extents = _grids(cases, orientation)
    wish = wishes.get("spacing_mm")
    if isinstance(wish, str) and wish not in ("median", "keep"):
        raise UserError(f"spacing_mm {wish!r}", None, "Give three lengths in mm, median or keep")
    median = [round(float(value), 6) for value in np.median(spacings, axis=0)]
    spacing = None if wish == "keep" else median if wish in (None, "median") else wish
    sides = np.median(extents / (spacings if spacing is None else np.asarray(spacing)), axis=0)
    clip = wishes.get("clip_percentiles", Normalisation().clip_percentiles)
    return InputSpec.from_json(
        {
            "modality": wishes.get("modality") or dataset.modality or ", ".join(dataset.channels),
            "channels": wishes.get("channels") or dataset.channels,
            "spacing_mm": spacing,
            "patch": wishes.get("patch") or plan_patch(sides),
            "orientation": orientation,
            "normalisation": {
                "kind": wishes.get("normalisation") or "zscore",
                "clip_percentiles": None if clip is None else list(clip),
            },
        }
    )


def plan_patch(sides_xyz: Sequence[float] | np.ndarray) -> tuple[int, int, int]:
    """Patch (x, y, z): the sides rounded up to multiples of 16, the longest cut down to the paper's size."""
    patch = [max(STEP, STEP * ceil(float(side) / STEP - 1e-6)) for side in sides_xyz]
    while prod(patch) > LARGEST_PATCH:
        patch[int(np.argmax(patch))] -= STEP
    x, y, z = patch
    return (x, y, z)


def _grids(cases: Sequence[Case], orientation: str) -> tuple[np.ndarray, np.ndarray]:
    """Spacing and extent in mm, (case, xyz), along the axes of ``orientation``."""
    if not cases:
        raise UserError("the data set has no cases to plan by", None, "Give some cases a role but excluded")
    spacings, extents = [], []
    for case in cases:
        try:
            volume = read_image(list(case.images))
        except UserError as error:
            raise UserError(error.what, f"case {case.id}, {error.where}", error.remedy) from error
        shape, affine = turned_grid(volume.shape_zyx, volume.affine, orientation)
        spacing = np.array(spacing_mm(affine))
        spacings.append(spacing)
        extents.append(spacing * shape[::-1])
    return np.array(spacings), np.array(extents)

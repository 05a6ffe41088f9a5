"""The rim of doubt that every surface carries, as a function of the distance to it (methods.md 7.5, step 3).

Two ways to know it: from validation voxels that were classified correctly (stored with the model), or
from the case itself. Both are medians per distance bin and side, taken from histograms, so that a whole
validation set is summed without keeping its voxels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

EDGES_H = np.concatenate([np.arange(0.5, 5.01, 0.5), np.arange(6.0, 20.1, 1.0)])  # in units of h
BINS = EDGES_H.size + 1
LEVELS = 4096  # resolution of the medians: 1 / 4095
SMALLEST_BIN = 200  # voxels; smaller bins merge with their neighbour
SMALLEST_SPREAD = 0.02
MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True)
class RimProfile:
    """Expected uncertainty m and its spread g per side (0 outside, 1 inside the foreground) and distance bin.

    ``median`` and ``spread`` are (2, BINS); bins are `EDGES_H`, distances in units of h.
    """

    median: NDArray[np.float64]
    spread: NDArray[np.float64]

    def expected(self, distance_h: NDArray, inside: NDArray[np.bool_]) -> NDArray[np.float32]:
        """m + 2 g of every voxel: the uncertainty that its place explains."""
        explained = (self.median + 2.0 * self.spread).astype(np.float32)
        return explained[inside.astype(np.uint8), np.digitize(distance_h, EDGES_H)]

    def to_json(self) -> dict[str, Any]:
        return {
            "edges_h": EDGES_H.tolist(),
            **{
                side: {"median": self.median[i].tolist(), "spread": self.spread[i].tolist()}
                for i, side in enumerate(("outside", "inside"))
            },
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> RimProfile:
        """Read what `to_json` wrote; raises ValueError when the bins are others than ours."""
        edges = np.asarray(stored["edges_h"], dtype=np.float64)
        if edges.shape != EDGES_H.shape or not np.allclose(edges, EDGES_H):
            raise ValueError("the rim profile has other distance bins than this version reads")
        sides = ("outside", "inside")
        return cls(*(np.array([stored[side][key] for side in sides]) for key in ("median", "spread")))


@dataclass
class RimHistogram:
    """Counts of uncertainty per side and distance bin; add cases, then ask for the profile."""

    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros((2, BINS, LEVELS), dtype=np.int64))

    def add(
        self,
        uncertainty: NDArray,
        distance_h: NDArray,
        inside: NDArray[np.bool_],
        where: NDArray[np.bool_] | None = None,
    ) -> None:
        """Count the voxels of one case, (z, y, x) each; ``where`` picks some (the correct ones)."""
        for z in range(uncertainty.shape[0]):  # slice by slice: the joint index is 8 bytes a voxel
            keep = slice(None) if where is None else where[z].ravel()
            level = np.rint(np.clip(uncertainty[z].ravel()[keep], 0.0, 1.0) * (LEVELS - 1)).astype(np.int64)
            bin_ = np.digitize(distance_h[z].ravel()[keep], EDGES_H)
            joint = (inside[z].ravel()[keep] * BINS + bin_) * LEVELS + level
            self.counts += np.bincount(joint, minlength=self.counts.size).reshape(self.counts.shape)

    def profile(self) -> RimProfile:
        """Medians made non-increasing with distance (isotonic, weighted by voxels) and spreads per bin."""
        median, spread = np.zeros((2, BINS)), np.full((2, BINS), SMALLEST_SPREAD)
        for side in range(2):
            voxels = self.counts[side].sum(axis=1)
            if voxels.sum() == 0:
                continue
            groups = _merge_small(voxels)
            counts = np.stack([self.counts[side][group].sum(axis=0) for group in groups])
            found = np.array([_median_and_spread(c) for c in counts])
            smooth = isotonic_regression(found[:, 0], weights=counts.sum(axis=1), increasing=False).x
            for group, m, g in zip(groups, smooth, found[:, 1], strict=True):
                median[side][group], spread[side][group] = m, g
        return RimProfile(median, spread)


def flat_profile(uncertainty: NDArray) -> RimProfile:
    """Without any predicted foreground there is no distance: the case's median and spread everywhere."""
    level = np.rint(np.clip(uncertainty.ravel(), 0.0, 1.0) * (LEVELS - 1)).astype(np.int64)
    m, g = _median_and_spread(np.bincount(level, minlength=LEVELS))
    return RimProfile(np.full((2, BINS), m), np.full((2, BINS), g))


def _merge_small(voxels: NDArray) -> list[slice]:
    """Runs of neighbouring bins with at least `SMALLEST_BIN` voxels each (one run if there are fewer)."""
    groups: list[slice] = []
    start, total = 0, 0
    for i, count in enumerate(voxels):
        total += count
        if total >= SMALLEST_BIN:
            groups.append(slice(start, i + 1))
            start, total = i + 1, 0
    if not groups:
        return [slice(0, len(voxels))]
    groups[-1] = slice(groups[-1].start, len(voxels))  # what is left over joins the last one
    return groups


def _median_and_spread(counts: NDArray) -> tuple[float, float]:
    """Median of a histogram of levels and max(1.4826 MAD, 0.02)."""
    values = np.arange(LEVELS) / (LEVELS - 1)
    median = _weighted_median(values, counts)
    deviation = np.abs(values - median)
    order = np.argsort(deviation, kind="stable")
    mad = _weighted_median(deviation[order], counts[order])
    return median, max(MAD_TO_SIGMA * mad, SMALLEST_SPREAD)


def _weighted_median(values: NDArray, counts: NDArray) -> float:
    """Median of ``values`` (ascending) that occur ``counts`` times; of an even total the middle two."""
    below = np.cumsum(counts)
    total = int(below[-1])
    if total == 0:
        return 0.0
    middle = [(total - 1) // 2, total // 2]
    return float(np.mean(values[np.searchsorted(below, middle, side="right")]))

"""A draw of flips and quarter turns, applied to patches and undone on a network's output."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ugmcl.transforms.flips import draw_flips, flip
from ugmcl.transforms.quarter_turns import Turn, draw_turns, turn, turn_back


@dataclass(frozen=True)
class Symmetry:
    """Quarter turns first, then flips; exact, so labels and distances are moved, not computed again.

    Attributes:
        turns: plane and number of quarter turns, in order.
        flips: names of axes.
    """

    turns: tuple[Turn, ...] = ()
    flips: tuple[str, ...] = ()

    def apply(self, array: Any) -> Any:
        """NumPy array or tensor (..., z, y, x), moved; a view where NumPy can."""
        return flip(turn(array, self.turns), self.flips)

    def undo(self, array: Any) -> Any:
        """Inverse of `apply`."""
        return turn_back(flip(array, self.flips), self.turns)


def draw_symmetry(
    flip_axes: Iterable[str],
    rotate_planes: Iterable[str],
    patch_zyx: Sequence[int],
    spacing_zyx: Sequence[float],
    random: np.random.Generator,
) -> Symmetry:
    """Independent flips with probability one half and quarter turns in the named planes (`draw_turns`)."""
    turns = draw_turns(rotate_planes, patch_zyx, spacing_zyx, random)
    return Symmetry(turns, draw_flips(flip_axes, random))

"""What a user changed: voxels added and removed, segment by segment, everywhere or in one region (numpy)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Change:
    """Voxels ``added`` to a segment and ``removed`` from it."""

    segment: str
    added: int
    removed: int

    @property
    def any(self) -> bool:
        """Whether anything changed."""
        return self.added + self.removed > 0


def change_of(
    segment: str,
    before: NDArray[np.bool_],
    after: NDArray[np.bool_],
    within: NDArray[np.bool_] | None = None,
) -> Change:
    """The change of one segment.

    Args:
        segment: its name.
        before, after: masks (z, y, x) of the automatic and the corrected one.
        within: count only there.
    """
    added, removed = after & ~before, before & ~after
    if within is not None:
        added, removed = added & within, removed & within
    return Change(segment, int(np.count_nonzero(added)), int(np.count_nonzero(removed)))

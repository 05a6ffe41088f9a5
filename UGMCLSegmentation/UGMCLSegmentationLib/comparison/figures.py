"""The metrics of every pair of segments, computed on the image's grid: numpy and scipy only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import slicer
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.geometry import ijk_to_lps
from UGMCLSegmentationLib.comparison.matching import Matching, match_segments

Row = dict[str, Any]


def prepared_comparison(result: Any, reference: Any, volume: Any) -> tuple[Matching, Callable[[], list[Row]]]:
    """Take the masks out of the nodes (in Slicer's thread) and return the work for another thread.

    Args:
        result, reference: segmentation nodes.
        volume: the image; its grid is where both are compared.

    Returns:
        The matching, and a function that computes one row a pair: ``segment``, ``matched_by`` and the metrics
        of `ugmcl.metrics.case.mask_metrics` (mm, mL).

    Raises:
        UserError: nothing can be compared.
    """
    if reference is None or reference is result:
        raise UserError(_("no reference segmentation is chosen"), None, _("Choose an expert's segmentation"))
    if volume is None or volume.GetImageData() is None:
        raise UserError(_("the image of this result is gone"), result.GetName(), _("Load it again"))
    matching = match_segments(result, reference)
    if not matching.pairs:
        raise UserError(
            _("no structure has the same name or code in both ({mine} / {theirs})").format(
                mine=", ".join(matching.only_result), theirs=", ".join(matching.only_reference)
            ),
            reference.GetName(),
            _("Rename the segments of one of them"),
        )
    masks = [
        (_mask(result, pair.result_id, volume), _mask(reference, pair.reference_id, volume))
        for pair in matching.pairs
    ]
    spacing_zyx = np.linalg.norm(ijk_to_lps(volume)[:3, :3], axis=0)[::-1]

    def compute() -> list[Row]:
        from ugmcl.metrics.case import mask_metrics

        return [
            {"segment": pair.name, "matched_by": pair.matched_by, **mask_metrics(mine, theirs, spacing_zyx)}
            for pair, (mine, theirs) in zip(matching.pairs, masks, strict=True)
        ]

    return matching, compute


def mean_row(rows: Sequence[Row]) -> Row:
    """Means over the segments that have figures; volumes are summed."""
    from ugmcl.metrics.case import METRICS, VOLUMES

    found: Row = {"segment": _("mean"), "matched_by": "", "empty": ""}
    for name in METRICS:
        values = [row[name] for row in rows if row[name] is not None]
        found[name] = (sum(values) if name in VOLUMES else float(np.mean(values))) if values else None
    return found


def _mask(node: Any, segment_id: str, volume: Any) -> np.ndarray:
    """(z, y, x) on the volume's grid; a copy that no edit can change."""
    array = slicer.util.arrayFromSegmentBinaryLabelmap(node, segment_id, volume)
    if array is None:  # an empty segment
        nx, ny, nz = volume.GetImageData().GetDimensions()
        return np.zeros((nz, ny, nx), dtype=bool)
    return np.array(array, dtype=bool)

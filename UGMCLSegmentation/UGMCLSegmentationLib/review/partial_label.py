"""What a user has approved as a label for training: 255 (ignore) wherever nobody looked."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.geometry import ijk_to_lps, set_ijk_to_lps
from ugmcl.slicer.result_nodes import CORRECTED as COPY
from ugmcl.slicer.result_nodes import INPUT, ROLE, ResultNodes
from UGMCLSegmentationLib.review import log
from UGMCLSegmentationLib.review.masks import mask_of, segment_changes, segment_names
from UGMCLSegmentationLib.review.region_table import CORRECTED, OPEN, region_rows

IGNORE = 255
LABEL = "UGMCL.partialLabel"
NAMES = "UGMCL.SegmentNames"  # attribute of the label: JSON object of names by value


def approved_label(labels: NDArray[np.uint8], approved: NDArray[np.bool_] | None) -> NDArray[np.uint8]:
    """The label (z, y, x) with 255 outside of the approved voxels; None approves all."""
    if approved is None:
        return labels.copy()
    return np.where(approved, labels, IGNORE).astype(np.uint8)


def approved_voxels(
    regions: NDArray[np.integer] | None, ranks: Sequence[int], changed: NDArray[np.bool_] | None
) -> NDArray[np.bool_] | None:
    """Voxels of the decided regions and those that the user changed; None where there is neither.

    Args:
        regions: (z, y, x), each voxel's region by rank.
        ranks: of the accepted or corrected ones.
        changed: where a correction outside of a region was noted.
    """
    inside = np.isin(regions, list(ranks)) if regions is not None and ranks else None
    if inside is None or changed is None:
        return changed if inside is None else inside
    return inside | changed


def label_steps(nodes: ResultNodes, report: dict[str, Any]) -> Generator[float, None, Any]:
    """A label volume in the scene that the Training module takes; made anew or renewed.

    The whole result counts where it was accepted as a whole and nothing was opened again since.

    Yields:
        The share that is done, segment by segment; returns the node.

    Raises:
        UserError: nothing was approved, or the image is gone.
    """
    automatic, image = nodes.segmentation, nodes.segmentation.GetNodeReference(INPUT)
    if image is None:
        raise UserError(_("the image of this result is gone"), automatic.GetName(), _("Load it again"))
    source = automatic.GetNodeReference(COPY) or automatic
    approved = None
    if not log.whole_accepted(log.log_rows(automatic)):
        approved = yield from _approved_steps(nodes, report, source, image)
        if approved is None or not approved.any():
            raise UserError(
                _("no region was accepted or corrected"), automatic.GetName(), _("Decide about one first")
            )
    values = _values(automatic, source)
    labels = yield from _value_steps(values, source, image)
    node = _label_node(automatic)
    names = segment_names(source)
    node.SetAttribute(
        NAMES, json.dumps({str(value): names[name] for name, value in values.items() if name in names})
    )
    slicer.util.updateVolumeFromArray(node, approved_label(labels, approved))
    set_ijk_to_lps(node, ijk_to_lps(image))
    node.SetAndObserveTransformNodeID(image.GetTransformNodeID())
    return node


def _approved_steps(
    nodes: ResultNodes, report: dict[str, Any], source: Any, image: Any
) -> Generator[float, None, NDArray[np.bool_] | None]:
    """Voxels of decided regions, and those changed where a correction outside of them was noted."""
    ranks = [row.rank for row in region_rows(nodes, report) if row.state != OPEN]
    outside = any(
        row["decision"] == CORRECTED and row["region"] in (log.WHOLE, log.ELSEWHERE)
        for row in log.log_rows(nodes.segmentation)
    )
    changed = None
    if outside:
        changed = np.zeros(slicer.util.arrayFromVolume(image).shape, dtype=bool)
        for found in segment_changes(nodes.segmentation, source, image):
            changed |= found.before != found.after
            yield 0.3
    yield 0.3
    regions = None if nodes.regions is None else slicer.util.arrayFromVolume(nodes.regions)
    return approved_voxels(regions, ranks, changed)


def _label_node(automatic: Any) -> Any:
    node = automatic.GetNodeReference(LABEL)
    if node is None:
        # not after the image: its name may hold a patient's
        name = _("Partial label {time}").format(time=time.strftime("%H:%M:%S"))
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", name)
        node.SetAttribute(ROLE, "partial label")
        automatic.SetNodeReferenceID(LABEL, node.GetID())
    return node


def _values(automatic: Any, source: Any) -> dict[str, int]:
    """Label values by segment: as the model numbers them; further segments of the user get the next ones."""
    known = {segment_id: _value(segment_id) for segment_id in segment_names(automatic)}
    for segment_id in segment_names(source):
        known.setdefault(segment_id, max([0, *known.values()]) + 1)
    return known


def _value_steps(
    values: dict[str, int], source: Any, image: Any
) -> Generator[float, None, NDArray[np.uint8]]:
    """The source's segments as one label, by ``values``."""
    labels = np.zeros(slicer.util.arrayFromVolume(image).shape, np.uint8)
    for segment_id in segment_names(source):
        labels[mask_of(source, segment_id, image)] = values[segment_id]
        yield 0.6
    return labels


def _value(segment_id: str) -> int:
    """Our segment IDs end in the label's value."""
    match = re.search(r"(\d+)$", segment_id)
    return int(match[1]) if match else 0

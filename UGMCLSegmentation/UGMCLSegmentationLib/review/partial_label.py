"""What a user has approved as a label for training: 255 (ignore) wherever nobody looked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.geometry import ijk_to_lps, set_ijk_to_lps
from ugmcl.slicer.result_nodes import ResultNodes
from UGMCLSegmentationLib.review.masks import mask_of, region_mask, segment_ids

IGNORE = 255
ROLE, LABEL = "partial label", "UGMCL.partialLabel"


def approved_label(
    labels: NDArray[np.uint8], regions: NDArray[np.integer] | None, approved: Sequence[int] | None
) -> NDArray[np.uint8]:
    """The label with 255 outside of the approved regions.

    Args:
        labels: (z, y, x) of the (corrected) segmentation.
        regions: (z, y, x), each voxel's region by rank.
        approved: ranks; None approves the whole volume.
    """
    if approved is None:
        return labels.copy()
    if regions is None:
        return np.full_like(labels, IGNORE)
    return np.where(np.isin(regions, list(approved)), labels, IGNORE).astype(np.uint8)


def partial_label(nodes: ResultNodes, approved: Sequence[int] | None) -> Any:
    """A label volume in the scene that the Training module takes; made anew or renewed.

    Args:
        nodes: the result.
        approved: ranks of accepted or corrected regions; None: the whole result was looked through.

    Raises:
        UserError: nothing was approved.
    """
    if approved is not None and not approved:
        raise UserError(
            _("no region was accepted or corrected"),
            nodes.segmentation.GetName(),
            _("Decide about one first"),
        )
    image = nodes.segmentation.GetNodeReference("UGMCL.input")
    if image is None:
        raise UserError(
            _("the image of this result is gone"), nodes.segmentation.GetName(), _("Load it again")
        )
    source = nodes.segmentation.GetNodeReference("UGMCL.corrected") or nodes.segmentation
    labels = label_array(nodes.segmentation, source, image)
    regions = None if nodes.regions is None else slicer.util.arrayFromVolume(nodes.regions)
    node = nodes.segmentation.GetNodeReference(LABEL)
    if node is None:
        name = _("{name} label").format(name=image.GetName())
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", name)
        node.SetAttribute("UGMCL.Role", ROLE)
        nodes.segmentation.SetNodeReferenceID(LABEL, node.GetID())
    slicer.util.updateVolumeFromArray(node, approved_label(labels, regions, approved))
    set_ijk_to_lps(node, ijk_to_lps(image))
    node.SetAndObserveTransformNodeID(image.GetTransformNodeID())
    return node


def label_array(automatic: Any, source: Any, image: Any) -> NDArray[np.uint8]:
    """Label values as the model numbers its segments; further segments of the user get the next numbers."""
    known = {name: _value(segment_id) for name, segment_id in segment_ids(automatic).items()}
    labels = np.zeros(slicer.util.arrayFromVolume(image).shape, np.uint8)
    for name, segment_id in segment_ids(source).items():
        value = known.setdefault(name, max([0, *known.values()]) + 1)
        labels[mask_of(source, segment_id, image)] = value
    return labels


def write_case(nodes: ResultNodes, label: Any, folder: Path, name: str) -> tuple[Path, Path]:
    """Image and label as a case of a data set folder (``images``, ``labels``); nothing is replaced.

    Raises:
        UserError: a case of this name is there, or the folder cannot be written.
    """
    from ugmcl.volumes.writing import write_image

    image = nodes.segmentation.GetNodeReference("UGMCL.input")
    paths = (folder / "images" / f"{name}.nrrd", folder / "labels" / f"{name}.nrrd")
    for path in paths:
        if path.exists():
            raise UserError(_("there is a case of this name already"), path, _("Choose another folder"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise UserError(
                _("cannot write here ({fault})").format(fault=fault.strerror),
                folder,
                _("Choose another folder"),
            ) from fault
    affine = ijk_to_lps(image)
    write_image(paths[0], slicer.util.arrayFromVolume(image), affine)
    write_image(paths[1], slicer.util.arrayFromVolume(label).astype(np.uint8), affine)
    return paths


def zone_of(nodes: ResultNodes, rank: int) -> NDArray[np.bool_] | None:
    """Voxels of a region, where the result has a map of them."""
    return None if nodes.regions is None else region_mask(nodes.regions, rank)


def _value(segment_id: str) -> int:
    """Our segment IDs end in the label's value."""
    match = re.search(r"(\d+)$", segment_id)
    return int(match[1]) if match else 0

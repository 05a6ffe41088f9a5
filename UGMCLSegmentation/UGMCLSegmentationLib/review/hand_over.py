"""An approved label to where training takes it from: the scene, and a data set folder; in steps."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import slicer
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.geometry import ijk_to_lps
from ugmcl.slicer.result_nodes import INPUT, ResultNodes
from ugmcl.slicer.volume_export import export_volume
from UGMCLSegmentationLib.review.partial_label import label_steps


def hand_over_steps(
    nodes: ResultNodes, report: dict[str, Any], folder: Path | None
) -> Generator[float, None, str]:
    """Make the label and, with a folder, write image and label there.

    Yields:
        The share that is done; returns a sentence for the panel.
    """
    label = yield from label_steps(nodes, report)
    yield 0.7
    now = time.strftime("%H:%M:%S")
    words = _("{time}: {name} is in the scene").format(time=now, name=label.GetName())
    if folder is not None:
        channels = int((report.get("input") or {}).get("channels", 1))
        name = f"case_{time.strftime('%Y%m%d_%H%M%S')}"  # no patient's name leaves the scene
        paths = yield from write_case(nodes, label, folder, name, channels)
        size = sum(path.stat().st_size for path in paths) / 1e6
        words += _(", and case {name} ({size:.1f} MB) in {folder}").format(
            name=name, size=size, folder=folder
        )
    return words + "."


def write_case(
    nodes: ResultNodes, label: Any, folder: Path, name: str, channels: int = 1
) -> Generator[float, None, list[Path]]:
    """Images and label as a case of a data set folder (``images``, ``labels``); whole or not at all.

    Args:
        nodes: the result; its inputs are the model's channels.
        label: its label volume.
        folder: of the data set; made where it is missing.
        name: of the case.
        channels: how many the model takes.

    Raises:
        UserError: a case of this name is there, a channel is gone, or the folder cannot be written.
    """
    from ugmcl.volumes.writing import write_image

    automatic = nodes.segmentation
    count = automatic.GetNumberOfNodeReferences(INPUT)
    images = [node for node in (automatic.GetNthNodeReference(INPUT, n) for n in range(count)) if node]
    if len(images) < channels:
        raise UserError(
            _("{count} of {channels} images of this result are in the scene").format(
                count=len(images), channels=channels
            ),
            automatic.GetName(),
            _("The label is; add the case under Training with its images"),
        )
    endings = [""] if len(images) == 1 else [f"_{n:04d}" for n in range(len(images))]
    targets = [folder / "images" / f"{name}{ending}.nrrd" for ending in endings]
    target = folder / "labels" / f"{name}.nrrd"
    if any(path.exists() for path in (*targets, target)):
        raise UserError(_("there is a case of this name already"), target, _("Try again"))
    _make_folders(folder)
    complete = False
    try:
        for image, path in zip(images, targets, strict=True):
            for share in export_volume(image, path):
                yield 0.7 + 0.2 * share
        write_image(target, slicer.util.arrayFromVolume(label).astype(np.uint8), ijk_to_lps(label))
        complete = True
    finally:
        if not complete:  # an image alone would count as an unlabelled case
            for path in (*targets, target):
                path.unlink(missing_ok=True)
    return [*targets, target]


def _make_folders(folder: Path) -> None:
    for name in ("images", "labels"):
        try:
            (folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise UserError(
                _("cannot write here ({fault})").format(fault=fault.strerror),
                folder,
                _("Choose another folder"),
            ) from fault

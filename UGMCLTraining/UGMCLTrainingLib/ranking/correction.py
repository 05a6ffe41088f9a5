"""A case of the project to the Segmentation module, and the label that was approved there back into it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import slicer
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.geometry import ijk_to_lps
from ugmcl.volumes.segment import Segment, default_color

IGNORE = 255
NAMES = "UGMCL.SegmentNames"  # attribute of a label: what its values mean
PROJECT, CASE = "UGMCL.Project", "UGMCL.Case"  # attributes of a volume that came from a project
RETURNED = "UGMCL.Returned"  # attribute of a label: fingerprint of what was taken into the project


def open_for_correction(project: Any, case_id: str, model: str) -> Any:
    """Load the case's image and begin its segmentation in the Segmentation module; returns the volume.

    Raises:
        UserError: the case is gone, has several channels, or its image cannot be loaded.
    """
    case = next((case for case in project.cases if case.id == case_id), None)
    if case is None:
        raise UserError(_("this case is not in the project any more"), case_id, _("Rank the cases again"))
    volume = _volume_of(project, case) or _load(project, case)
    slicer.util.selectModule("UGMCLSegmentation")
    panel = slicer.modules.UGMCLSegmentationWidget
    panel.parameters.inputVolume = volume
    if model:
        panel.parameters.model = model
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    panel.refresh()
    from UGMCLSegmentationLib.run_section import RunSection

    panel.section(RunSection).begin()
    return volume


def returned_labels(project: Any) -> list[tuple[str, Any]]:
    """Case and label node of every approved label that is not in this project yet."""
    from ugmcl.slicer.result_nodes import ROLE

    found = []
    for node in slicer.util.getNodesByClass("vtkMRMLLabelMapVolumeNode"):
        if node.GetAttribute(ROLE) != "partial label":
            continue
        image = image_of(node)
        if image is None or image.GetAttribute(PROJECT) != str(project.folder):
            continue
        if node.GetAttribute(RETURNED) != fingerprint(node):
            found.append((image.GetAttribute(CASE), node))
    return found


def take_label(project: Any, case_id: str, label: Any) -> Path:
    """Write an approved label into the project; the case is labelled then.

    Values become the project's by the segments' names; a new name becomes a new segment of the project. 255
    stays: nobody looked there.

    Raises:
        UserError: the case is gone, the label does not say what its values mean, or no room.
    """
    from ugmcl.volumes.writing import write_image

    project.case(case_id)
    names = {int(value): name for value, name in json.loads(label.GetAttribute(NAMES) or "{}").items()}
    array = slicer.util.arrayFromVolume(label)
    missing = sorted(set(np.unique(array).tolist()) - {0, IGNORE} - set(names))
    if missing:
        raise UserError(
            _("nobody said what the value {value} means").format(value=missing[0]),
            label.GetName(),
            _("Hand the case over again"),
        )
    segments = list(project.segments)
    table = np.zeros(256, np.uint8)
    table[IGNORE] = IGNORE
    for value, name in names.items():
        known = next((s for s in segments if s.name.casefold() == name.casefold()), None)
        if known is None and (array == value).any():
            number = 1 + max((segment.value for segment in segments), default=0)
            known = Segment(number, name, default_color(number))
            segments.append(known)
        table[value] = 0 if known is None else known.value
    path = project.labels_folder / f"{case_id}.nrrd"
    try:
        project.labels_folder.mkdir(exist_ok=True)
    except OSError as fault:
        raise UserError(
            _("cannot write here ({fault})").format(fault=fault.strerror), project.folder, _("Make room")
        ) from fault
    write_image(path, table[array.astype(np.uint8)], ijk_to_lps(label))
    if len(segments) != len(project.segments):
        project.set_segments(segments)
    project.set_label(case_id, path)
    label.SetAttribute(RETURNED, fingerprint(label))
    return path


def fingerprint(label: Any) -> str:
    """Tells a label's voxels apart from what was taken before, also in a scene that was loaded again."""
    voxels = np.ascontiguousarray(slicer.util.arrayFromVolume(label))
    return hashlib.sha256(voxels.tobytes()).hexdigest()[:16]


def image_of(label: Any) -> Any:
    """The image on which an approved label was made, or None."""
    from ugmcl.slicer.result_nodes import INPUT

    for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode"):
        if node.GetNodeReference("UGMCL.partialLabel") is label:
            return node.GetNodeReference(INPUT)
    return None


def _volume_of(project: Any, case: Any) -> Any:
    """The case's image where it is in the scene already."""
    for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode"):
        if node.GetAttribute(PROJECT) == str(project.folder) and node.GetAttribute(CASE) == case.id:
            return node
    return None


def _load(project: Any, case: Any) -> Any:
    if len(case.images) != 1:
        raise UserError(
            _("this case has {count} channels").format(count=len(case.images)),
            case.id,
            _("Load its images, and choose them in UG-MCL Segmentation"),
        )
    path = case.images[0]
    if path.is_dir():
        raise UserError(
            _("this case is a DICOM series"),
            case.id,
            _("Load it through Slicer's DICOM module, then segment it"),
        )
    try:
        volume = slicer.util.loadVolume(str(path), {"name": case.id, "show": False})
    except RuntimeError as fault:
        raise UserError(
            _("this image cannot be loaded"), path, _("Check that the file is still there and whole")
        ) from fault
    volume.SetAttribute(PROJECT, str(project.folder))
    volume.SetAttribute(CASE, case.id)
    return volume

"""DICOM SEG and RTSTRUCT by whatever the Slicer at hand has for it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.volumes.dicom_seg import can_write_dicom_seg, write_dicom_seg
from UGMCLSegmentationLib.export.label_of_node import label_of_node

INSTANCES = "DICOM.instanceUIDs"


def dicom_seg_hint() -> str:
    """Why DICOM SEG cannot be written here; "" where it can."""
    if can_write_dicom_seg() or find_spec("DICOMSegmentationPlugin") is not None:
        return ""
    return _("Install the extension QuantitativeReporting, or use Slicer 5.12 or newer")


def rtstruct_hint() -> str:
    """Why RTSTRUCT cannot be written here; "" where it can."""
    if hasattr(slicer.modules, "dicomrtimportexport"):
        return ""
    return _("Install the extension SlicerRT")


def source_files(volume: Any) -> list[Path]:
    """The DICOM files that a volume was loaded from, as Slicer's DICOM database knows them; else none."""
    database = getattr(slicer, "dicomDatabase", None)
    instances = (volume.GetAttribute(INSTANCES) or "").split()
    if database is None or not instances:
        return []
    files = [database.fileForInstance(uid) for uid in instances]
    return [Path(file) for file in files] if all(files) else []


def export_dicom_seg(segmentation: Any, volume: Any, path: Path, *, series: Path | None, model: str) -> Path:
    """Write a segmentation as DICOM SEG.

    Args:
        segmentation: node.
        volume: its image.
        path: of the new file.
        series: folder of the DICOM series; None asks Slicer's DICOM database.
        model: name and version, written as the algorithm.

    Raises:
        UserError: no DICOM source is known, no writer is installed, or see `write_dicom_seg`.
    """
    if hint := dicom_seg_hint():
        raise UserError(_("nothing here can write DICOM SEG"), None, hint)
    files = source_files(volume) if series is None else _files_of(series)
    if not files:
        raise UserError(
            _("this volume was not loaded from DICOM, and DICOM SEG refers to its images"),
            volume.GetName(),
            _("Choose the folder of its DICOM series, or save as NRRD instead"),
        )
    label = label_of_node(segmentation, volume)
    if can_write_dicom_seg():
        return write_dicom_seg(path, label.labels, label.affine, label.segments, files, model=model)
    return _by_quantitative_reporting(segmentation, path)


def export_rtstruct(segmentation: Any, volume: Any, folder: Path) -> None:
    """Write volume and segmentation as one DICOM RT study by SlicerRT.

    Raises:
        UserError: SlicerRT is missing, or says what is wrong.
    """
    if hint := rtstruct_hint():
        raise UserError(_("nothing here can write RTSTRUCT"), None, hint)
    import DicomRtImportExportPlugin

    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    plugin = DicomRtImportExportPlugin.DicomRtImportExportPluginClass()
    exportables: list[Any] = []
    for node in (volume, segmentation):
        exportables += plugin.examineForExport(hierarchy.GetItemByDataNode(node))
    for exportable in exportables:
        exportable.directory = str(folder)
    if fault := plugin.export(exportables):
        raise UserError(str(fault), segmentation.GetName(), _("See the log of SlicerRT"))


def _files_of(folder: Path) -> list[Path]:
    """The files of the only image series in a folder."""
    from ugmcl.volumes.dicom import list_series

    found = [series for series in list_series(folder) if series.modality not in ("SEG", "RTSTRUCT", "SR")]
    if len(found) != 1:
        raise UserError(
            _("the folder holds {count} image series, not one").format(count=len(found)),
            folder,
            _("Choose the folder of the series that was segmented"),
        )
    return list(found[0].files)


def _by_quantitative_reporting(segmentation: Any, path: Path) -> Path:
    """The exporter of the extension (Slicer 5.10), which finds the source in Slicer's DICOM database."""
    from DICOMSegmentationPlugin import DICOMSegmentationExporter

    exporter = DICOMSegmentationExporter(segmentation, "UG-MCL")
    try:
        exporter.export(str(path.parent), path.name, {}, skipEmpty=True)
    except (RuntimeError, ValueError) as fault:
        raise UserError(
            str(fault), segmentation.GetName(), _("Load the image from Slicer's DICOM database")
        ) from fault
    finally:
        exporter.cleanup()
    return path

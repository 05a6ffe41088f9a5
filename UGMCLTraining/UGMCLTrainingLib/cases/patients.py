"""Whose image it is, so that one patient does not both train and judge; kept as a salted hash only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer

PATIENT_ID = "0010,0020"


def patient_of_node(volume: Any) -> str:
    """The DICOM patient ID of a volume in the scene; "" where Slicer's database does not know it."""
    database = getattr(slicer, "dicomDatabase", None)
    uids = (volume.GetAttribute("DICOM.instanceUIDs") or "").split()
    if database is None or not uids or not database.isOpen:
        return ""
    return str(database.instanceValue(uids[0], PATIENT_ID) or "").strip()


def patient_of_files(folder: Path) -> str:
    """The patient ID in the headers of a DICOM folder, by its first file; "" without one."""
    import pydicom

    from ugmcl.volumes.dicom_headers import dicom_files

    files = dicom_files(folder)
    if not files:
        return ""
    header = pydicom.dcmread(files[0], stop_before_pixels=True, specific_tags=["PatientID"])
    return str(header.get("PatientID", "") or "").strip()

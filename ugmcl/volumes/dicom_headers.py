"""DICOM headers: the few elements that place a slice, read with pydicom, without names or pixels.

pydicom (it ships with Slicer) reads headers, because ITK gives no access to the functional groups of enhanced
files; decoding pixels stays with ITK (GDCM).
"""

from __future__ import annotations

import hashlib
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError

_TAGS = [
    "SOPClassUID", "SOPInstanceUID", "Modality", "SeriesInstanceUID", "SeriesDescription", "PatientID",
    "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "BitsAllocated", "PhotometricInterpretation",
    "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "ImagerPixelSpacing",
    "RescaleSlope", "RescaleIntercept",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", "PixelData",
]  # fmt: skip
_DEFERRED = 2**12  # larger elements, the pixels above all, are left in the file
_UNDEFINED_LENGTH = 0xFFFFFFFF
_NO_IMAGES = ("SEG", "RTSTRUCT", "RTPLAN", "RTDOSE", "SR", "PR", "KO", "REG", "DOC", "AU", "ECG")


@dataclass(frozen=True)
class Frame:
    """One slice: where its pixels are and where it lies in the patient (LPS, mm)."""

    file: Path
    index: int  # within the file
    position: tuple[float, ...]
    orientation: tuple[float, ...]  # along a row, then along a column
    spacing: tuple[float, float]  # between rows, then between columns
    rescale: tuple[float, float]  # slope and intercept


@dataclass(frozen=True)
class FileHeader:
    """What is known about one DICOM file without its pixels; ``fault`` says why it cannot be an image."""

    path: Path
    instance_uid: str
    series_uid: str
    description: str
    modality: str
    patient_hash: str | None
    rows: int
    columns: int
    voxel_bytes: int
    pixel_bytes: int | None  # in the file; None where they are compressed
    frames: tuple[Frame, ...]
    fault: str | None = None


def is_dicom(path: Path) -> bool:
    """Whether the file carries DICOM's mark after its 128 free bytes."""
    with open(path, "rb") as file:
        return file.read(132)[128:] == b"DICM"


def read_header(path: Path, salt: bytes) -> FileHeader | None:
    """The header of a DICOM file, or None for one that is no image (a report, a plan, a segmentation).

    Raises:
        UserError: the file cannot be read as DICOM.
    """
    import pydicom

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom's remarks on values that this reader judges itself
            dataset = pydicom.dcmread(path, defer_size=_DEFERRED, specific_tags=_TAGS)
            return _header(path, dataset, salt)
    except Exception as error:  # damaged files make pydicom raise anything, down to RecursionError
        raise UserError(
            f"cannot be read as DICOM ({type(error).__name__}: {str(error)[:120]})",
            path,
            "Export the series again",
        ) from error


def _header(path: Path, dataset: Any, salt: bytes) -> FileHeader | None:
    modality = str(dataset.get("Modality", "") or "")
    rows, columns = int(dataset.get("Rows", 0) or 0), int(dataset.get("Columns", 0) or 0)
    if rows == 0 or columns == 0:
        kind = dataset.file_meta.get("MediaStorageSOPClassUID") or dataset.SOPClassUID
        if "Image Storage" in kind.name:
            raise ValueError("its header is incomplete")
        return None
    if modality in _NO_IMAGES:
        return None
    try:
        frames, fault = _frames(path, dataset), None
    except _Unusable as error:
        frames, fault = (), str(error)
    if int(dataset.get("SamplesPerPixel", 1) or 1) != 1 or str(
        dataset.get("PhotometricInterpretation", "MONOCHROME2")
    ) not in ("MONOCHROME1", "MONOCHROME2"):
        fault = "holds colours, not grey values"
    return FileHeader(
        path=path,
        instance_uid=str(dataset.get("SOPInstanceUID", "") or ""),
        series_uid=str(dataset.get("SeriesInstanceUID", "") or ""),
        description=" ".join(str(dataset.get("SeriesDescription", "") or "").split()),
        modality=modality,
        patient_hash=_patient_hash(dataset, salt),
        rows=rows,
        columns=columns,
        voxel_bytes=max(1, int(dataset.get("BitsAllocated", 16) or 16) // 8),
        pixel_bytes=_pixel_bytes(path, dataset),
        frames=frames,
        fault=fault,
    )


def _pixel_bytes(path: Path, dataset: Any) -> int | None:
    if dataset.file_meta.TransferSyntaxUID.is_compressed:
        return None
    element = dataset.get_item("PixelData")
    if element is None:
        return 0
    present = path.stat().st_size - getattr(element, "value_tell", 0)
    length = getattr(element, "length", _UNDEFINED_LENGTH)
    return present if length == _UNDEFINED_LENGTH else min(length, present)


class _Unusable(Exception):
    """A file of which no volume can be made; says why."""


def _frames(path: Path, dataset: Any) -> tuple[Frame, ...]:
    count = int(dataset.get("NumberOfFrames", 1) or 1)
    groups = dataset.get("PerFrameFunctionalGroupsSequence")
    if groups is None:
        if count > 1:
            raise _Unusable("holds several frames without a position for each")
        return (_frame(path, 0, [dataset]),)
    if len(groups) != count:
        raise _Unusable(f"says it holds {count} frames, but places {len(groups)}")
    shared = list(dataset.get("SharedFunctionalGroupsSequence") or [])[:1]
    return tuple(_frame(path, i, [group, *shared]) for i, group in enumerate(groups))


def _frame(path: Path, index: int, levels: list[Any]) -> Frame:
    """One frame's place, each element from the first level that has it: frame, then shared; or the file."""

    def numbers(
        keyword: str, group: str, count: int, default: tuple[float, ...] | None = None
    ) -> tuple[float, ...]:
        for level in levels:
            holder = (level.get(group) or [level])[0]
            value = holder.get(keyword)
            if value is not None and value != "":
                values = [float(v) for v in (value if count > 1 else [value])]
                if len(values) == count:
                    return tuple(values)
        if default is None:
            raise _Unusable(f"has no {keyword}: it is no slice with a place in the patient")
        return default

    spacing = numbers("PixelSpacing", "PixelMeasuresSequence", 2)
    slope = numbers("RescaleSlope", "PixelValueTransformationSequence", 1, (1.0,))[0]
    if slope == 0.0:
        raise _Unusable("has a rescale slope of zero")
    return Frame(
        file=path,
        index=index,
        position=numbers("ImagePositionPatient", "PlanePositionSequence", 3),
        orientation=numbers("ImageOrientationPatient", "PlaneOrientationSequence", 6),
        spacing=(spacing[0], spacing[1]),
        rescale=(
            slope,
            numbers("RescaleIntercept", "PixelValueTransformationSequence", 1, (0.0,))[0],
        ),
    )


def _patient_hash(dataset: Any, salt: bytes) -> str | None:
    patient = str(dataset.get("PatientID", "") or "").strip()
    return hashlib.sha256(salt + patient.encode("utf-8")).hexdigest()[:32] if patient else None


def dicom_files(folder: Path, *, below: bool = True) -> list[Path]:
    """DICOM files in a folder (and ``below`` it) in the order of names; folder links are not followed."""
    found = []
    for root, folders, names in os.walk(folder):
        if below:
            folders.sort()
        else:
            folders.clear()
        found += [Path(root, name) for name in sorted(names)]
    return [path for path in found if path.is_file() and is_dicom(path)]

"""One image file of any kind but DICOM: which kind it is, by its name, and its volume."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ugmcl.errors import UserError
from ugmcl.volumes.itk_files import ITK_SUFFIXES, open_itk
from ugmcl.volumes.nifti import open_nifti
from ugmcl.volumes.volume import Volume

NIFTI_SUFFIXES = (".nii.gz", ".nii")
IMAGE_SUFFIXES = (*NIFTI_SUFFIXES, *ITK_SUFFIXES)
"""Endings, in small letters, of the files that are images by their name; DICOM files may have any name."""
_LONG_SUFFIXES = (".seg.nrrd", ".seg.nhdr", *IMAGE_SUFFIXES, ".dcm", ".ima")


def open_file(path: Path, interpolation: Literal["linear", "nearest"] = "linear") -> Volume:
    """A NIfTI, NRRD or MetaImage file; a sheared grid is resampled with ``interpolation`` and a note."""
    suffix = image_suffix(path)
    if suffix in NIFTI_SUFFIXES:
        return open_nifti(path, interpolation)
    if suffix in ITK_SUFFIXES:
        return open_itk(path, interpolation)
    known = ", ".join(IMAGE_SUFFIXES)
    raise UserError(
        "is not a medical image that is read here", path, f"Give DICOM, or a file that ends in {known}"
    )


def image_suffix(path: str | Path) -> str:
    """The one of `IMAGE_SUFFIXES` that the name ends in, or an empty string."""
    name = Path(path).name.lower()
    return next((suffix for suffix in IMAGE_SUFFIXES if name.endswith(suffix)), "")


def case_name(path: str | Path) -> str:
    """File or folder name without the endings of medical images: "scan_01.nii.gz" to "scan_01"."""
    name = Path(path).name
    for suffix in _LONG_SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name

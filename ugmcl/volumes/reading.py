"""The one door for images and labels: any format by its path, or several files as channels of one image."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from ugmcl.errors import UserError
from ugmcl.volumes import dicom
from ugmcl.volumes.dicom_headers import is_dicom
from ugmcl.volumes.faults import check_file, reported
from ugmcl.volumes.files import IMAGE_SUFFIXES, case_name, image_suffix, open_file
from ugmcl.volumes.geometry import compare_grids
from ugmcl.volumes.hashing import combined_hash, file_hash
from ugmcl.volumes.labels import as_label
from ugmcl.volumes.segmentation_files import has_segments, read_segmentation
from ugmcl.volumes.volume import Volume

__all__ = ["IMAGE_SUFFIXES", "case_name", "file_hash", "read_image", "read_label"]

AnyPath = str | os.PathLike[str]


def read_image(path: AnyPath | Sequence[AnyPath], *, series_uid: str | None = None) -> Volume:
    """An image: header and geometry now, voxels at the first access to `Volume.array`.

    Args:
        path: a NIfTI, NRRD or MetaImage file, a DICOM file (multi-frame, or a slice of a series) or the
            folder of a DICOM series; or several of these, on the same grid, as channels.
        series_uid: which series of a DICOM folder; needed where it holds several.

    Raises:
        UserError: anything that is no single greyscale volume in a sound place; what, which file, remedy.
    """
    if isinstance(path, (str, os.PathLike)):
        return _read_one(Path(path), series_uid)
    if not path:
        raise UserError("no image was given", None, "Give at least one file")
    if len(path) == 1:
        return _read_one(Path(path[0]), series_uid)
    return _as_channels([_read_one(_not_a_slice(Path(p)), series_uid) for p in path])


def read_label(path: AnyPath) -> Volume:
    """A label (1, z, y, x) of integers as the file holds them; also Slicer's segmentations.

    Raises:
        UserError: as `read_image`; on access to the voxels, fractions and overlapping segments.
    """
    path = Path(path)
    if path.is_dir():
        raise UserError(
            "is a folder, not a label", path, "Give a labelmap file (.nii.gz, .nrrd or .seg.nrrd)"
        )
    check_file(path)
    if has_segments(path):
        return read_segmentation(path)[0]
    return as_label(open_file(path, "nearest"))


def _read_one(path: Path, series_uid: str | None) -> Volume:
    with reported(path, "an image"):
        if path.is_dir():
            return dicom.read_folder(path, series_uid)
        check_file(path)
        if not image_suffix(path) and is_dicom(path):
            return dicom.read_file(path)
        return open_file(path)


def _not_a_slice(path: Path) -> Path:
    if path.is_file() and not image_suffix(path) and is_dicom(path):
        raise UserError(
            "is a DICOM file in a list of channels", path, "Give the folder of each channel's series instead"
        )
    return path


def _as_channels(volumes: Sequence[Volume]) -> Volume:
    first = volumes[0]
    for number, volume in enumerate(volumes[1:], start=2):
        comparison = compare_grids(first.shape_zyx, first.affine, volume.shape_zyx, volume.affine)
        if comparison.grade != "equal":
            raise UserError(
                f"channel {number} lies on another grid than channel 1 ({comparison.message})",
                volume.path,
                "Resample it to the first channel's grid (in Slicer: Resample Image (BRAINS))",
            )
    return Volume(
        partial(_joined, volumes),
        first.affine,
        shape_zyx=first.shape_zyx,
        channels=len(volumes),
        path=first.path,
        source_hash=partial(_joined_hash, volumes),
        notes=tuple(dict.fromkeys(note for volume in volumes for note in volume.notes)),
    )


def _joined(volumes: Sequence[Volume]) -> np.ndarray:
    return np.concatenate([volume.array for volume in volumes])


def _joined_hash(volumes: Sequence[Volume]) -> str:
    return combined_hash(volume.source_hash or "" for volume in volumes)

"""Writing volumes: under a temporary name first, so that a file under its final name is complete."""

from __future__ import annotations

import gzip
import os
import uuid
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ugmcl.errors import UserError
from ugmcl.volumes import geometry
from ugmcl.volumes.files import NIFTI_SUFFIXES, image_suffix
from ugmcl.volumes.shear import is_sheared

_WRITERS = {".nrrd": "NrrdImageIO", ".nii.gz": "NiftiImageIO", ".nii": "NiftiImageIO", ".mha": "MetaImageIO"}


def write_image(
    path: str | Path,
    array: np.ndarray,
    affine: np.ndarray,
    *,
    compress: bool = True,
    header: Mapping[str, str] | None = None,
) -> Path:
    """Write a volume; equal input gives equal bytes.

    NRRD and MetaImage keep the affine to the last digit of a float64; NIfTI rounds it to float32 and
    holds it twice, as qform and as sform, both with the code "scanner".

    Args:
        path: ends in .nrrd, .nii.gz, .nii or .mha; its folder exists.
        array: (z, y, x), or (channel, z, y, x), which becomes one value a channel in each voxel.
        affine: (4, 4), voxel index (x, y, z, 1) to LPS mm.
        compress: gzip where the format has it.
        header: further ``key:=value`` entries of a NRRD file.

    Returns:
        The path.

    Raises:
        UserError: unknown ending, a folder that is not there or not writable, a full disk.
    """
    path = Path(path)
    suffix = image_suffix(path)
    if suffix not in _WRITERS:
        raise UserError("has an ending that is not written", path, f"Use one of {', '.join(_WRITERS)}")
    image = _itk_image(np.asarray(array), np.asarray(affine, dtype=np.float64))
    size = image.GetSize()
    if suffix in NIFTI_SUFFIXES and is_sheared(affine, (size[2], size[1], size[0])):
        raise UserError("cannot hold sheared axes", path, "Write .nrrd instead")
    for key, value in (header or {}).items():
        image.SetMetaData(key, value)
    temporary = path.with_name(f".{uuid.uuid4().hex}{suffix}")
    try:
        writer = sitk.ImageFileWriter()
        writer.SetImageIO(_WRITERS[suffix])
        writer.SetFileName(str(temporary))
        writer.SetUseCompression(compress and suffix != ".nii")
        writer.Execute(image)
        if suffix in NIFTI_SUFFIXES:  # ITK says nothing when the disk is full
            _check_complete(temporary, np.asarray(array).size * image.GetSizeOfPixelComponent())
        os.replace(temporary, path)
    except (RuntimeError, OSError, EOFError, zlib.error) as error:
        where = path if path.parent.is_dir() else path.parent
        remedy = "Check that the folder exists, may be written to and has room"
        raise UserError("cannot be written", where, remedy) from error
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _check_complete(path: Path, voxel_bytes: int) -> None:
    """Raise `OSError` where a NIfTI file holds less than its header and voxels."""
    present = 0
    with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
        while chunk := file.read(2**20):
            present += len(chunk)
    if present < 352 + voxel_bytes:
        raise OSError("not all voxels were written")


def _itk_image(array: np.ndarray, affine: np.ndarray) -> sitk.Image:
    if array.dtype == np.bool_:
        array = array.astype(np.uint8)
    elif array.dtype == np.float16:
        array = array.astype(np.float32)
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 4:
        image = sitk.GetImageFromArray(np.ascontiguousarray(np.moveaxis(array, 0, -1)), isVector=True)
    elif array.ndim == 3:
        image = sitk.GetImageFromArray(np.ascontiguousarray(array))
    else:
        raise ValueError(f"a volume is (z, y, x) or (channel, z, y, x), not {array.shape}")
    image.SetSpacing(geometry.spacing_mm(affine))
    image.SetDirection(geometry.direction(affine).ravel().tolist())
    image.SetOrigin(affine[:3, 3].tolist())
    return image

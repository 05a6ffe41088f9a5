"""NRRD and MetaImage through ITK: header first, voxels when asked for."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import SimpleITK as sitk

from ugmcl.errors import UserError
from ugmcl.volumes import geometry
from ugmcl.volumes.compressed import check_stream
from ugmcl.volumes.detached import voxel_files
from ugmcl.volumes.faults import check_affine, check_scalar, check_size, reported
from ugmcl.volumes.hashing import files_hash
from ugmcl.volumes.shear import straightened
from ugmcl.volumes.volume import Volume

_READERS = {
    ".nrrd": ("NrrdImageIO", "NRRD", (b"NRRD",)),
    ".nhdr": ("NrrdImageIO", "NRRD", (b"NRRD",)),
    ".mha": ("MetaImageIO", "MetaImage", (b"ObjectType", b"NDims", b"Comment")),
    ".mhd": ("MetaImageIO", "MetaImage", (b"ObjectType", b"NDims", b"Comment")),
}
ITK_SUFFIXES = tuple(_READERS)


def open_itk(path: Path, interpolation: Literal["linear", "nearest"] = "linear") -> Volume:
    """A file of one greyscale volume; `UserError` for anything else."""
    files, reader = open_header(path)
    check_scalar(path, *_components(reader))
    return straightened(volume_of(path, files, reader), "sheared axes", interpolation)


def open_header(path: Path) -> tuple[list[Path], sitk.ImageFileReader]:
    """The file(s) and a reader that has read the header."""
    name, kind, magic = _READERS[path.suffix.lower()]
    with reported(path, kind):
        files = voxel_files(path)
        with open(path, "rb") as file:
            start = file.read(64).lstrip()
        if not start.startswith(magic):
            raise UserError(f"is not a {kind} file, whatever its name says", path, "Give a medical image")
        reader = sitk.ImageFileReader()
        reader.SetImageIO(name)
        reader.SetFileName(str(path))
        reader.ReadImageInformation()
    return files, reader


def volume_of(path: Path, files: list[Path], reader: sitk.ImageFileReader) -> Volume:
    """The volume behind a header that was read; several components become channels."""
    size = tuple(int(n) for n in reader.GetSize())
    components, pixel_type = _components(reader)
    bits = 64 if "64" in pixel_type else 32 if "32" in pixel_type else 16 if "16" in pixel_type else 8
    check_size(path, size, components * bits // 8, sum(file.stat().st_size for file in files))
    n = reader.GetDimension()
    spacing = np.array(reader.GetSpacing()[:3])
    axes = np.array(reader.GetDirection()).reshape(n, n)[:3, :3]
    axes[:, spacing == 0.0] = 0.0  # ITK divides by the length
    affine = geometry.make_affine(spacing, axes, reader.GetOrigin()[:3])
    check_affine(path, affine)
    notes: tuple[str, ...] = ()
    if path.suffix.lower() in (".nrrd", ".nhdr") and not reader.HasMetaDataKey("NRRD_space"):
        notes = (
            "the file does not say how it lies in the patient (no space): left and right may be swapped",
        )
    return Volume(
        partial(_read_voxels, files, size),
        affine,
        shape_zyx=(size[2], size[1], size[0]),
        channels=components,
        path=path,
        source_hash=partial(files_hash, files),
        notes=notes,
    )


def _components(reader: sitk.ImageFileReader) -> tuple[int, str]:
    return int(reader.GetNumberOfComponents()), sitk.GetPixelIDValueAsString(reader.GetPixelIDValue())


def _read_voxels(files: list[Path], size: tuple[int, ...]) -> np.ndarray:
    """(channel, z, y, x)."""
    path = files[0]
    name, kind, _ = _READERS[path.suffix.lower()]
    with reported(path, kind):
        check_stream(files)
        reader = sitk.ImageFileReader()
        reader.SetImageIO(name)
        reader.SetFileName(str(path))
        reader.SetExtractSize([*size[:3], *(0 for _ in size[3:])])  # drops further axes, of length 1
        image = reader.Execute()
        array = sitk.GetArrayFromImage(image)
    return np.moveaxis(array, -1, 0) if array.ndim == 4 else array[None]

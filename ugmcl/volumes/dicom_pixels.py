"""The pixels of DICOM frames: decoded by ITK (GDCM), by pydicom where ITK cannot, rescaled frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ugmcl.errors import UserError
from ugmcl.volumes.dicom_headers import FileHeader, Frame
from ugmcl.volumes.faults import reported

_DEFLATED = 10_000  # pixels that compress better than this do not occur outside attacks


def check_stored(header: FileHeader) -> None:
    """Refuse a file whose header promises more pixels than it can hold."""
    declared = header.rows * header.columns * header.voxel_bytes * len(header.frames)
    most = header.pixel_bytes if header.pixel_bytes is not None else header.path.stat().st_size * _DEFLATED
    if declared > most:
        raise UserError("is incomplete: pixels are missing", header.path, "Copy or export the series again")


def read_frames(frames: Sequence[Frame], shape_zyx: tuple[int, int, int]) -> np.ndarray:
    """(1, z, y, x), frames in the given order, each file decoded once.

    Whole numbers stay whole numbers; a rescaling with fractions gives float32.
    """
    places: dict[Path, list[int]] = {}
    for place, frame in enumerate(frames):
        places.setdefault(frame.file, []).append(place)
    result: np.ndarray | None = None
    for file, wanted in places.items():
        slices = _rescaled_frames(file, [frames[place] for place in wanted], shape_zyx[1:])
        if result is None:
            result = np.empty(shape_zyx, dtype=slices.dtype)
        elif slices.dtype != result.dtype:
            whole = result.dtype.kind in "iu" and slices.dtype.kind in "iu"
            result = result.astype(np.result_type(result, slices) if whole else np.float32, copy=False)
        result[wanted] = slices
    assert result is not None
    return result[None]


def _rescaled_frames(file: Path, frames: Sequence[Frame], shape_yx: tuple[int, ...]) -> np.ndarray:
    """(frame, y, x) of one file.

    GDCM applies the rescaling that it finds first (the file's, the shared one or the first frame's) to all
    frames, so that where frames differ it is taken back before each frame gets its own.
    """
    with reported(file, "DICOM"):
        pixels, rescaled = _decoded(file)
    if pixels.shape[1:] != shape_yx or max(frame.index for frame in frames) >= len(pixels):
        raise UserError("holds other pixels than its header says", file, "Export the series again")
    pixels = pixels[[frame.index for frame in frames]]
    factors = np.array([frame.rescale for frame in frames])
    if rescaled and (factors != factors[0]).any():
        slope, intercept = min(frames, key=lambda frame: frame.index).rescale
        pixels, rescaled = np.rint((pixels - intercept) / slope), False
    if not rescaled:
        if (factors != (1.0, 0.0)).any():
            pixels = pixels * factors[:, 0, None, None] + factors[:, 1, None, None]
        if (factors == np.rint(factors)).all():
            pixels = pixels.astype(np.int32)
    return pixels.astype(np.float32) if pixels.dtype == np.float64 else pixels


def _decoded(file: Path) -> tuple[np.ndarray, bool]:
    """(frame, row, column), and whether GDCM has rescaled the values."""
    try:
        reader = sitk.ImageFileReader()
        reader.SetImageIO("GDCMImageIO")
        reader.SetFileName(str(file))
        array = sitk.GetArrayFromImage(reader.Execute())
        rescaled = True
    except RuntimeError:  # GDCM cannot decode it; pydicom has decoders of its own
        array, rescaled = _decoded_by_pydicom(file), False
    return (array[None] if array.ndim == 2 else array), rescaled


def _decoded_by_pydicom(file: Path) -> np.ndarray:
    import pydicom

    dataset = pydicom.dcmread(file)
    try:
        return dataset.pixel_array
    except Exception as error:  # each decoder has errors of its own
        syntax = getattr(dataset.file_meta, "TransferSyntaxUID", None)
        raise UserError(
            f"has pixels that cannot be decoded ({getattr(syntax, 'name', 'unknown transfer syntax')})",
            file,
            "Copy it again, or decompress it first (gdcmconv --raw)",
        ) from error

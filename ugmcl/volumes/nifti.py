"""NIfTI-1 and NIfTI-2 in one file (.nii, .nii.gz).

Read here rather than by ITK for four reasons, each measured with SimpleITK 2.5: ITK fills a truncated file
with zeros without an error, refuses an sform with shear or silently takes the qform in its place, takes
spacing from `pixdim` where the sform says otherwise, and decides by codes where sform and qform disagree.
Format: https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h and nifti2.h.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Literal, cast

import numpy as np

from ugmcl.errors import UserError
from ugmcl.volumes import geometry
from ugmcl.volumes.faults import check_affine, check_file, check_scalar, check_size, reported
from ugmcl.volumes.hashing import file_hash
from ugmcl.volumes.shear import straightened
from ugmcl.volumes.volume import Volume

_FIELDS = (  # name, NIfTI-1 format and offset, NIfTI-2 format and offset
    ("dim", "8i2", 40, "8i8", 16),
    ("datatype", "i2", 70, "i2", 12),
    ("pixdim", "8f4", 76, "8f8", 104),
    ("vox_offset", "f4", 108, "i8", 168),
    ("scl_slope", "f4", 112, "f8", 176),
    ("scl_inter", "f4", 116, "f8", 184),
    ("xyzt_units", "u1", 123, "i4", 500),
    ("qform_code", "i2", 252, "i4", 344),
    ("sform_code", "i2", 254, "i4", 348),
    ("quatern", "3f4", 256, "3f8", 352),
    ("qoffset", "3f4", 268, "3f8", 376),
    ("srow", "(3,4)f4", 280, "(3,4)f8", 400),
)
_TYPES = {
    2: "u1",
    4: "i2",
    8: "i4",
    16: "f4",
    64: "f8",
    256: "i1",
    512: "u2",
    768: "u4",
    1024: "i8",
    1280: "u8",
}
_COLOURS = {128: 3, 2304: 4}
_COMPLEX = (32, 1792, 2048)
_UNIT_MM = {1: 1000.0, 3: 0.001}  # metre, micrometre; anything else is taken as mm
_MAX_OFFSET = 2**26
_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True)
class NiftiHeader:
    """What reading needs: voxel type and place in the file, rescaling, geometry."""

    dtype: np.dtype
    shape_zyx: tuple[int, int, int]
    offset: int
    slope: float
    intercept: float
    affine: np.ndarray
    notes: tuple[str, ...]


def open_nifti(path: Path, interpolation: Literal["linear", "nearest"] = "linear") -> Volume:
    """A NIfTI file as a volume; its header is read and judged now, its voxels later."""
    with reported(path, "NIfTI"):
        header = read_header(path)
    volume = Volume(
        partial(_read_voxels, path, header),
        header.affine,
        shape_zyx=header.shape_zyx,
        path=path,
        source_hash=partial(file_hash, path),
        notes=header.notes,
    )
    return straightened(volume, "sheared axes", interpolation)


def read_header(path: Path) -> NiftiHeader:
    """Read and judge the header; `UserError` for what is no single greyscale volume in a sound place."""
    stored = check_file(path)
    with _opened(path) as file:
        raw = file.read(540)
    fields = _parse(path, raw)
    size = tuple(int(n) for n in fields["dim"][1 : 1 + int(fields["dim"][0])])
    code = int(fields["datatype"])
    check_scalar(path, _COLOURS.get(code, 1), "complex" if code in _COMPLEX else "8-bit unsigned")
    if code not in _TYPES:
        raise UserError(
            f"has a voxel type that is not supported (NIfTI code {code})", path, "Save it as float32"
        )
    dtype = np.dtype(_TYPES[code]).newbyteorder(fields.dtype["dim"].base.byteorder)
    check_size(path, size, dtype.itemsize, stored)
    shape_zyx = (size[2], size[1], size[0])
    offset = int(fields["vox_offset"]) if np.isfinite(fields["vox_offset"]) else -1
    if not 0 <= offset <= _MAX_OFFSET:
        raise UserError("has a header that makes no sense (place of the voxels)", path, "Export it again")
    if not _is_gzip(path) and stored < offset + dtype.itemsize * int(np.prod(shape_zyx)):
        raise UserError("is incomplete: voxels are missing at its end", path, "Copy or export it again")
    affine, notes = _affine(path, fields, shape_zyx)
    check_affine(path, affine)
    slope, intercept = float(fields["scl_slope"]), float(fields["scl_inter"])
    if not np.isfinite(slope) or not np.isfinite(intercept) or slope == 0.0:
        slope, intercept = 1.0, 0.0
    return NiftiHeader(dtype, shape_zyx, offset, slope, intercept, affine, notes)


def _parse(path: Path, raw: bytes) -> np.void:
    for which, length in ((0, 348), (1, 540)):
        for order in "<>":
            if len(raw) >= length and int(np.frombuffer(raw, order + "i4", 1)[0]) == length:
                magic = raw[4:8] if which else raw[344:348]
                if magic in (b"ni1\0", b"ni2\0"):
                    raise UserError("is half of a pair (.hdr and .img)", path, "Save it as one .nii.gz file")
                names, *columns = zip(*_FIELDS, strict=True)
                formats = [_ordered(text, order) for text in columns[2 * which]]
                layout = {
                    "names": names,
                    "formats": formats,
                    "offsets": columns[2 * which + 1],
                    "itemsize": length,
                }
                fields = np.frombuffer(raw, np.dtype(layout), 1)[0]  # type: ignore[call-overload]
                if magic in (b"n+1\0", b"n+2\0") and 1 <= fields["dim"][0] <= 7:
                    return fields
    raise UserError(
        "is not a NIfTI file, whatever its name says", path, "Give a medical image, or export it again"
    )


def _ordered(text: str, order: str) -> str:
    """ "(3,4)f4" to "(3,4)<f4"."""
    return text[:-2] + order + text[-2:]


def _affine(
    path: Path, fields: np.void, shape_zyx: tuple[int, int, int]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """To LPS mm, from the sform where there is one, otherwise from the qform; both must say the same."""
    scale = np.diag([_UNIT_MM.get(int(fields["xyzt_units"]) & 7, 1.0)] * 3 + [1.0])
    with np.errstate(invalid="ignore"):  # what is not a number is refused by name in a moment
        sform = _RAS_TO_LPS @ scale @ np.vstack([fields["srow"].astype(np.float64), [0, 0, 0, 1]])
    if fields["qform_code"] <= 0 and fields["sform_code"] <= 0:
        # ITK, and with it Slicer, puts the first voxel at the origin and the axes along L, P, S.
        spacing = np.abs(fields["pixdim"][1:4].astype(np.float64)) * scale[0, 0]
        note = (
            "the file does not say how it lies in the patient (qform, sform): left and right may be swapped"
        )
        return geometry.make_affine(spacing, np.eye(3), (0.0, 0.0, 0.0)), (note,)
    if fields["qform_code"] <= 0:
        return sform, _two_spacings(path, fields, sform)
    qform = _RAS_TO_LPS @ scale @ _qform(fields)
    if fields["sform_code"] <= 0:
        return qform, ()
    check_affine(path, qform)
    check_affine(path, sform)
    gaps = geometry.corner_indices(shape_zyx) @ (sform - qform).T[:, :3]
    gap = float(np.linalg.norm(gaps, axis=1).max())
    if gap > 0.5 * min(geometry.spacing_mm(sform)):
        sheared = geometry.shear(sform) > 1e-3
        raise UserError(
            f"gives two positions in space: qform and sform{' (which is sheared)' if sheared else ''} "
            f"differ by up to {gap:.3g} mm",
            path,
            "Load it where it is displayed rightly (Slicer, for instance) and save it again",
        )
    return sform, ()


def _two_spacings(path: Path, fields: np.void, sform: np.ndarray) -> tuple[str, ...]:
    """A remark where `pixdim` and the sform differ: nibabel takes the sform, ITK and Slicer mix them."""
    spacing = np.asarray(geometry.spacing_mm(sform))
    other = np.abs(fields["pixdim"][1:4].astype(np.float64)) * _UNIT_MM.get(
        int(fields["xyzt_units"]) & 7, 1.0
    )
    if not (other > 0).all():
        raise UserError("has zero spacing (pixdim)", path, "Export the image again, or correct its header")
    if np.isfinite(spacing).all() and (np.abs(spacing - other) > 0.01 * other).any():
        text = " x ".join(f"{s:.4g}" for s in spacing)
        return (
            f"the header gives two spacings: the sform's is taken ({text} mm), other software may differ",
        )
    return ()


def _qform(fields: np.void) -> np.ndarray:
    """Method 2 of nifti1.h: unit quaternion, `pixdim` and offset."""
    b, c, d = (float(q) for q in fields["quatern"])
    rest = 1.0 - (b * b + c * c + d * d)
    if rest < 1e-7:  # a half turn: rounding may leave the vector longer than 1
        length = float(np.sqrt(b * b + c * c + d * d)) or 1.0
        a, b, c, d = 0.0, b / length, c / length, d / length
    else:
        a = float(np.sqrt(rest))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    spacing = np.abs(fields["pixdim"][1:4].astype(np.float64))
    rotation[:, 2] *= -1.0 if fields["pixdim"][0] < 0 else 1.0
    return geometry.make_affine(spacing, rotation, fields["qoffset"].astype(np.float64))


def _read_voxels(path: Path, header: NiftiHeader) -> np.ndarray:
    """(1, z, y, x) in the computer's byte order, rescaled where the header says so."""
    array = np.empty(header.shape_zyx, dtype=header.dtype)
    with reported(path, "NIfTI"), _opened(path) as file:
        file.seek(header.offset)
        view = memoryview(array.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
        done = 0
        while done < len(view):
            got = file.readinto(view[done:])  # type: ignore[attr-defined]
            if not got:
                raise UserError(
                    "is incomplete: voxels are missing at its end", path, "Copy or export it again"
                )
            done += got
        file.read(1)  # at the end of a gzip stream this compares the checksum
    array = array.astype(header.dtype.newbyteorder("="), copy=False)
    if (header.slope, header.intercept) != (1.0, 0.0):
        exact = np.dtype("f4" if array.dtype.itemsize <= 2 else "f8")  # holds every stored number
        values = array.astype(exact)
        np.multiply(values, header.slope, out=values)
        np.add(values, header.intercept, out=values)
        array = values.astype(np.float32, copy=False)
    return array[None]


def _is_gzip(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _opened(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if _is_gzip(path) else open(path, "rb")

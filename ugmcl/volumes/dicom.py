"""DICOM: which series a folder holds, and one of them as a volume."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ugmcl.errors import UserError
from ugmcl.volumes.dicom_headers import FileHeader, Frame, dicom_files, read_header
from ugmcl.volumes.dicom_pixels import check_stored, read_frames
from ugmcl.volumes.dicom_stack import stack
from ugmcl.volumes.faults import check_affine, check_size, reported
from ugmcl.volumes.files import image_suffix
from ugmcl.volumes.hashing import files_hash
from ugmcl.volumes.shear import straightened
from ugmcl.volumes.volume import Volume

_SALT = secrets.token_bytes(16)  # of this process: patient hashes of two processes are not comparable


@dataclass(frozen=True)
class Series:
    """A DICOM series in a folder.

    Attributes:
        uid: SeriesInstanceUID.
        description: SeriesDescription, as the scanner's operator wrote it.
        modality: "MR", "CT", …
        files: its files, in the order of their names.
        patient_hash: salted hash of the patient's ID, to find the same patient twice; None without an ID.
    """

    uid: str
    description: str
    modality: str
    files: tuple[Path, ...]
    patient_hash: str | None
    headers: tuple[FileHeader, ...] = field(repr=False, default=())

    def __str__(self) -> str:
        title = f' "{self.description}"' if self.description else ""
        return f"{self.modality or 'image'}{title} with {len(self.files)} file(s), {self.uid}"


def list_series(folder: str | Path, *, salt: bytes | None = None) -> list[Series]:
    """Image series in a folder and below, in the order of their UIDs.

    Args:
        folder: any folder; files that are no DICOM images are passed over.
        salt: for `Series.patient_hash`; without one, hashes can be compared within this process only.

    Raises:
        UserError: the folder is not there, or a DICOM file in it is damaged.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError("is not a folder", folder, "Give the folder of a DICOM series")
    with reported(folder, "DICOM"):
        return _series(dicom_files(folder), salt)


def _series(files: Iterable[Path], salt: bytes | None = None) -> list[Series]:
    groups: dict[str, list[FileHeader]] = {}
    for file in files:
        header = read_header(file, salt or _SALT)
        if header is not None:
            groups.setdefault(header.series_uid, []).append(header)
    return [
        Series(
            uid=uid,
            description=headers[0].description,
            modality=headers[0].modality,
            files=tuple(header.path for header in headers),
            patient_hash=headers[0].patient_hash,
            headers=tuple(headers),
        )
        for uid, headers in sorted(groups.items())
    ]


def read_folder(folder: Path, series_uid: str | None = None) -> Volume:
    """The one image series in a folder, or the one with ``series_uid``."""
    found = list_series(folder)
    if not found:
        others = sum(1 for path in folder.iterdir() if image_suffix(path) and path.is_file())
        if others:
            raise UserError(f"holds {others} image file(s), but no DICOM", folder, "Give one of the files")
        raise UserError("holds no images", folder, "Give an image file or the folder of a DICOM series")
    if series_uid is not None:
        chosen = [series for series in found if series.uid == series_uid]
        if not chosen:
            raise UserError(
                f"has no series {series_uid}; it holds {_listed(found)}", folder, "Choose one of these"
            )
        return read_series(chosen[0], folder)
    volumes = [series for series in found if not all(header.fault for header in series.headers)] or found
    if len(volumes) > 1:
        raise UserError(
            f"holds {len(volumes)} series: {_listed(volumes)}",
            folder,
            "Choose one by its UID (series_uid), or put each into a folder of its own",
        )
    passed_over = len(found) - len(volumes)
    notes = (f"{passed_over} other series in the folder are no volumes: passed over",) if passed_over else ()
    return read_series(volumes[0], folder, notes)


def read_file(path: Path) -> Volume:
    """The volume of a multi-frame file, or of the series that a single slice belongs to, from its folder."""
    header = read_header(path, _SALT)
    if header is None:
        raise UserError(
            "is a DICOM file without an image", path, "Give a slice or the folder of an image series"
        )
    if len(header.frames) > 1 or header.fault:
        return read_series(_series([path])[0], path)
    siblings = _series(dicom_files(path.parent, below=False))
    series = next(series for series in siblings if series.uid == header.series_uid)
    return read_series(
        series, path, (f"one slice was given: its whole series of {len(series.files)} was read",)
    )


def read_series(series: Series, where: Path, notes: Sequence[str] = ()) -> Volume:
    """A series as a volume; a tilted gantry is resampled to a right-angled grid, with a note.

    Args:
        series: from `list_series`.
        where: for messages.
        notes: remarks that the volume gets besides its own.

    Raises:
        UserError: the slices form no grid, or files are damaged.
    """
    headers, repeated = _without_copies(series.headers)
    for header in headers:
        if header.fault:
            raise UserError(header.fault, header.path, "Give a series of greyscale slices")
        check_stored(header)
    first = headers[0]
    if any((header.rows, header.columns) != (first.rows, first.columns) for header in headers):
        raise UserError("holds slices of different size", where, "Put each stack into a folder of its own")
    frames = [frame for header in headers for frame in header.frames]
    ordered, affine, remarks = stack(where, frames)
    shape_zyx = (len(ordered), first.rows, first.columns)
    stored = sum(header.path.stat().st_size for header in headers)
    check_size(where, shape_zyx[::-1], max(header.voxel_bytes for header in headers), stored)
    check_affine(where, affine)
    if repeated:
        remarks = (*remarks, f"{repeated} file(s) are copies of others: passed over")
    volume = Volume(
        partial(read_frames, tuple(ordered), shape_zyx),
        affine,
        shape_zyx=shape_zyx,
        path=where,
        source_hash=partial(files_hash, [header.path for header in headers], ordered=False),
        notes=(*notes, *remarks),
    )
    return straightened(volume, "gantry tilt")


def _without_copies(headers: Sequence[FileHeader]) -> tuple[list[FileHeader], int]:
    """One of each: the same instance at the same place is one slice that was copied twice."""
    kept: dict[tuple[str, tuple[tuple[float, ...], ...]], FileHeader] = {}
    for header in headers:
        kept.setdefault((header.instance_uid or str(header.path), _positions(header.frames)), header)
    return list(kept.values()), len(headers) - len(kept)


def _positions(frames: Sequence[Frame]) -> tuple[tuple[float, ...], ...]:
    return tuple(frame.position for frame in frames)


def _listed(found: Sequence[Series]) -> str:
    shown = "; ".join(str(series) for series in found[:8])
    return shown + (f"; and {len(found) - 8} more" if len(found) > 8 else "")

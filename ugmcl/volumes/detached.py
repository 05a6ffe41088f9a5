"""Headers that keep their voxels in a second file (.nhdr, .mhd): which one, and only beside the header."""

from __future__ import annotations

import re
from pathlib import Path, PureWindowsPath

from ugmcl.errors import UserError
from ugmcl.volumes.faults import check_file

_HEADER_BYTES = 2**16
_NAMES = re.compile(rb"^(?:data ?file: *|ElementDataFile *= *)([^\r\n]*)", re.MULTILINE | re.IGNORECASE)


def voxel_files(path: Path) -> list[Path]:
    """The header and, where it names one, its voxel file; both exist and are regular files.

    A name that leads out of the header's folder is refused: a header from elsewhere must not decide what is
    read on this computer. So are voxels spread over a list of files.
    """
    check_file(path)
    name = _named_file(path)
    if name is None:
        return [path]
    windows = PureWindowsPath(name)  # knows both separators, and drives
    if name.upper().startswith("LIST") or "%" in name:
        raise UserError("keeps its voxels in several files", path, "Save it as one .nrrd or .mha file")
    if windows.is_absolute() or windows.drive or windows.root or ".." in windows.parts:
        raise UserError(
            f"keeps its voxels outside its folder ({name})", path, "Save it as one .nrrd or .mha file"
        )
    voxels = path.parent.joinpath(*windows.parts)
    if not voxels.is_file():
        raise UserError(f"needs its voxel file {name}, which is not beside it", path, "Copy both files")
    check_file(voxels)
    return [path, voxels]


def _named_file(path: Path) -> str | None:
    with open(path, "rb") as file:
        header = file.read(_HEADER_BYTES)
    if header.startswith(b"NRRD"):
        header = re.split(rb"\r?\n\r?\n", header, maxsplit=1)[0]
    found = _NAMES.search(header)
    if found is None:
        return None
    name = found.group(1).decode("utf-8", "replace").strip()
    return None if name.upper() == "LOCAL" else name

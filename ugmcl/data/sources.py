"""How the cache knows an input file again: size and time of change, and its SHA-256 when these differ."""

from __future__ import annotations

import glob
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError
from ugmcl.volumes.hashing import files_hash


@dataclass(frozen=True)
class Source:
    """A file, or the files of a DICOM folder, as prepared.

    Attributes:
        path: as the data set names it, absolute.
        size: bytes, all files together.
        mtime_ns: latest time of change.
        sha256: of the content.
    """

    path: str
    size: int
    mtime_ns: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def record(path: Path) -> Source:
    """The source at ``path`` now. Raises UserError where it is absent."""
    size, mtime = _stamp(path)
    return Source(str(path.resolve()), size, mtime, files_hash(_files(path), ordered=False))


def unchanged(source: Source, path: Path) -> bool:
    """Whether ``path`` still is the source: same size and time, or else the same content."""
    try:
        size, mtime = _stamp(path)
        if str(path.resolve()) == source.path and (size, mtime) == (source.size, source.mtime_ns):
            return True
        return size == source.size and files_hash(_files(path), ordered=False) == source.sha256
    except (UserError, OSError):
        return False


def _files(path: Path) -> list[Path]:
    """The files that make up an image: itself with its detached data, or all of a folder."""
    if path.is_dir():
        return sorted(entry for entry in path.rglob("*") if entry.is_file())
    found = [path]
    if path.suffix.lower() in (".mhd", ".nhdr"):  # headers whose voxels lie beside them under the same stem
        beside = path.parent.glob(f"{glob.escape(path.stem)}.*")
        found += sorted(other for other in beside if other != path and "raw" in other.name.lower())
    return found


def _stamp(path: Path) -> tuple[int, int]:
    if not path.exists():
        raise UserError("this file does not exist", path, "Check the path in the data set")
    stats = [file.stat() for file in _files(path)]
    return sum(stat.st_size for stat in stats), max((stat.st_mtime_ns for stat in stats), default=0)

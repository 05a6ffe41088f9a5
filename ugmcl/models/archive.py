"""The one door for archives: a model's zip is looked through before anything is written.

Refused are names that leave the folder, links, encrypted or special members, several members of one name
(also where a file system ignores case), too many members, members of kinds that no model has, and bombs:
the sizes are limited as declared and again while unpacking, member by member.
"""

from __future__ import annotations

import os
import stat
import unicodedata
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from ugmcl.errors import UserError
from ugmcl.models.plain_names import is_plain_name

MOST_MEMBERS = 200
LARGEST_MEMBER = 2 * 2**30  # bytes unpacked
LARGEST_TOTAL = 3 * 2**30
LARGEST_RATIO = 200  # unpacked to packed bytes of a member over a megabyte; text reaches some 20
DEEPEST = 3  # folders
KINDS = (".json", ".safetensors", ".md", ".txt", ".png", ".jpg", ".jpeg")
_LEFTOVERS = {".DS_Store", "Thumbs.db", "desktop.ini"}  # what systems add when people zip a folder
_PIECE = 2**20
_REMEDY = "Get the model again from where it came from, as UG-MCL exported it"


def unpack(archive: Path | str, folder: Path) -> list[Path]:
    """Unpack a model's zip into ``folder`` (made if missing; expected to be empty and private).

    Returns:
        The files written.

    Raises:
        UserError: no zip, damaged, or anything that the module's text names; what was written before the
            fault was found stays in ``folder`` for the caller to throw away.
    """
    archive = Path(archive)
    try:
        with zipfile.ZipFile(archive) as opened:
            members = _checked(opened.infolist(), archive)
            folder.mkdir(parents=True, exist_ok=True)
            written, total = [], 0
            for member, name in members:
                target = folder.joinpath(*name.parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                total += _unpack_member(opened, member, target, LARGEST_TOTAL - total, archive)
                written.append(target)
            return written
    except FileNotFoundError as fault:
        raise UserError("there is no such file", archive, "Name a model's .zip") from fault
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, ValueError) as fault:
        raise UserError(f"is damaged, or no zip ({fault})", archive, _REMEDY) from fault
    except (NotImplementedError, RuntimeError) as fault:  # methods of packing that this Python lacks
        raise UserError(f"is packed in a way that is not read here ({fault})", archive, _REMEDY) from fault
    except OSError as fault:
        reason = fault.strerror or type(fault).__name__
        raise UserError(f"cannot be unpacked ({reason})", archive, "Free some disk space") from fault


def pack(archive: Path | str, files: Mapping[str, Path]) -> Path:
    """Write ``files`` (by name inside of the archive) as a zip that is the same bytes every time.

    Raises:
        UserError: there is a file of this name already, or it cannot be written.
    """
    archive = Path(archive)
    if archive.exists():
        raise UserError(
            "there is something already", archive, "Choose another name, or remove this file first"
        )
    part = archive.with_name(f".{archive.name}.part{os.getpid()}")
    try:
        archive.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(part, "x", zipfile.ZIP_DEFLATED) as opened:
            for name in sorted(files):
                member = zipfile.ZipInfo(name)  # dated 1980 and without the system's rights: always the same
                member.external_attr, member.create_system = 0o644 << 16, 3
                packed = (
                    zipfile.ZIP_STORED if name.endswith((".safetensors", ".png")) else zipfile.ZIP_DEFLATED
                )
                member.compress_type = packed
                with files[name].open("rb") as source, opened.open(member, "w", force_zip64=False) as target:
                    while piece := source.read(_PIECE):
                        target.write(piece)
        os.replace(part, archive)
    except OSError as fault:
        raise UserError(
            f"cannot be written ({fault.strerror})", archive, "Choose a place with space that you may write"
        ) from fault
    finally:
        part.unlink(missing_ok=True)
    return archive


def _checked(members: list[zipfile.ZipInfo], archive: Path) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """The files to unpack with their names, after all members were found harmless."""
    if len(members) > MOST_MEMBERS:
        raise _refused(f"it holds {len(members)} files, a model at most {MOST_MEMBERS}", archive)
    if sum(member.file_size for member in members) > LARGEST_TOTAL:
        raise _refused("unpacked it would be far larger than any model", archive)
    kept = []
    for member in members:
        parts = _parts(member, archive)
        _check_kind(member, archive)
        leftover = parts[0] == "__MACOSX" or parts[-1] in _LEFTOVERS
        if member.is_dir() or leftover:
            continue
        if not all(is_plain_name(part) for part in parts) or len(parts) > DEEPEST + 1:
            raise _refused(f"the file name {member.filename!r} is not one that a model has", archive)
        _check_size(member, archive)
        kept.append((member, PurePosixPath(*parts)))
    _check_clashes([name for _, name in kept], archive)
    return kept


def _parts(member: zipfile.ZipInfo, archive: Path) -> tuple[str, ...]:
    """The name's parts; refused where they could lead out of the folder, on any system."""
    text = member.orig_filename  # as stored: zipfile cuts `filename` at a NUL and turns separators
    parts = tuple(part for part in text.split("/"))
    if parts and parts[-1] == "" and len(parts) > 1:
        parts = parts[:-1]  # a folder's name ends in a separator
    if not text or text[0] == "/" or any(part in ("", ".", "..") for part in parts):
        raise _refused(f"the file name {text!r} leaves the folder", archive)
    if any(character in text for character in "\\:\0") or any(ord(character) < 32 for character in text):
        raise _refused(f"the file name {text!r} leaves the folder", archive)
    return parts


def _check_kind(member: zipfile.ZipInfo, archive: Path) -> None:
    mode = stat.S_IFMT(member.external_attr >> 16)
    if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refused(f"{member.filename!r} is a link or a special file", archive)
    if (mode == stat.S_IFDIR) != member.is_dir() and mode != 0:
        raise _refused(f"{member.filename!r} is a folder and a file at once", archive)
    if member.flag_bits & 0x1:
        raise _refused(f"{member.filename!r} is encrypted", archive)
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refused(f"{member.filename!r} is packed in an unusual way", archive)


def _check_size(member: zipfile.ZipInfo, archive: Path) -> None:
    if not member.filename.lower().endswith(KINDS):
        kinds = ", ".join(KINDS)
        raise _refused(f"{member.filename!r} is no file of a model (those end in {kinds})", archive)
    if member.file_size > LARGEST_MEMBER:
        raise _refused(f"{member.filename!r} would be far larger than any model's file", archive)
    if member.file_size > 2**20 and member.file_size > LARGEST_RATIO * max(member.compress_size, 1):
        raise _refused(f"{member.filename!r} unpacks to {LARGEST_RATIO} times its size or more", archive)


def _check_clashes(names: list[PurePosixPath], archive: Path) -> None:
    """No two members may mean one file, also where case or Unicode forms do not count."""
    seen: set[str] = set()
    for name in names:
        key = _same_file(name)
        if key in seen:
            raise _refused(f"several members are called {str(name)!r}", archive)
        seen.add(key)
    folders = {_same_file(parent) for name in names for parent in name.parents if parent.parts}
    if clash := sorted(folders & seen):
        raise _refused(f"{clash[0]!r} is a folder and a file at once", archive)


def _same_file(name: PurePosixPath) -> str:
    return unicodedata.normalize("NFKC", str(name)).casefold()


def _unpack_member(
    opened: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, left: int, archive: Path
) -> int:
    """Write one member to a new file; returns its bytes. Declared sizes are not trusted."""
    size, limit = 0, min(member.file_size, LARGEST_MEMBER, left)
    with opened.open(member) as source, target.open("xb") as sink:
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > limit:
                raise _refused(f"{member.filename!r} is larger than it says", archive)
            sink.write(piece)
    return size


def _refused(reason: str, archive: Path) -> UserError:
    return UserError(f"this archive is refused: {reason}", archive, _REMEDY)

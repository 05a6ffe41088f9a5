"""The one door through which a path or a name written in a data set's file is used."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path, PureWindowsPath

from ugmcl.errors import UserError

_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)  # device names of Windows
_LONGEST_NAME = 120


def path_inside(root: Path, text: str, *, allow_outside: bool = False, where: object = None) -> Path:
    """The file that ``text`` names relative to ``root``; it need not exist.

    Args:
        root: folder of the manifest.
        text: relative, with / or \\ between parts; absolute only with ``allow_outside``.
        allow_outside: also paths that leave the folder, by ``..``, a drive, an absolute path or a link.
        where: named in errors.

    Raises:
        UserError: the path is empty, holds a NUL, or leaves the folder.
    """
    if not text.strip() or "\0" in text:
        raise UserError("an empty or impossible path", where, "Give a path relative to the manifest")
    windows = PureWindowsPath(text)
    if "\\" in text and not windows.drive and not (root / text).exists():
        text = windows.as_posix()
    path = root / text
    if not allow_outside:
        inside = path.resolve().is_relative_to(root.resolve())
        if windows.drive or not inside:
            raise UserError(
                f"the path {text!r} leaves the data set's folder",
                where,
                "Move the file into the folder, or allow paths outside of it (--allow-outside)",
            )
    return path


def check_identifier(text: str, where: object = None) -> str:
    """``text`` if it can name a case and its folder on every system.

    Raises:
        UserError: it is empty, too long, starts with a dot, or holds a separator or control character.
    """
    bad = (
        not text
        or text != text.strip()
        or len(text.encode()) > _LONGEST_NAME
        or text[0] == "."
        or text[-1] == "."
        or any(character in '<>:"/\\|?*' or ord(character) < 32 for character in text)
        or _RESERVED.match(text)
    )
    if bad:
        raise UserError(
            f"{text!r} cannot name a case",
            where,
            f"Use letters, digits, - and _, at most {_LONGEST_NAME} bytes, no path separators",
        )
    return text


def patient_hash(identifier: str, salt: str) -> str:
    """What is kept of a patient's identifier: SHA-256 with a salt that only the data set's owner has."""
    return hashlib.sha256(f"{salt}\n{identifier}".encode()).hexdigest()[:16]

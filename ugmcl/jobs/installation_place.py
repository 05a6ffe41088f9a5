"""Whether a private environment can be made in a folder, and the part of it that grows there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

from ugmcl.errors import UserError
from ugmcl.jobs.lock import hold_lock, lock_holder

WINDOWS = os.name == "nt"
LONGEST_WINDOWS_PATH = 259
LONGEST_INSIDE = 135  # characters of the longest path within the environment: 119 in torch 2.12.1, and room
WORK = "t"  # pip's temporary folder: short, because Windows limits paths, and on the same disk
_PIP_DETOUR = len("\\t\\pip-target-12345678\\lib\\python")  # packages are unpacked there first
SITE = "site"  # grows into the environment


def part_of(target: Path) -> Path:
    """Where an environment grows before it gets its name."""
    return target.with_name(part_name(target))


def part_name(target: PurePath) -> str:
    """The name of that folder."""
    return f".{target.name}.part"


def check_place(target: Path, needed_bytes: int) -> None:
    """Whether the environment can be made at ``target``, which must not exist.

    Raises:
        UserError: it exists, cannot be written, too long a path, or fewer than ``needed_bytes`` are free.
    """
    if target.exists():
        raise UserError("there is an environment already", target, "Remove it first")
    if WINDOWS and too_long(target):
        raise UserError(
            "this folder's path is too long for Windows", target, "Set UGMCL_HOME to a shorter one: C:\\ugmcl"
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=target.parent):
            free = shutil.disk_usage(target.parent).free
    except OSError as fault:
        raise UserError(
            f"this folder cannot be written ({fault.strerror})",
            target.parent,
            "Set UGMCL_HOME to another folder",
        ) from fault
    if free < needed_bytes:
        raise UserError(
            f"{needed_bytes / 1e9:.1f} GB are needed, {free / 1e9:.1f} GB are free",
            target.parent,
            "Make room, then try again",
        )


def too_long(target: PurePath) -> bool:
    """Whether Windows could not hold an environment with this path."""
    part = target.with_name(part_name(target))
    return len(str(part)) + _PIP_DETOUR + LONGEST_INSIDE > LONGEST_WINDOWS_PATH


@contextmanager
def growing(target: Path) -> Iterator[Path]:
    """An empty folder beside ``target`` that is gone afterwards, whatever happens.

    Raises:
        UserError: another process installs there at this moment.
    """
    part = part_of(target)
    if part.exists() and lock_holder(part) is not None:
        raise UserError(
            "another installation is at work there", target, "Wait for its end, then look at Set-up again"
        )
    shutil.rmtree(part, ignore_errors=True)  # of an attempt that was killed
    part.mkdir(parents=True)
    try:
        with hold_lock(part):
            (part / WORK).mkdir()
            yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def clear_part(target: Path) -> None:
    """Remove what a killed attempt left; that of one at work stays."""
    part = part_of(target)
    if part.exists() and lock_holder(part) is None:
        shutil.rmtree(part, ignore_errors=True)

"""Deleting a run: what a training wrote, and nothing that a user laid beside it."""

from __future__ import annotations

import contextlib
import os
import shutil
from fnmatch import fnmatch
from pathlib import Path

from ugmcl.errors import UserError
from ugmcl.jobs.folder import forget_folder
from ugmcl.jobs.lock import LOCK, hold_lock, lock_holder
from ugmcl.jobs.run_files import is_run

WRITTEN = (
    "request.json", "settings.json", "data.json", "device.json", "environment.json", "outcome.json",
    "launch.txt", "start.safetensors", "cancel", "report.html", "curves.*", "attempt-*", "checkpoints",
    "model", "previews", "control", "cache", "outcome", ".room",
)  # fmt: skip


def delete_run(folder: Path | str) -> None:
    """Delete a run's files, its folder where nothing else is left in it, and its place in the list.

    Raises:
        UserError: it is at work, it is no run, or a file cannot be deleted.
    """
    path = Path(folder).absolute()
    if path.exists():
        if not is_run(path):
            raise UserError("this folder holds no run", path, "Choose a run's folder")
        if lock_holder(path) is not None:
            raise UserError("this run is at work", path, "Pause or stop it first")
        try:
            _delete(path)
        except OSError as fault:
            raise UserError(
                f"the run cannot be deleted ({fault.strerror})",
                fault.filename or path,
                "Close the programs that use its files, or ask their owner",
            ) from fault
    forget_folder(path)


def _delete(path: Path) -> None:
    with hold_lock(path):  # nobody resumes it meanwhile
        entries = sorted(path.iterdir(), key=lambda entry: entry.name == "request.json")  # that one last
        for entry in entries:
            if entry.name == LOCK or not _is_written(entry.name):
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                os.unlink(entry)
    (path / LOCK).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # the user's own files are in it
        path.rmdir()


def _is_written(name: str) -> bool:
    """Also what is left of a file that was being written, such as ``.settings.json.part17``."""
    parts = [f".{pattern}.*" for pattern in WRITTEN]
    return any(fnmatch(name, pattern) for pattern in (*WRITTEN, *parts))

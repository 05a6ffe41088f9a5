"""The user's data folder, and the private environment that keeps torch away from Slicer's own packages."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

HOME_VARIABLE = "UGMCL_HOME"
BOOTSTRAP = Path(__file__).resolve().with_name("bootstrap.py")


def data_folder() -> Path:
    """Where models, jobs, environments and logs of this user are kept; it need not exist.

    ``UGMCL_HOME`` overrides the platform's place.
    """
    if chosen := os.environ.get(HOME_VARIABLE, "").strip():
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", "")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "ugmcl"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "ugmcl"
    chosen = os.environ.get("XDG_DATA_HOME", "")  # to be ignored when relative, says its specification
    return (Path(chosen) if os.path.isabs(chosen) else Path.home() / ".local" / "share") / "ugmcl"


def jobs_folder() -> Path:
    """Where jobs are made that have no folder of their own."""
    return data_folder() / "jobs"


def private_folder(folder: Path) -> Path:
    """The folder, made if missing and readable by its user only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix" and folder.stat().st_uid == os.getuid():
        folder.chmod(0o700)
    return folder


def environment_folder(slicer_version: str, own_version: str) -> Path:
    """The private environment (design, section 14), such as ``…/env/s5.12.2-u0.1.0``; it need not exist.

    The name is short, because Windows limits paths, and ASCII whatever the versions hold.
    """
    slicer, own = (re.sub(r"[^0-9A-Za-z.]", "", version)[:16] for version in (slicer_version, own_version))
    return data_folder() / "env" / f"s{slicer}-u{own}"

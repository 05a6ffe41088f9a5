"""Run folders that the user opened by hand (of a cluster, of another project), kept in Slicer's settings."""

from __future__ import annotations

import json
from pathlib import Path

import qt

_KEY = "UGMCL/OpenedRuns"
_MOST = 50


def opened_runs() -> list[Path]:
    """The newest first; a folder that is not there now (a disk that is not mounted) stays remembered."""
    try:
        found = json.loads(str(qt.QSettings().value(_KEY) or "[]"))
    except ValueError:
        return []
    return [Path(text) for text in found if isinstance(text, str)] if isinstance(found, list) else []


def remember_run(folder: Path) -> None:
    """List this run from now on."""
    _store([folder, *(known for known in opened_runs() if known != folder)][:_MOST])


def forget_run(folder: Path) -> None:
    """List it no longer."""
    _store([known for known in opened_runs() if known != folder])


def _store(folders: list[Path]) -> None:
    qt.QSettings().setValue(_KEY, json.dumps([str(folder) for folder in folders]))

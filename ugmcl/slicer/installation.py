"""Temporary."""

from __future__ import annotations

from typing import Any

from ugmcl.slicer.interpreter import environment_folder


def installed_folder() -> Any:
    folder = environment_folder()
    return folder if folder.is_dir() else None

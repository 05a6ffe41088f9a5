"""Renaming into place, with patience where Windows needs it."""

from __future__ import annotations

import os
import time
from pathlib import Path


def rename_patiently(source: Path, target: Path) -> None:
    """`os.replace`; on Windows tried for two seconds, where a reader or a virus scanner may hold a file."""
    for _ in range(20 if os.name == "nt" else 0):
        try:
            return os.replace(source, target)
        except PermissionError:
            time.sleep(0.1)
    os.replace(source, target)

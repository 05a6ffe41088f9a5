"""`environment.json` of a run: with what and on what kind of machine it was trained; no names, no paths."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import Any

import numpy as np
import torch

import ugmcl
from ugmcl.training.folder import write_json

ENVIRONMENT, DEVICE = "environment.json", "device.json"


def recorded_environment(folder: Path) -> dict[str, str]:
    """What the run recorded; written now, by the process that trained it, where there is nothing yet."""
    file = folder / ENVIRONMENT
    try:
        return {str(key): str(value) for key, value in json.loads(file.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, AttributeError):  # none yet, or cut short
        found = _environment(folder)
        write_json(file, found)
        return found


def _environment(folder: Path) -> dict[str, str]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    found = {
        "ugmcl": ugmcl.__version__,
        "Python": platform.python_version(),
        "PyTorch": torch.__version__,
        "NumPy": np.__version__,
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "processor cores": str(cores),
    }
    device = _device(folder)
    if device:
        found["device"] = ", ".join(
            dict.fromkeys(str(device[k]) for k in ("device", "name") if device.get(k))
        )
    return found


def _device(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / DEVICE).read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):  # a run of an earlier version
        return {}

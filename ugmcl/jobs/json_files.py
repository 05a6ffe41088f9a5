"""Small JSON files that are complete or absent, and the same ASCII on every system."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ugmcl.jobs.renaming import rename_patiently


def ascii_json(values: Any, indent: int | None = None) -> str:
    """JSON in ASCII; numbers that are not finite become null, paths text, other objects their words."""
    return json.dumps(_plain(values), ensure_ascii=True, allow_nan=False, indent=indent)


def write_json(file: Path, values: Any) -> None:
    """Write under a temporary name, flush to the disk, rename."""
    part = file.with_name(f".{file.name}.part{os.getpid()}")
    try:
        with part.open("w", encoding="ascii") as stream:
            stream.write(ascii_json(values, indent=1) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        rename_patiently(part, file)
    finally:
        part.unlink(missing_ok=True)


def read_json(file: Path) -> dict[str, Any] | None:
    """The object in ``file``, None where there is none or it is damaged."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):  # numpy's and torch's numbers and arrays
        return _plain(value.tolist())
    return str(value)

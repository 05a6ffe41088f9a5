"""What reaches the two output streams: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any


def use_utf8() -> None:
    """Names of files and segments print on any console, whatever its code page."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def result(data: Any, text: str, *, as_json: bool) -> None:
    """Prints ``data`` as one JSON document for machines, or ``text`` for people, on standard output."""
    print(json.dumps(plain(data), indent=1, ensure_ascii=False) if as_json else text, flush=True)


def error_line(text: str) -> None:
    """Prints one line on standard error."""
    print(text, file=sys.stderr, flush=True)


def plain(value: Any) -> Any:
    """``value`` in JSON's types: paths as text, data classes as objects, not finite numbers as null."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, str | bool | int) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # numpy's arrays and numbers
        return plain(value.tolist())
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return str(value)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns of text, numbers to the right; a row's cells that are None stay empty."""
    cells = [
        [("" if cell is None else f"{cell:.3f}" if isinstance(cell, float) else str(cell)) for cell in row]
        for row in rows
    ]
    numeric = [bool(cells) and all(_is_number(row[column]) for row in cells) for column in range(len(heads))]
    widths = [max(len(row[column]) for row in [list(heads), *cells]) for column in range(len(heads))]
    lines = []
    for row in [list(heads), *cells]:
        parts = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ]
        lines.append("  ".join(parts).rstrip())
    return "\n".join(lines)


def _is_number(text: str) -> bool:
    try:
        float(text or "0")
    except ValueError:
        return False
    return True

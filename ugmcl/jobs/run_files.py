"""What the files of a run folder tell, whatever state they are in; standard library only."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ugmcl.jobs.folder import REQUEST, JobFolder
from ugmcl.jobs.json_files import read_json

SETTINGS, CURVES, DEVICE, CHECKPOINTS = "settings.json", "curves.csv", "device.json", "checkpoints"
KIND = "train"
DICE = " Dice "
START = "start"  # the starting model among the sources of a Dice
_TAIL = 256 * 1024  # bytes of the events that are read: the newest progress is among them


def is_run(folder: Path) -> bool:
    """Whether a training made this folder, or left what it began there."""
    request = read_json(folder / REQUEST)
    if request is not None:
        return request.get("kind") == KIND
    settings = (folder / SETTINGS).is_file()
    if (folder / REQUEST).is_file():  # damaged
        return settings or f"-{KIND}-" in folder.name
    return settings and ((folder / CHECKPOINTS).is_dir() or (folder / "data.json").is_file())


def run_settings(folder: Path | str) -> dict[str, Any]:
    """All settings as the run wrote them, else those it was asked for; empty where neither can be read."""
    written = read_json(Path(folder) / SETTINGS)
    if written is not None:
        return written
    request = read_json(Path(folder) / REQUEST) or {}
    arguments = request.get("arguments")
    asked = arguments.get("settings") if isinstance(arguments, dict) else None
    return dict(asked) if isinstance(asked, dict) else {}


def read_curve_rows(folder: Path | str) -> list[dict[str, float]]:
    """Rows of ``curves.csv``; empty cells are absent, damaged rows and a half-written last one left out."""
    try:
        text = (Path(folder) / CURVES).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    rows = []
    for cells in csv.DictReader(io.StringIO(text[: text.rfind("\n") + 1].replace("\0", ""))):
        try:
            row = {name: float(cell) for name, cell in cells.items() if name and cell}
        except (ValueError, TypeError):  # damaged, or longer than the table is wide
            continue
        if math.isfinite(row.get("iteration", math.nan)):
            rows.append(row)
    return rows


def newest_dice(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The newest mean over the segments by source, such as ``student``; also ``start``."""
    found: dict[str, float] = {}
    for row in rows:  # later ones take the place of earlier ones
        by_source: dict[str, list[float]] = {}
        for name, value in row.items():
            if DICE in name and math.isfinite(value):
                by_source.setdefault(name.partition(DICE)[0], []).append(value)
        found |= {source: sum(values) / len(values) for source, values in by_source.items()}
    return found


def newest_progress(job: JobFolder) -> dict[str, Any]:
    """The last event of progress of the newest attempt; empty where there is none."""
    attempt = job.newest_attempt()
    if attempt is None:
        return {}
    try:
        with attempt.events.open("rb") as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - _TAIL))
            lines = stream.read().split(b"\n")
    except OSError:
        return {}
    for line in reversed(lines):
        if b'"progress"' in line and (event := _event(line)).get("kind") == "progress":
            return event
    return {}


def newest_checkpoint(folder: Path) -> int:
    """Steps of the newest complete checkpoint, 0 before the first."""
    try:
        names = [entry.name for entry in (folder / CHECKPOINTS).iterdir() if entry.is_dir()]
    except OSError:
        return 0
    return max((int(name) for name in names if name.isascii() and name.isdigit()), default=0)


def run_device(folder: Path) -> tuple[str, str]:
    """Device as torch names it and its own name, ``("cuda:0", "NVIDIA …")``; empty before the training."""
    facts = read_json(folder / DEVICE) or {}
    return str(facts.get("device") or ""), str(facts.get("name") or "")


def disk_bytes(folder: Path) -> int:
    """Bytes of all files; what goes away meanwhile counts nothing, links are not followed."""
    total, waiting = 0, [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue
    return total


def _event(line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}

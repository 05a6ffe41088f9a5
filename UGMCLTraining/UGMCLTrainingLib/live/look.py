"""One run as it is now: progress, curves, log lines, alarms, previews; read in a thread, no Qt or MRML."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.follow import Follower
from ugmcl.jobs.json_files import read_json
from UGMCLTrainingLib.live.alarms import Alarms
from UGMCLTrainingLib.live.curve_rows import CurveReader, Curves

MOST_LINES = 500
STEPS = "iterations"  # unit of the progress of training steps
PREVIEWS = "previews"


@dataclass
class Live:
    """What is shown of a run.

    Attributes:
        state: see `ugmcl.jobs.state`. stage: what it does, in words.
        done, total: training steps; total is None until the first step is told of.
        remaining_s: seconds that the training is expected to need.
        silent_s: seconds without a sign of life.
        error: one line of a run that failed or was interrupted.
        curves: rows of curves.csv, thinned. curves_changed: since the last look.
        lines: of the log, new since the last look.
        device: where it computes, in words.
        preview: newest segmentation of a preview, or None.
    """

    state: str = ""
    stage: str = ""
    done: float = 0.0
    total: float | None = None
    remaining_s: float | None = None
    silent_s: float = 0.0
    error: str = ""
    curves: Curves = field(default_factory=Curves)
    curves_changed: bool = False
    lines: list[str] = field(default_factory=list)
    alarms: Alarms = field(default_factory=Alarms)
    device: str = ""
    preview: Path | None = None


class RunLook:
    """Looks at a run again and again.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._follower = Follower(JobFolder(folder))
        self._reader = CurveReader(folder)
        self._attempt = 0
        self._live = Live()

    def look(self) -> Live:
        """What is new; a day's run takes a second at the first time, milliseconds after that.

        Raises:
            OSError: the folder cannot be read.
        """
        live, update = self._live, self._follower.look()
        if update.attempt != self._attempt:
            self._attempt = update.attempt
            live.alarms = Alarms()
        lines: deque[str] = deque(maxlen=MOST_LINES)
        for event in update.events:
            live.alarms.take(event)
            if line := _line(event):
                lines.append(line)
            if event["kind"] == "progress" and event.get("unit") == STEPS:
                live.done, live.total = float(event.get("done") or 0), event.get("total")
                live.remaining_s = event.get("remaining_s")
        live.lines = list(lines)
        live.state, live.stage = update.state, update.progress.stage
        live.silent_s, live.error = update.silent_s, update.error
        rows, anew = self._reader.read()
        if anew:
            live.curves = Curves()
        live.curves.add(rows)
        live.curves_changed = anew or bool(rows)
        live.device = _device(self.folder)
        live.preview = newest_preview(self.folder)
        return live


def newest_preview(folder: Path) -> Path | None:
    """The segmentation of the highest iteration in ``previews``, if the image is there too."""
    place = folder / PREVIEWS
    if not (place / "image.nrrd").is_file():
        return None
    numbered = [path for path in place.glob("*.seg.nrrd") if path.name.removesuffix(".seg.nrrd").isdecimal()]
    return max(numbered, key=preview_iteration, default=None)


def preview_iteration(preview: Path) -> int:
    """Training steps that a preview's network had done."""
    return int(preview.name.removesuffix(".seg.nrrd"))


def _line(event: dict[str, Any]) -> str:
    """An event for the log; "" for those that only move the bar."""
    if event["kind"] == "stage":
        text = str(event.get("name", ""))
    elif event["kind"] == "message":
        level = {"alarm": _("ALARM: "), "warning": _("Warning: ")}.get(str(event.get("level")), "")
        text = f"{level}{event.get('text', '')}"
    else:
        return ""
    clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(float(event.get("t") or 0)))
    return f"{clock}  {text}" if text else ""


def _device(folder: Path) -> str:
    found = read_json(folder / "device.json") or {}
    if found.get("device") == "cpu":
        return _("on the processor")
    name = str(found.get("name") or found.get("device") or "")
    return _("on {name}").format(name=name) if name else ""

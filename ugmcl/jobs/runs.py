"""Every training of this user, as its folder tells; standard library only, so that Slicer can ask.

Files may be missing, cut short or damaged: such a run is listed all the same, with a line that says so.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ugmcl.jobs.folder import REQUEST, RESULT, JobFolder, known_folders
from ugmcl.jobs.json_files import read_json
from ugmcl.jobs.lock import lock_holder
from ugmcl.jobs.run_deletion import delete_run
from ugmcl.jobs.run_files import (
    SETTINGS,
    START,
    disk_bytes,
    is_run,
    newest_checkpoint,
    newest_dice,
    newest_progress,
    read_curve_rows,
    run_device,
    run_settings,
)
from ugmcl.jobs.state import State, state_of

__all__ = [
    "RunSummary",
    "delete_run",
    "gpu_holders",
    "is_run",
    "list_runs",
    "read_curve_rows",
    "run_settings",
    "runs_at_work",
    "summarise",
]
CONTROL = "control"  # folder inside of a run: the same training on the labelled cases alone
_DEPTH = 3  # folders below a given one in which runs are looked for


@dataclass(frozen=True)
class RunSummary:
    """One run at one moment.

    Attributes:
        folder, name: where it lies, and that folder's name.
        state: see `ugmcl.jobs.state`.
        iteration, iterations: steps done of all; 0 where unknown.
        remaining_s: expected seconds to the end of a run at work, None while unknown.
        dice: newest mean Dice on the validation cases by network, ``student`` and ``teacher``.
        start_dice: the starting model's, None where it was not measured.
        disk_bytes: of all files in the folder.
        created: seconds since 1970.
        device: as torch names it, ``cpu``, ``cuda:0``; "" before the training.
        error: one line on what ended or damaged it, else "".
        has_model, has_report: whether ``model/`` and ``report.html`` are there.
        is_control: a control inside of another run.
        device_name: of the processor or card.
    """

    folder: Path
    name: str
    state: State
    iteration: int = 0
    iterations: int = 0
    remaining_s: float | None = None
    dice: dict[str, float] = field(default_factory=dict)
    start_dice: float | None = None
    disk_bytes: int = 0
    created: float = 0.0
    device: str = ""
    error: str = ""
    has_model: bool = False
    has_report: bool = False
    is_control: bool = False
    device_name: str = ""


def summarise(folder: Path | str) -> RunSummary:
    """The run in ``folder`` as it is now; never raises for what its files hold."""
    path = Path(folder).absolute()
    job = JobFolder(path)
    state = _state(job)
    settings, progress = run_settings(path), newest_progress(job)
    dice = newest_dice(rows := read_curve_rows(path))
    start_dice = dice.pop(START, None)
    iterations = _count(settings.get("iterations"))
    steps = _count(progress.get("done")) if progress.get("unit") == "iterations" else 0
    if state == "running":
        iteration = max([steps, newest_checkpoint(path), *(_count(row["iteration"]) for row in rows[-1:])])
    elif state == "done":
        iteration = iterations or newest_checkpoint(path)
    else:  # what a run that goes on begins with
        iteration = newest_checkpoint(path)
    device, device_name = run_device(path)
    return RunSummary(
        folder=path,
        name=path.name,
        state=state,
        iteration=min(iteration, iterations or iteration),
        iterations=iterations,
        remaining_s=_number(progress.get("remaining_s")) if state == "running" else None,
        dice=dice,
        start_dice=start_dice,
        disk_bytes=disk_bytes(path),
        created=_created(path),
        device=device,
        error=_error(job, state),
        has_model=(path / "model" / "model.json").is_file(),
        has_report=(path / "report.html").is_file(),
        is_control=_is_control(path),
        device_name=device_name,
    )


def list_runs(extra: Sequence[Path | str] = ()) -> list[RunSummary]:
    """All runs that this computer's jobs know, and those in and below ``extra``; the newest first.

    A run's own control belongs to it and is not listed beside it.
    """
    found: dict[str, Path] = {}
    for folder in [*known_folders(), *(run for place in extra for run in _below(Path(place), _DEPTH))]:
        if is_run(folder) and not _is_control(folder):
            found.setdefault(os.path.realpath(folder), folder)
    return sorted(map(summarise, found.values()), key=lambda run: run.created, reverse=True)


def runs_at_work() -> list[RunSummary]:
    """Runs that compute on this computer now; looks at no other, so that a window may ask."""
    folders = [folder for folder in known_folders() if is_run(folder) and _is_here(folder)]
    return [summarise(folder) for folder in folders]


def gpu_holders() -> list[RunSummary]:
    """Those of them that compute on a graphics card."""
    return [run for run in runs_at_work() if run.device not in ("", "cpu")]


def _is_here(folder: Path) -> bool:
    holder = lock_holder(folder)
    return holder is not None and (holder.here or not holder.host)


def _below(folder: Path, depth: int) -> Iterator[Path]:
    """Runs in and below a folder; not below a run."""
    if is_run(folder):
        yield folder
    elif depth > 0:
        try:
            entries = sorted(e for e in folder.iterdir() if e.is_dir() and not e.name.startswith("."))
        except OSError:  # not there, or not ours to read
            return
        for entry in entries:
            yield from _below(entry, depth - 1)


def _state(job: JobFolder) -> State:
    if (job.path / REQUEST).exists() or job.newest_attempt() is not None or lock_holder(job.path):
        return state_of(job)
    # a training without a job's files: its model is written last
    return "done" if (job.path / "model" / "model.json").is_file() else "interrupted"


def _error(job: JobFolder, state: State) -> str:
    """One line for the user; "" where all is well."""
    if not job.path.is_dir():
        return "The run's folder is not there any more."
    request = job.path / REQUEST
    if request.exists() and read_json(request) is None:
        return "request.json, which says what was asked for, is damaged; what the run has computed is there."
    attempt = job.newest_attempt()
    result = attempt.result() if attempt is not None else None
    if state == "interrupted":
        if attempt is not None and (attempt.path / RESULT).exists():
            return "The record of how it ended is damaged. It can be resumed."
        return "Its process is gone: it was ended from outside, or the computer was. It can be resumed."
    if state == "failed" and result is not None:
        return " ".join(str(result.get("error") or "It failed without a reason.").split())
    if (job.path / SETTINGS).exists() and read_json(job.path / SETTINGS) is None:
        return "settings.json is damaged: this run cannot be resumed."
    return ""


def _is_control(folder: Path) -> bool:
    return folder.name == CONTROL and is_run(folder.parent)


def _created(folder: Path) -> float:
    made = _number((read_json(folder / REQUEST) or {}).get("created"))
    if made is not None:
        return made
    try:
        return (folder / SETTINGS if (folder / SETTINGS).exists() else folder).stat().st_mtime
    except OSError:
        return 0.0


def _number(value: Any) -> float | None:
    real = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if real else None


def _count(value: Any) -> int:
    return max(0, int(_number(value) or 0))

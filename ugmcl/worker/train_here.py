"""A training in this process that leaves what a job leaves, so that Slicer can follow, open and resume it."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError
from ugmcl.jobs.folder import REQUEST
from ugmcl.jobs.lock import LOCK, lock_holder
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.jobs.run_files import DEVICE
from ugmcl.models.package import ModelPackage
from ugmcl.training import run
from ugmcl.training.folder import holds_run
from ugmcl.training.settings import TrainingSettings
from ugmcl.worker.conclusion import conclusion, deadline_in, worth_comparing
from ugmcl.worker.run import run_as_job
from ugmcl.worker.train import describe


def train_here(
    data: Path | str | None,
    output: Path | str,
    settings: TrainingSettings | None,
    *,
    start: ModelPackage | Path | str | None = None,
    resume: bool = False,
    max_minutes: float | None = None,
    control: bool | None = None,
    allow_outside: bool = False,
    reporter: Reporter = SILENT,
) -> run.RunResult:
    """Trains as `ugmcl.training.run.train` does; the first of several processes keeps the job's files.

    Then it compares with the starting model, where there is one and cases were held out, or where a
    ``control`` is asked for (None: as at the run's beginning).

    Raises:
        UserError, Stopped: as the training; a run that could not begin leaves nothing of the job behind.
    """
    folder = Path(output)
    deadline = deadline_in(max_minutes)
    found: dict[str, Any] = {}

    def train_alone(told: Reporter) -> run.RunResult:
        return run.train(
            data, folder, settings, start=start, resume=resume, max_minutes=max_minutes,
            allow_outside=allow_outside, reporter=told,
        )  # fmt: skip

    def work(told: Reporter) -> run.RunResult:
        result = train_alone(told)
        if worth_comparing(folder, control):
            found.update(conclusion(folder, control, told, deadline))
        return result

    if os.environ.get("RANK", "0") != "0":
        return train_alone(SILENT)
    if lock_holder(folder) is not None:  # its files are another process's
        raise UserError(
            "another process is at work in this folder", folder, "Wait until it ends, or cancel it"
        )
    if resume and not holds_run(folder):
        raise UserError("there is no run to resume in this folder", folder, "Start it without --resume")
    if holds_run(folder) and not resume:
        raise UserError(
            "this folder holds a run already", folder, "Go on with it (--resume), or choose another"
        )
    if not resume:
        _forget(folder)  # what an attempt left that never began
    existed = folder.exists()
    try:
        request = {
            **_request(data, settings, start),
            "control": bool(control),
            "allow_outside": allow_outside,
        }
        return run_as_job(
            folder, "train", request, work, lambda result: {**describe(result), **found}, also=reporter
        )
    except UserError:
        if not holds_run(folder) and lock_holder(folder) is None:
            _forget(folder)
            if not existed:
                with contextlib.suppress(OSError):  # prepared data stay for the next try
                    folder.rmdir()
        raise


def _request(
    data: Path | str | None, settings: TrainingSettings | None, start: ModelPackage | Path | str | None
) -> dict[str, Any]:
    """The job's arguments; paths absolute, because a later process stands elsewhere."""
    if isinstance(start, ModelPackage):
        start = start.path
    place = start if start is None or not Path(start).is_dir() else Path(start).absolute()
    return {
        "data": None if data is None else str(Path(data).absolute()),
        "settings": None if settings is None else settings.model_dump(mode="json"),
        "start": None if place is None else str(place),
    }


def _forget(folder: Path) -> None:
    """Removes the job's own files, and nothing else."""
    for attempt in folder.glob("attempt-*"):
        shutil.rmtree(attempt, ignore_errors=True)
    for name in (REQUEST, LOCK, DEVICE):
        (folder / name).unlink(missing_ok=True)

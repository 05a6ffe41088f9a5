"""Real trainings of a tiny network, started as the panel starts them."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ugmcl.jobs.cancel import cancel
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.launch import Interpreter, Launched, launch
from ugmcl.jobs.lock import lock_holder
from ugmcl.jobs.processes import end_tree
from ugmcl.jobs.state import ENDED, state_of

TINY = {
    "method": "supervised", "width": 2, "patch": [16, 32, 16], "threads": 1, "loader_processes": 0,
    "passes": 1, "iterations": 20, "validate_every": 10, "checkpoint_every": 5, "unlabelled_batch": 0,
    "device": "cpu",
}  # fmt: skip
ROLES = ("labelled", "labelled", "validation", "validation")
SECONDS = 250.0  # a busy computer takes its time; an idle one needs a tenth of it


def write_dataset(folder: Path, cases: list[tuple[str, Path, Path]], roles: Sequence[str] = ROLES) -> Path:
    """Cases of these roles with a manifest; all with labels, which a training uses by role."""
    for name, image, label in cases[: len(roles)]:
        for place, file in (("images", image), ("labels", label)):
            (folder / place).mkdir(parents=True, exist_ok=True)
            shutil.copy(file, folder / place / f"{name}.nii.gz")
    listed = [
        {"id": name, "image": f"images/{name}.nii.gz", "label": f"labels/{name}.nii.gz", "role": role}
        for (name, _image, _label), role in zip(cases, roles, strict=False)
    ]
    labels = {"1": {"name": "anterior hippocampus"}, "2": {"name": "posterior hippocampus"}}
    manifest = {"labels": labels, "cases": listed}
    (folder / "dataset.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def new_run(data: Path, folder: Path, begin: str = "", **settings: Any) -> JobFolder:
    """A run that nobody has started; ``begin`` is the model whose weights are its beginning."""
    arguments = {"data": str(data), "preset": "fine-tune", "settings": {**TINY, **settings}}
    arguments |= {"start": begin} if begin else {}
    return JobFolder.create("train", arguments, folder=folder)


def start(job: JobFolder) -> Launched:
    """As the panel does."""
    return launch(job, Interpreter(sys.executable), background=True)


def wait_for(condition: Callable[[], Any], what: str, seconds: float = SECONDS) -> Any:
    """Without a window: the value of ``condition`` once it is true."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)
    return value


def wait_for_end(job: JobFolder) -> str:
    return wait_for(lambda: (state := state_of(job)) in ENDED and state, f"the end of {job.name}")


def iterations(job: JobFolder) -> int:
    """Steps that its curves tell of."""
    from ugmcl.jobs.runs import read_curve_rows

    rows = read_curve_rows(job.path)
    return int(rows[-1]["iteration"]) if rows else 0


@pytest.fixture(scope="session")
def dataset(started_host: Any, sample_cases: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of all runs."""
    return write_dataset(tmp_path_factory.mktemp("runs") / "site", sample_cases)


@pytest.fixture(scope="session")
def finished_run(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> JobFolder:
    """A run that is done; tests only look at it."""
    job = new_run(dataset, tmp_path_factory.mktemp("done") / "finished run")
    start(job)
    assert wait_for_end(job) == "done", (job.newest_attempt().log).read_text(encoding="utf-8")[-2000:]
    return job


@pytest.fixture
def endless(dataset: Path, tmp_path: Path) -> Iterator[Callable[..., JobFolder]]:
    """``endless(name)`` starts a run that does not end by itself within a test."""
    made: list[JobFolder] = []

    def begin(name: str = "long run", **settings: Any) -> JobFolder:
        job = new_run(dataset, tmp_path / "runs" / name, **{"iterations": 100_000, **settings})
        made.append(job)
        start(job)
        return job

    yield begin
    for job in made:
        if job.path.is_dir():
            cancel(job, grace_s=5.0)


def kill(job: JobFolder) -> None:
    """SIGKILL, as the system does when memory runs out."""
    import os
    import signal

    holder = wait_for(lambda: lock_holder(job.path), "its process")
    os.kill(holder.pid, signal.SIGKILL)
    end_tree(holder.pid, holder.group, 0.0)
    wait_for(lambda: lock_holder(job.path) is None, "the death")

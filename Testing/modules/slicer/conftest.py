"""Jobs on the bundled case for the processes that Slicer starts."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ugmcl.jobs.folder import JobFolder
from ugmcl.samples import demo_sample

PATIENCE_S = 100.0  # the first job of a process loads torch on a shared processor


@dataclass
class Watched:
    """A job under watch, and what was told of it."""

    host: Any
    job: JobFolder
    watch: Any = None
    updates: list[Any] = field(default_factory=list)
    ends: list[Any] = field(default_factory=list)

    @property
    def stages(self) -> list[str]:
        """Names of the stages so far, without repetition."""
        events = [event for update in [*self.updates, *self.ends] for event in update.events]
        return list(dict.fromkeys(event["name"] for event in events if event["kind"] == "stage"))

    def wait_for_stage(self, stage: str) -> None:
        self.host.wait_until(lambda: self.ends or stage in self.stages, PATIENCE_S, f"the stage {stage}")
        assert not self.ends, self.ends

    def wait(self, seconds: float = PATIENCE_S) -> Any:
        """The end; told once."""
        self.host.wait_until(lambda: self.ends, seconds, "the end of the job")
        self.host.process_events(0.5)
        assert len(self.ends) == 1
        return self.ends[0]


@pytest.fixture
def segment_job(host: Any, root: Path) -> Callable[..., JobFolder]:
    """``segment_job(passes=2)``: a job on the bundled case that nobody has begun."""

    def make(passes: int = 2, model: Path | None = None) -> JobFolder:
        return JobFolder.create(
            "segment",
            {
                "model": str(model or root / "Resources" / "Models" / "hippocampus"),
                "image": str(demo_sample().image),
                "name": "case",
                "options": {"passes": passes, "compress": False, "preview": False},
            },
        )

    return make


@pytest.fixture
def watching(host: Any) -> Iterator[Callable[[JobFolder, Any], Watched]]:
    """``watching(job, worker)`` watches a job handed to a worker or process."""
    from ugmcl.slicer.job_watch import JobWatch

    watches = []

    def start(job: JobFolder, worker: Any) -> Watched:
        watched = Watched(host, job)
        watched.watch = JobWatch(job, worker, watched.updates.append, watched.ends.append)
        watches.append(watched.watch)
        return watched

    yield start
    for watch in watches:
        watch.stop()


@pytest.fixture
def worker(host: Any) -> Iterator[Any]:
    """A warm worker of this test's own."""
    from ugmcl.slicer.warm_worker import WarmWorker

    worker = WarmWorker()
    yield worker
    worker.stop()


@pytest.fixture
def choices(host: Any) -> Iterator[Any]:
    """The user's settings and private environment, gone after the test."""
    from ugmcl.slicer import settings
    from ugmcl.slicer.interpreter import environment_folder

    yield settings
    settings.set_own_python("")
    settings.set_wheels_folder("")
    shutil.rmtree(environment_folder().parent, ignore_errors=True)


@pytest.fixture
def without_torch(monkeypatch: pytest.MonkeyPatch, choices: Any) -> None:
    """Slicer's own Python has no torch."""
    from ugmcl.slicer import interpreter

    monkeypatch.setattr(interpreter, "NEEDED", {"ugmcl-no-such-package": "1"})


@pytest.fixture
def launcher(tmp_path: Path) -> Path:
    """A PythonSlicer: a program whose child does the work."""
    program = tmp_path / "PythonSlicer"
    program.write_text(f'#!/bin/sh\n"{sys.executable}" "$@"\nexit $?\n', encoding="utf-8")
    program.chmod(0o755)
    return program

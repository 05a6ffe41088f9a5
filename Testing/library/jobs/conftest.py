"""Jobs in a folder with a difficult name, and real processes that work on them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.processes import end_tree

WORK = """
import os, subprocess, sys, time
from pathlib import Path
from ugmcl.worker.run import run_job

def listen(arguments, folder, reporter):
    reporter.stage("Listening")
    while True:
        reporter.check()
        time.sleep(0.05)

def deaf(arguments, folder, reporter):
    reporter.stage("Deaf")
    sleeper = "[sys.executable, '-c', 'import time; time.sleep(600)']"
    popen = f"subprocess.Popen({sleeper}, start_new_session=NEW)"
    child = f"import subprocess, sys, time; {popen}; time.sleep(600)"
    for new in ("False", "True"):
        subprocess.Popen([sys.executable, "-c", child.replace("NEW", new)])
    time.sleep(600)

def forked(arguments, folder, reporter):
    if os.fork() == 0:
        time.sleep(600)
    reporter.stage("Forked")
    time.sleep(600)

raise SystemExit(run_job(sys.argv[1], functions={"check": globals()[sys.argv[2]]}, capture=True).exit_status)
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder, under a name with spaces, accents and letters beyond Latin."""
    folder = tmp_path / "Données de Zoë Ж 医"
    monkeypatch.setenv("UGMCL_HOME", str(folder))
    return folder


@pytest.fixture
def job(home: Path) -> JobFolder:
    """A job that nobody has begun."""
    return JobFolder.create("check", {"dataset": "/data/größe 病院"})


@pytest.fixture
def start(root: Path, home: Path) -> Iterator[Callable[[JobFolder, str], subprocess.Popen[bytes]]]:
    """``start(job, how)`` works on a job in a process of its own session: it may listen, be deaf, or fork."""
    processes = []

    def started(job: JobFolder, how: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(root)}
        command = [sys.executable, "-c", WORK, str(job.path), how]
        number = len(job.attempts()) + 1
        process = subprocess.Popen(command, env=environment, start_new_session=True)
        processes.append(process)
        wait_until(lambda: len(job.attempts()) == number and has_event(job, "stage"))
        return process

    yield started
    for process in processes:
        end_tree(process.pid, process.pid, 0.0)
        process.wait()


def has_event(job: JobFolder, kind: str) -> bool:
    attempt = job.newest_attempt()
    return attempt is not None and attempt.events.is_file() and f'"{kind}"' in attempt.events.read_text()


def wait_until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@pytest.fixture(name="wait_until")
def _wait_until() -> Callable[..., None]:
    return wait_until

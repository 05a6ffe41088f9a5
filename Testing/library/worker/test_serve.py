"""The warm worker: job after job, and no longer than its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ugmcl.jobs.events import EventReader
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.launch import Launched, launch_server
from ugmcl.jobs.processes import _alive, end_tree
from ugmcl.jobs.state import state_of

WriteBall = Callable[..., tuple[Path, Path]]
WaitUntil = Callable[..., None]

LIGHT = """
import time
from ugmcl.worker import serve

class Warm:
    def free(self):
        print("a library prints this")

def segment(arguments, folder, reporter):
    reporter.stage("Segmenting")
    print("said by the job")
    while arguments.get("endless"):
        if arguments["endless"] == "listening":
            reporter.check()
        time.sleep(0.02)
    return {}

serve._load = lambda: (Warm(), {"segment": segment})
serve.PARENT_GONE_SECONDS = 1.0
raise SystemExit(serve.main(["--idle-minutes", IDLE]))
"""


class Worker:
    """A server without torch, and what it says."""

    def __init__(self, root: Path, said: Path, idle_minutes: str = "5") -> None:
        self.said = said
        with said.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", LIGHT.replace("IDLE", repr(idle_minutes))],
                stdin=subprocess.PIPE,
                stdout=output,
                cwd=root,
                start_new_session=True,
            )

    def tell(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def events(self) -> list[dict[str, Any]]:
        return EventReader(self.said).read()

    def kinds(self) -> list[str]:
        return [event["kind"] for event in self.events()]


@pytest.fixture
def worker(root: Path, home: Path, tmp_path: Path) -> Iterator[Worker]:
    made = Worker(root, tmp_path / "said.jsonl")
    yield made
    end_tree(made.process.pid, made.process.pid, 0.0)
    made.process.wait()


def test_jobs_one_after_the_other(worker: Worker, wait_until: WaitUntil) -> None:
    jobs = [JobFolder.create("segment", {"number": number}) for number in range(3)]
    for job in jobs:
        worker.tell(str(job.path))
    worker.tell("free")
    wait_until(lambda: "freed" in worker.kinds())
    assert worker.kinds() == ["ready", *["begin", "end"] * 3, "freed"]
    assert [state_of(job) for job in jobs] == ["done"] * 3
    assert [e["job"] for e in worker.events() if e["kind"] == "end"] == [str(job.path) for job in jobs]
    newest = jobs[0].newest_attempt()
    assert newest and newest.log.read_text() == "said by the job\n"
    worker.tell("end")
    assert worker.process.wait(20) == 0
    assert worker.events()[-1]["reason"] == "asked"


def test_what_is_no_job_is_refused_and_the_next_one_done(
    worker: Worker, tmp_path: Path, wait_until: WaitUntil
) -> None:
    job = JobFolder.create("segment", {})
    worker.tell(str(tmp_path / "no job"))
    worker.tell("")
    worker.tell(str(job.path))
    wait_until(lambda: "end" in worker.kinds())
    refused = worker.events()[2]
    assert refused["kind"] == "refused" and "no job" in refused["error"]
    assert state_of(job) == "done"


def test_it_ends_with_its_input(worker: Worker, wait_until: WaitUntil) -> None:
    wait_until(lambda: "ready" in worker.kinds())
    assert worker.process.stdin
    worker.process.stdin.close()
    assert worker.process.wait(20) == 0
    assert worker.events()[-1]["reason"] == "parent"


def test_a_listening_job_ends_in_order_with_the_parent(worker: Worker, wait_until: WaitUntil) -> None:
    job = JobFolder.create("segment", {"endless": "listening"})
    worker.tell(str(job.path))
    wait_until(lambda: state_of(job) == "running")
    assert worker.process.stdin
    worker.process.stdin.close()
    worker.process.wait(20)
    assert state_of(job) == "stopped"


def test_a_deaf_job_does_not_outlive_the_parent_for_long(worker: Worker, wait_until: WaitUntil) -> None:
    job = JobFolder.create("segment", {"endless": "deaf"})
    worker.tell(str(job.path))
    wait_until(lambda: (newest := job.newest_attempt()) and "Segmenting" in newest.events.read_text())
    assert worker.process.stdin
    worker.process.stdin.close()
    assert worker.process.wait(20) == 3
    assert state_of(job) == "interrupted"


def test_it_ends_when_nothing_comes(root: Path, home: Path, tmp_path: Path) -> None:
    worker = Worker(root, tmp_path / "said.jsonl", idle_minutes="0.005")
    assert worker.process.wait(20) == 0
    assert worker.events()[-1]["reason"] == "idle"


def test_a_killed_parent_takes_it_along(
    root: Path, home: Path, tmp_path: Path, wait_until: WaitUntil
) -> None:
    code = f"""
import subprocess, sys, time
worker = subprocess.Popen([sys.executable, "-c", {LIGHT.replace("IDLE", "'5'")!r}], stdin=subprocess.PIPE,
                          stdout=open(sys.argv[1], "wb"), start_new_session=True)
time.sleep(600)
"""
    said = tmp_path / "said.jsonl"
    parent = subprocess.Popen([sys.executable, "-c", code, str(said)], cwd=root)
    wait_until(lambda: said.is_file() and EventReader(said).read())
    pid = EventReader(said).read()[0]["pid"]
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    wait_until(lambda: pid not in _alive(), 20)


@pytest.mark.slow
def test_two_segmentations_by_one_warm_worker(
    home: Path, write_ball: WriteBall, tiny_package: Path, tmp_path: Path, wait_until: WaitUntil
) -> None:
    said = tmp_path / "worker" / "said.jsonl"
    launched: Launched = launch_server(said)
    try:
        image, _ = write_ball("größer 病院")
        arguments = {
            "model": str(tiny_package),
            "image": str(image),
            "options": {"passes": 2, "preview": False},
        }
        jobs = [JobFolder.create("segment", arguments) for _ in range(2)]
        assert launched.process.stdin
        for job in jobs:
            launched.process.stdin.write(f"{job.path}\n".encode())
        wait_until(lambda: [e["kind"] for e in EventReader(said).read()].count("end") == 2, 100)
        launched.process.stdin.write(b"free\n")
        launched.process.stdin.close()
        assert launched.process.wait(60) == 0, said.with_suffix(".txt").read_text()
    finally:
        end_tree(launched.pid, launched.pid, 0.0)
    kinds = [event["kind"] for event in EventReader(said).read()]
    assert kinds == ["ready", "begin", "end", "begin", "end", "freed", "bye"]
    found = [(job.path / "results" / "größer 病院.seg.nrrd").read_bytes() for job in jobs]
    assert found[0] == found[1]

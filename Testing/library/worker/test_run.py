"""A job from lock to result: however it ends, the result says so in one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ugmcl.errors import Stopped, UserError
from ugmcl.jobs.events import EventReader
from ugmcl.jobs.folder import Attempt, JobFolder
from ugmcl.jobs.lock import hold_lock, lock_holder
from ugmcl.jobs.reporter import Reporter
from ugmcl.jobs.state import state_of
from ugmcl.worker.run import run_as_job, run_job
from ugmcl.worker.table import FUNCTIONS, function_of

Work = Callable[[Mapping[str, Any], Path, Reporter], dict[str, Any]]


@pytest.fixture
def job(home: Path) -> JobFolder:
    return JobFolder.create("check", {"dataset": "somewhere"})


def result_of(job: JobFolder) -> dict[str, Any]:
    attempt = job.newest_attempt()
    result = attempt.result() if attempt else None
    assert result is not None
    return result


def newest(job: JobFolder) -> Attempt:
    attempt = job.newest_attempt()
    assert attempt
    return attempt


def raises(fault: BaseException) -> Work:
    def work(arguments: Mapping[str, Any], folder: Path, reporter: Reporter) -> dict[str, Any]:
        raise fault

    return work


def test_work_that_is_done(job: JobFolder) -> None:
    def work(arguments: Mapping[str, Any], folder: Path, reporter: Reporter) -> dict[str, Any]:
        assert lock_holder(job.path) and state_of(job) == "running"
        reporter.stage("Working")
        return {"dataset": arguments["dataset"], "here": folder == job.path, "label": "größer"}

    outcome = run_job(job.path, functions={"check": work})
    assert (outcome.status, outcome.exit_status) == ("done", 0)
    assert state_of(job) == "done"
    assert result_of(job)["result"] == {"dataset": "somewhere", "here": True, "label": "größer"}
    assert [event["name"] for event in EventReader(newest(job).events).read()] == ["Working"]
    assert (newest(job).path / "result.json").read_bytes().isascii()


@pytest.mark.parametrize(
    ("fault", "status", "exit_status", "line"),
    [
        (UserError("two grids", "case 1", "Resample it"), "failed", 2, "case 1: two grids. Resample it."),
        (ZeroDivisionError("by\nzero"), "failed", 1, "ZeroDivisionError: by zero"),
        (MemoryError(), "failed", 1, "There was not enough memory for this work."),
        (OSError(28, "No space left on device", "/x"), "failed", 1, "/x: No space left on device."),
        (Stopped("cancelled"), "cancelled", 3, ""),
        (Stopped("time limit"), "stopped", 3, ""),
        (Stopped("paused; go on with …"), "stopped", 3, ""),
        (KeyboardInterrupt(), "cancelled", 3, ""),
    ],
)
def test_every_end_has_its_status(
    job: JobFolder, fault: BaseException, status: str, exit_status: int, line: str
) -> None:
    outcome = run_job(job.path, functions={"check": raises(fault)})
    assert (outcome.status, outcome.exit_status) == (status, exit_status)
    assert state_of(job) == status and result_of(job)["error"] == line


def test_our_faults_leave_their_traceback_in_the_log(job: JobFolder) -> None:
    run_job(job.path, functions={"check": raises(ZeroDivisionError("ours"))})
    assert "Traceback" in newest(job).log.read_text() and "ours" in newest(job).log.read_text()
    again = JobFolder.create("check", {})
    run_job(again.path, functions={"check": raises(UserError("theirs"))})
    assert not newest(again).log.exists() or "Traceback" not in newest(again).log.read_text()


def test_two_attempts_are_kept_apart(job: JobFolder) -> None:
    run_job(job.path, functions={"check": raises(Stopped("paused"))})
    run_job(job.path, functions={"check": lambda arguments, folder, reporter: {"n": 2}})
    assert [attempt.path.name for attempt in job.attempts()] == ["attempt-1", "attempt-2"]
    assert [(attempt.result() or {})["status"] for attempt in job.attempts()] == ["stopped", "done"]
    assert state_of(job) == "done"


def test_a_job_cancelled_before_it_began_does_nothing(job: JobFolder) -> None:
    job.cancel_file.write_text("cancelled")
    outcome = run_job(job.path, functions={"check": raises(AssertionError("it began"))})
    assert outcome.status == "cancelled" and not job.cancel_file.exists()


def test_a_job_at_work_is_not_begun_twice(job: JobFolder) -> None:
    with hold_lock(job.path), pytest.raises(UserError, match="at work"):
        run_job(job.path, functions={"check": raises(AssertionError("it began"))})
    assert job.attempts() == []


def test_unknown_work_and_no_job(home: Path, tmp_path: Path) -> None:
    job = JobFolder.create("levitate", {})
    assert run_job(job.path).exit_status == 2
    assert "no work of kind 'levitate'" in result_of(job)["error"]
    with pytest.raises(UserError, match="no job"):
        run_job(tmp_path)


@pytest.mark.parametrize("kind", sorted(FUNCTIONS))
def test_the_table_names_functions_that_exist(kind: str) -> None:
    assert callable(function_of(kind))


def test_a_process_takes_all_output_into_the_log(root: Path, home: Path, job: JobFolder) -> None:
    code = """
import os, subprocess, sys
from ugmcl.worker.run import run_job
def work(arguments, folder, reporter):
    print("from Python")
    os.write(2, b"from C\\n")
    subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
    return {}
print("before"); run_job(sys.argv[1], functions={"check": work}, capture=True); print("after")
"""
    command = [sys.executable, "-c", code, str(job.path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.split() == ["before", "after"] and done.stderr == ""
    log = newest(job).log.read_text()
    assert sorted(log.splitlines()) == ["from C", "from Python", "from a child"]


def test_a_terminated_process_ends_in_order(
    root: Path, home: Path, job: JobFolder, wait_until: Callable[..., None]
) -> None:
    code = """
import sys, time
from ugmcl.worker import run, table
def work(arguments, folder, reporter):
    reporter.stage("Working")
    while True:
        reporter.check()
        time.sleep(0.02)
run.function_of = lambda kind: work
raise SystemExit(run.main([sys.argv[1], "--background"]))
"""
    process = subprocess.Popen([sys.executable, "-c", code, str(job.path)], cwd=root)
    wait_until(lambda: job.attempts() and '"stage"' in newest(job).events.read_text())
    assert os.getpriority(os.PRIO_PROCESS, process.pid) >= 10
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 3
    assert state_of(job) == "stopped" and result_of(job)["reason"] == "paused"


def test_work_in_this_process_leaves_a_job_behind(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    values = run_as_job(folder, "train", {"data": "d"}, lambda reporter: [1, 2], lambda v: {"n": len(v)})
    assert values == [1, 2]
    job = JobFolder.open(folder)
    assert state_of(job) == "done" and result_of(job)["result"] == {"n": 2}

    def stop(reporter: Reporter) -> None:
        with hold_lock(folder, join=True):  # as the training does
            reporter.stage("Training")
            raise Stopped("time limit")

    with pytest.raises(Stopped, match="time limit"):
        run_as_job(folder, "train", {}, stop, lambda v: {})
    assert state_of(job) == "stopped" and len(job.attempts()) == 2
    with pytest.raises(UserError, match="kind train"):
        run_as_job(folder, "prepare", {}, stop, lambda v: {})


def test_results_are_json_whatever_the_work_returns(job: JobFolder) -> None:
    import numpy as np

    values = {"dice": np.float32(0.5), "path": Path("/x"), "nan": float("nan"), "pair": (1, 2)}
    run_job(job.path, functions={"check": lambda arguments, folder, reporter: values})
    data = json.loads((newest(job).path / "result.json").read_text())
    assert data["result"] == {"dice": 0.5, "path": "/x", "nan": None, "pair": [1, 2]}

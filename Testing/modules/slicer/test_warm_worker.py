"""The worker of a Slicer: one process for many jobs, started when it is needed, gone with Slicer."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ugmcl.errors import UserError
from ugmcl.jobs.environment import data_folder
from ugmcl.jobs.processes import _alive, descendants

pytestmark = pytest.mark.timeout(240)
Make = Callable[..., Any]


def test_one_process_does_job_after_job_and_the_second_is_faster(
    worker: Any, segment_job: Make, watching: Make
) -> None:
    assert not worker.alive
    assert worker.command == ""
    seconds, pids = [], []
    for _ in range(2):
        job = segment_job()
        began = time.monotonic()
        worker.submit(job)
        update = watching(job, worker).wait()
        assert update.state == "done", update.error
        seconds.append(time.monotonic() - began)
        pids.append(worker.pid)
        assert (job.path / "results" / "case.seg.nrrd").is_file()
    assert pids[0] == pids[1] > 0
    assert seconds[1] < seconds[0] / 2
    assert "bootstrap.py" in worker.command
    assert "serve" in worker.command


def test_after_its_death_the_next_job_has_a_new_process(
    worker: Any, segment_job: Make, watching: Make, host: Any
) -> None:
    worker.submit(segment_job())
    host.wait_until(lambda: worker.pid, 100, "the worker")
    first = worker.pid
    os.kill(first, signal.SIGKILL)
    host.wait_until(lambda: not worker.alive, 10, "its death")
    job = segment_job()
    worker.submit(job)
    assert watching(job, worker).wait().state == "done"
    assert worker.pid not in (0, first)


def test_another_python_means_another_process(
    worker: Any, segment_job: Make, watching: Make, choices: Any, launcher: Path
) -> None:
    first = segment_job()
    worker.submit(first)
    assert watching(first, worker).wait().state == "done"
    before = worker.pid
    choices.set_own_python(str(launcher))
    second = segment_job()
    worker.submit(second)
    assert watching(second, worker).wait().state == "done"
    assert worker.pid != before
    assert str(launcher) in worker.command


def test_without_an_interpreter_there_is_a_sentence(
    worker: Any, segment_job: Make, without_torch: None
) -> None:
    with pytest.raises(UserError, match=r"not set up on this computer yet. See Set-up"):
        worker.submit(segment_job())
    assert not worker.alive


def test_an_interpreter_that_dies_at_once_is_named_by_its_last_words(
    worker: Any, segment_job: Make, watching: Make, choices: Any, tmp_path: Path
) -> None:
    program = tmp_path / "old python"
    program.write_text("#!/bin/sh\necho 'GLIBC_2.99 not found' >&2\nexit 1\n", encoding="ascii")
    program.chmod(0o755)
    choices.set_own_python(str(program))
    job = segment_job()
    worker.submit(job)
    update = watching(job, worker).wait(20)
    assert update.state == "failed"
    assert update.error == "The computation could not begin: GLIBC_2.99 not found"


def test_memory_is_let_go_on_request(worker: Any, segment_job: Make, watching: Make, host: Any) -> None:
    worker.free()  # nothing to do
    job = segment_job()
    worker.submit(job)
    assert watching(job, worker).wait().state == "done"
    worker.free()
    said = max(
        (data_folder() / "worker").glob(f"{os.getpid()}-*.jsonl"), key=lambda file: file.stat().st_mtime
    )
    host.wait_until(lambda: '"freed"' in said.read_text(encoding="ascii"), 20, "the freed memory")
    assert worker.alive


def test_stop_ends_launcher_and_child(
    worker: Any, segment_job: Make, watching: Make, choices: Any, launcher: Path, host: Any
) -> None:
    choices.set_own_python(str(launcher))
    job = segment_job(passes=64)
    worker.submit(job)
    watched = watching(job, worker)
    watched.wait_for_stage("Segmenting")
    tree = {worker.launched.pid} | descendants(worker.launched.pid)
    assert worker.pid in tree
    assert worker.pid != worker.launched.pid
    began = time.monotonic()
    worker.stop()
    assert time.monotonic() - began < 0.2  # the window does not wait
    host.wait_until(lambda: not tree & _alive(), 30, "the end of the tree")


def test_the_shared_one_ends_with_slicer(segment_job: Make, watching: Make, host: Any) -> None:
    import slicer

    from ugmcl.slicer.warm_worker import shared_worker

    shared = shared_worker()
    assert shared is shared_worker()
    job = segment_job()
    shared.submit(job)
    assert watching(job, shared).wait().state == "done"
    slicer.app.aboutToQuit.emit()
    pid = shared.pid
    host.wait_until(lambda: not shared.alive and pid not in _alive(), 20, "the worker's end")

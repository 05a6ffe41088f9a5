"""Watching a job from the window: every end is noticed soon and said in one line."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ugmcl.jobs.launch import Interpreter, launch
from ugmcl.jobs.processes import _alive, descendants
from ugmcl.jobs.state import state_of

pytestmark = pytest.mark.timeout(240)
Make = Callable[..., Any]


def test_stages_progress_and_result(segment_job: Make, watching: Make, host: Any) -> None:
    job = segment_job(passes=16)
    host.start_pause_watch()
    watched = watching(job, launch(job))
    update = watched.wait()
    assert update.state == "done", update.error
    assert "Segmenting" in watched.stages
    assert update.result["result"]["files"]["segmentation"] == "results/case.seg.nrrd"
    events = [event for update in watched.updates for event in update.events]
    shares = [event["done"] / event["total"] for event in events if event["kind"] == "progress"]
    assert shares
    assert all(0 <= share <= 1 for share in shares)
    assert host.longest_pause() < 1.0


def test_a_killed_worker_is_noticed_within_ten_seconds(
    worker: Any, segment_job: Make, watching: Make
) -> None:
    job = segment_job(passes=64)
    worker.submit(job)
    watched = watching(job, worker)
    watched.wait_for_stage("Segmenting")
    os.kill(worker.pid, signal.SIGKILL)
    began = time.monotonic()
    update = watched.wait(10)
    assert time.monotonic() - began < 10
    assert update.state == "interrupted"
    assert update.error.startswith("The work was interrupted (its process ")
    assert update.error.endswith("It can be tried again.")
    assert "\n" not in update.error


def test_a_child_of_the_launcher_that_is_killed(segment_job: Make, watching: Make, launcher: Path) -> None:
    job = segment_job(passes=64)
    launched = launch(job, Interpreter(str(launcher)))
    watched = watching(job, launched)
    watched.wait_for_stage("Segmenting")
    (child,) = descendants(launched.pid)
    os.kill(child, signal.SIGKILL)
    assert watched.wait(10).state == "interrupted"


def test_cancel_ends_the_whole_tree(segment_job: Make, watching: Make, launcher: Path, host: Any) -> None:
    job = segment_job(passes=64)
    launched = launch(job, Interpreter(str(launcher)))
    watched = watching(job, launched)
    watched.wait_for_stage("Segmenting")
    tree = {launched.pid} | descendants(launched.pid)
    watched.watch.cancel()
    watched.watch.cancel()  # a second click changes nothing
    assert watched.wait(20).state == "cancelled"
    host.wait_until(lambda: not tree & _alive(), 10, "the end of the tree")


def test_one_that_does_not_listen_is_ended_by_force(
    segment_job: Make, watching: Make, launcher: Path, monkeypatch: pytest.MonkeyPatch, host: Any
) -> None:
    from ugmcl.slicer import job_watch

    monkeypatch.setattr(job_watch, "GRACE_SECONDS", 1.0)
    job = segment_job(passes=64)
    launched = launch(job, Interpreter(str(launcher)))
    watched = watching(job, launched)
    watched.wait_for_stage("Segmenting")
    (child,) = descendants(launched.pid)
    os.kill(child, signal.SIGSTOP)  # deaf
    host.start_pause_watch()
    watched.watch.cancel()
    assert watched.wait(30).state == "cancelled"
    assert host.longest_pause() < 1.0
    host.wait_until(lambda: not {child, launched.pid} & _alive(), 10, "the end of the tree")


def test_cancel_before_it_begins(worker: Any, segment_job: Make, watching: Make, host: Any) -> None:
    busy, waiting = segment_job(passes=64), segment_job()
    worker.submit(busy)
    worker.submit(waiting)
    first, second = watching(busy, worker), watching(waiting, worker)
    first.wait_for_stage("Segmenting")
    second.watch.cancel()
    assert second.wait(20).state == "cancelled"
    assert not first.ends
    first.watch.cancel()
    assert first.wait(20).state == "cancelled"
    host.wait_until(lambda: state_of(waiting) == "cancelled", 20, "the worker's look at the second job")
    assert not (waiting.path / "results").exists()


def test_cancel_while_the_process_starts(segment_job: Make, watching: Make) -> None:
    job = segment_job(passes=64)
    launched = launch(job)
    watched = watching(job, launched)
    watched.watch.cancel()
    assert watched.wait(60).state == "cancelled"
    launched.process.wait(20)
    assert not (job.path / "results").exists()


def test_a_fault_of_the_work_is_one_sentence(segment_job: Make, watching: Make, tmp_path: Path) -> None:
    job = segment_job(model=tmp_path / "no model")
    update = watching(job, launch(job)).wait()
    assert update.state == "failed"
    assert "no model" in update.error
    assert "\n" not in update.error


def test_a_job_whose_folder_vanishes(worker: Any, segment_job: Make, watching: Make) -> None:
    job = segment_job(passes=64)
    worker.submit(job)
    watched = watching(job, worker)
    watched.wait_for_stage("Segmenting")
    shutil.rmtree(job.path, ignore_errors=True)
    update = watched.wait(5)
    assert update.state == "failed"
    assert update.error == "The job's folder cannot be read any more: it was removed"


def test_silence_is_measured(segment_job: Make, watching: Make, host: Any) -> None:
    job = segment_job(passes=64)
    launched = launch(job)
    watched = watching(job, launched)
    watched.wait_for_stage("Segmenting")
    os.kill(launched.pid, signal.SIGSTOP)
    host.process_events(7.0)
    assert watched.updates[-1].silent_s > 5  # the panel speaks from a minute on
    os.kill(launched.pid, signal.SIGCONT)
    watched.watch.cancel()
    assert watched.wait(30).state == "cancelled"


def test_after_stop_nobody_is_told(segment_job: Make, watching: Make, host: Any) -> None:
    job = segment_job()
    launched = launch(job)
    watched = watching(job, launched)
    watched.watch.stop()
    launched.process.wait(100)
    host.process_events(0.6)
    assert watched.ends == []

"""Runs as their folders tell: found, summed up and deleted, whatever state their files are in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ugmcl.errors import UserError
from ugmcl.jobs.folder import JobFolder, list_jobs
from ugmcl.jobs.job_reporter import JobReporter
from ugmcl.jobs.json_files import write_json
from ugmcl.jobs.lock import hold_lock
from ugmcl.jobs.runs import (
    delete_run,
    gpu_holders,
    list_runs,
    read_curve_rows,
    run_settings,
    summarise,
)

CURVES = (
    "iteration,start Dice left,start Dice right,loss,student Dice left,student Dice right,teacher Dice left\n"
    "0,0.4,0.6,,,,\n"
    "10,,,1.25,,,\n"
    "20,,,,0.5,0.7,0.8\n"
    "30,,,0.75,,,\n"
    "40,,,0.6"  # being written
)
FILES = ("request.json", "settings.json", "device.json", "curves.csv", "attempt-1/events.jsonl", "data.json")


@pytest.fixture
def run(home: Path, tmp_path: Path) -> JobFolder:
    """A run with one attempt that was killed at step 34 of 100, its checkpoint at 30."""
    job = JobFolder.create("train", {"settings": {"iterations": 100}}, tmp_path / "runs" / "größe 1")
    with hold_lock(job.path):
        attempt = job.new_attempt()
        with JobReporter(job, attempt) as reporter:
            reporter.stage("Training")
            reporter.progress(2, 100, "iterations")
            reporter.progress(100, 100, "cases")  # an unfinished event of progress is told at its end only
    fill(job.path)
    return job


def fill(folder: Path) -> None:
    """What a training writes."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "settings.json", {"iterations": 100, "method": "ug-mcl"})
    write_json(folder / "device.json", {"device": "cuda:0", "name": "A card", "reason": "the best one"})
    write_json(folder / "data.json", {"roles": {"labelled": 2}})
    (folder / "curves.csv").write_text(CURVES)
    for steps in (20, 30):
        (folder / "checkpoints" / f"{steps:06d}").mkdir(parents=True)
        (folder / "checkpoints" / f"{steps:06d}" / "student.safetensors").write_bytes(b"x" * 500)


def test_a_killed_run_is_interrupted(run: JobFolder) -> None:
    found = summarise(run.path)
    assert (found.state, found.name, found.iteration, found.iterations) == ("interrupted", "größe 1", 30, 100)
    assert found.dice == pytest.approx({"student": 0.6, "teacher": 0.8}) and found.start_dice == 0.5
    assert (found.device, found.device_name, found.remaining_s) == ("cuda:0", "A card", None)
    assert found.disk_bytes > 1000 and found.created == run.request().created
    assert "can be resumed" in found.error and not found.has_model and not found.is_control


def test_a_run_at_work(run: JobFolder) -> None:
    with hold_lock(run.path), JobReporter(run, run.new_attempt()) as reporter:
        reporter.progress(31, 100, "iterations")
        reporter._last_progress = float("-inf")
        reporter.progress(34, 100, "iterations")
        found = summarise(run.path)
        assert (found.state, found.iteration, found.error) == ("running", 34, "")
        assert found.remaining_s is not None
        assert [holder.folder for holder in gpu_holders()] == [run.path]
        with pytest.raises(UserError, match="at work"):
            delete_run(run.path)
    assert gpu_holders() == []
    assert summarise(run.path).iteration == 30  # what it goes on from


@pytest.mark.parametrize("kept", [0, 7])
@pytest.mark.parametrize("name", FILES)
def test_truncated_files(run: JobFolder, name: str, kept: int) -> None:
    file = run.path / name
    file.write_bytes(file.read_bytes()[:kept])
    (found,) = list_runs()
    assert found.folder == run.path and found.state == "interrupted" and found.error
    assert "\n" not in found.error


def test_every_file_is_garbage(run: JobFolder) -> None:
    for name in FILES:
        (run.path / name).write_bytes(b'\xff\x00{"kind": "progress"\n[[[[,,,\n')
    (found,) = list_runs()
    assert "request.json" in found.error and found.iteration == 30 and found.dice == {}
    assert run_settings(run.path) == {} and read_curve_rows(run.path) == []


def test_the_record_of_the_end_is_cut_short(run: JobFolder) -> None:
    attempt = run.newest_attempt()
    assert attempt is not None
    attempt.write_result("failed", error="The disk is full:\n/data")
    assert summarise(run.path).error == "The disk is full: /data"
    result = attempt.path / "result.json"
    result.write_bytes(result.read_bytes()[:20])
    found = summarise(run.path)
    assert found.state == "interrupted" and "record of how it ended" in found.error


def test_settings_that_cannot_be_read(run: JobFolder) -> None:
    (run.path / "settings.json").write_text("{")
    (attempt,) = run.attempts()
    attempt.write_result("stopped")
    assert "settings.json is damaged" in summarise(run.path).error
    assert run_settings(run.path) == {"iterations": 100}  # as it was asked for


def test_runs_of_other_places(run: JobFolder, tmp_path: Path) -> None:
    """A cluster's run has no pointer here; a training without a job's files is a run as well."""
    elsewhere = tmp_path / "cluster" / "project" / "runs"
    foreign = elsewhere / "torchrun"
    fill(foreign)
    write_json(foreign / "request.json", {"format": "ugmcl-job/1", "kind": "train", "arguments": {}})
    bare = elsewhere / "bare"
    fill(bare)
    fill(bare / "control")
    (bare / "model").mkdir()
    (bare / "model" / "model.json").write_text("{}")
    (elsewhere / "notes").mkdir()
    assert [found.name for found in list_runs()] == [run.name]
    listed = list_runs([tmp_path / "cluster", elsewhere, foreign, tmp_path / "absent"])
    assert sorted(found.name for found in listed) == ["bare", "größe 1", "torchrun"]
    assert summarise(foreign).state == "queued"
    assert summarise(bare).state == "done" and summarise(bare).has_model
    assert summarise(bare / "control").is_control


def test_newest_first(run: JobFolder, tmp_path: Path) -> None:
    later = JobFolder.create("train", {}, tmp_path / "later")
    other = JobFolder.create("check", {})
    assert [found.name for found in list_runs()] == ["later", run.name]
    assert summarise(later.path).state == "queued" and other.path.is_dir()


def test_a_folder_that_was_deleted_by_hand(run: JobFolder, home: Path) -> None:
    (home / "jobs" / "20260101-000000-train-aaaaaa.path").write_bytes(b"\xff\xfe\x00")
    moved = run.path.rename(run.path.with_name("gone"))
    assert list_runs() == [] and list_jobs() == []
    assert "not there" in summarise(run.path).error
    assert [found.name for found in list_runs([moved.parent])] == ["gone"]


def test_deleting(run: JobFolder, home: Path, tmp_path: Path) -> None:
    for name in (".settings.json.part7", ".room", ".curves.csv.88"):
        (run.path / name).touch()
    delete_run(run.path)
    assert not run.path.exists() and list_runs() == [] and not list((home / "jobs").glob("*.path"))
    delete_run(run.path)  # gone already
    with pytest.raises(UserError, match="no run"):
        delete_run(tmp_path)


def test_deleting_leaves_the_users_own_files(run: JobFolder) -> None:
    for name in ("patients.csv", ".git"):
        (run.path / name).touch()
    delete_run(run.path)
    assert sorted(file.name for file in run.path.iterdir()) == [".git", "patients.csv"]
    assert list_runs([run.path.parent]) == []


def test_deleting_what_may_not_be_deleted(run: JobFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("ugmcl.jobs.run_deletion.shutil.rmtree", refuse)
    with pytest.raises(UserError, match=r"cannot be deleted \(Permission denied\)"):
        delete_run(run.path)
    assert list_runs()[0].folder == run.path


def test_slicer_can_ask(root: Path, run: JobFolder) -> None:
    """The module needs the standard library only, and is quick with a long record."""
    attempt = run.newest_attempt()
    assert attempt is not None
    with attempt.events.open("a") as stream:
        for step in range(20000):
            stream.write(json.dumps({"kind": "progress", "done": step, "total": 100, "unit": "x"}) + "\n")
    code = (
        "import sys, time; from ugmcl.jobs.runs import list_runs; t = time.perf_counter(); list_runs();"
        "print(time.perf_counter() - t);"
        "assert not {'torch', 'numpy', 'pydantic', 'SimpleITK'} & set(sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 1.0


def test_killed_for_real(
    job: JobFolder, home: Path, tmp_path: Path, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    process = start(job, "listen")
    assert summarise(job.path).state == "running"
    process.kill()
    process.wait()
    assert summarise(job.path).state == "interrupted"

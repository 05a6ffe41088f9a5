"""``ugmcl jobs`` and ``ugmcl run``: a training of the command line is a job like any other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ugmcl.cli import main as program
from ugmcl.jobs.folder import JobFolder

SMALL = ["width=2", "patch=16,16,16", "recalibration_patches=4", "validate_every=1000"]


@pytest.fixture
def own_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UGMCL_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "jobs"


def train(data: Path, run: Path, *more: str) -> int:
    settings = [word for text in SMALL for word in ("--set", text)]
    return program.main(["train", str(data), "--output", str(run), "--quiet", *settings, *more])


def test_a_training_can_be_listed_shown_and_followed(
    own_jobs: Path, ball_dataset: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "my run"
    assert train(ball_dataset, run, "--set", "iterations=4", "--max-minutes", "0.00001") == 3
    capfd.readouterr()
    assert program.main(["jobs", "list", "--json"]) == 0
    (fact,) = json.loads(capfd.readouterr().out)
    assert (fact["name"], fact["kind"], fact["state"]) == ("my run", "train", "stopped")

    assert program.main(["run", str(run)]) == 0  # as Slicer resumes it
    capfd.readouterr()
    assert program.main(["jobs", "show", "my run"]) == 0
    text = capfd.readouterr().out
    assert "state:     done" in text and "attempts:  2" in text
    assert program.main(["jobs", "follow", str(run)]) == 0
    assert "my run: done" in capfd.readouterr().out
    assert (run / "model" / "model.json").is_file()


def test_a_training_that_cannot_begin_leaves_no_job(own_jobs: Path, tmp_path: Path) -> None:
    assert train(tmp_path / "nowhere", tmp_path / "run") == 2
    assert not (tmp_path / "run").exists()


def test_a_folder_with_other_things_keeps_them(own_jobs: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "notes.txt").write_text("mine", encoding="utf-8")
    assert train(tmp_path / "nowhere", run) == 2
    assert [path.name for path in run.iterdir()] == ["notes.txt"]


def test_a_job_with_bad_input_ends_with_two_and_says_why(
    own_jobs: Path, tiny_package: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    job = JobFolder.create("segment", {"model": str(tiny_package), "image": "nowhere.nrrd"})
    assert program.main(["run", str(job.path)]) == 2
    assert "nowhere.nrrd" in capfd.readouterr().err
    assert program.main(["jobs", "follow", job.name, "--json"]) == 2
    assert json.loads(capfd.readouterr().out)["state"] == "failed"


def test_a_queued_job_can_be_cancelled(own_jobs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = JobFolder.create("segment", {})
    assert program.main(["jobs", "cancel", job.name]) == 0
    assert capsys.readouterr().out.strip() == f"{job.name}: cancelled"


def test_an_unknown_job_is_one_line(own_jobs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["jobs", "show", "nothing"]) == 2
    assert "no such job" in capsys.readouterr().err
    assert program.main(["jobs", "list"]) == 0
    assert "no jobs" in capsys.readouterr().out

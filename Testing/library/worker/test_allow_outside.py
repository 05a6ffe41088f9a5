"""A project's manifest names files elsewhere on the disk: only who says so may read them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ugmcl.cli.main import main
from ugmcl.jobs.folder import JobFolder
from ugmcl.worker.run import run_job

SETTINGS = {
    "iterations": 2, "patch": [16, 16, 16], "width": 2, "passes": 1, "recalibration_patches": 4,
    "loader_processes": 0, "device": "cpu", "threads": 1, "precision": "fp32",
}  # fmt: skip


@pytest.fixture
def project(home: Path, ball_dataset: Path, tmp_path: Path) -> Path:
    """A manifest in a folder of its own that names the cases by absolute paths."""
    manifest = json.loads(ball_dataset.read_text())
    for case in manifest["cases"]:
        for key in ("image", "label"):
            if case[key]:
                case[key] = str(ball_dataset.parent / case[key])
    for label, name in zip(
        manifest["labels"].values(), ("anterior hippocampus", "posterior hippocampus"), strict=True
    ):
        label["name"] = name
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "dataset.json").write_text(json.dumps(manifest))
    return folder


def outcome(kind: str, arguments: dict[str, Any], folder: Path | None = None) -> tuple[str, str]:
    """Status and error of a job."""
    job = JobFolder.create(kind, arguments, folder)
    found = run_job(job.path)
    return found.status, found.error


@pytest.mark.parametrize("kind", ["check", "estimate", "rank", "evaluate", "train"])
def test_jobs(project: Path, tiny_package: Path, tmp_path: Path, kind: str) -> None:
    data = {"data" if kind == "train" else "dataset": str(project)}
    more: dict[str, Any] = {
        "check": {},
        "estimate": {"preset": "paper", "settings": SETTINGS, "seconds": 0.01},
        "rank": {"model": str(tiny_package), "passes": 1},
        "evaluate": {"model": str(tiny_package), "passes": 1},
        "train": {"preset": "paper", "settings": SETTINGS},
    }[kind]
    status, error = outcome(kind, {**data, **more})
    assert status == "failed" and "outside" in error
    run = tmp_path / "run"
    status, error = outcome(kind, {**data, **more, "allow_outside": True}, run)
    assert (status, error) == ("done", "")
    if kind == "train":
        assert json.loads((run / "data.json").read_text())["allow_outside"] is True


def test_a_resumed_run_keeps_it(project: Path, tmp_path: Path) -> None:
    """Also where the prepared data are gone, so that the manifest is read again."""
    run = tmp_path / "run"
    arguments = {
        "data": str(project), "preset": "paper", "settings": SETTINGS, "allow_outside": True,
        "max_minutes": 1e-9,
    }  # fmt: skip
    assert outcome("train", arguments, run)[0] == "stopped"
    shutil.rmtree(run / "cache")
    request = json.loads((run / "request.json").read_text())
    del request["arguments"]["max_minutes"]
    (run / "request.json").write_text(json.dumps(request))
    found = run_job(run)
    assert (found.status, found.error) == ("done", "")


def test_on_the_command_line(
    project: Path, tiny_package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = [f"--set={name}={json.dumps(value)}" for name, value in SETTINGS.items()]
    model = ["--model", str(tiny_package), "--passes", "1"]
    for command in (
        ["train", str(project), "--output", str(tmp_path / "run"), "--preset", "paper", *values],
        ["rank", str(project), *model],
        ["evaluate", "--dataset", str(project), *model],
    ):
        assert main(command) == 2, command
        assert "outside" in capsys.readouterr().err
        assert main([*command, "--allow-outside"]) == 0, command

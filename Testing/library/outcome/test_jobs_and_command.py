"""The outcome where users meet it: the training job, `ugmcl report`, `ugmcl train --control`, Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import ugmcl
from Testing.library.outcome.conftest import TINY, write_dataset
from ugmcl.cli import main as program
from ugmcl.errors import UserError
from ugmcl.jobs.folder import JobFolder
from ugmcl.outcome import conclude
from ugmcl.worker.run import run_job

pytestmark = pytest.mark.slow
ROLES = ("labelled", "labelled", "unlabelled", "validation", "validation")


@pytest.fixture
def job(start_model: Path, tmp_path: Path) -> JobFolder:
    """A training of six steps with a control, not begun."""
    arguments: dict[str, Any] = {
        "data": str(write_dataset(tmp_path / "data", ROLES)), "preset": "paper",
        "settings": {name: list(v) if isinstance(v, tuple) else v for name, v in TINY.items()},
        "start": str(start_model), "control": True,
    }  # fmt: skip
    return JobFolder.create("train", arguments, tmp_path / "run")


def test_a_training_job_ends_with_a_report(job: JobFolder, recorder) -> None:
    done = run_job(job.path)
    assert done.status == "done", done.error
    assert (done.result["report"], done.result["verdict"]) == ("report.html", "too few")
    assert done.result["sentence"].startswith("Too few cases to tell")
    assert (job.path / "control" / "model" / "model.json").is_file()
    report = JobFolder.create("report", {"run": str(job.path)}, job.path.parent / "again")
    again = run_job(report.path)
    assert again.status == "done" and again.result["verdict"] == "too few" and again.result["control"]


def test_a_pause_in_the_comparison_is_resumed_there(job: JobFolder, recorder) -> None:
    paused = run_job(job.path, also=recorder(stop_at="Control: training"))
    assert paused.status == "stopped" and paused.reason == "paused"
    assert (job.path / "model" / "model.json").is_file() and not (job.path / "outcome.json").exists()
    weights = (job.path / "model" / "weights.safetensors").read_bytes()
    done = run_job(job.path, also=(told := recorder()))
    assert done.status == "done" and done.result["report"] == "report.html"
    assert "Fitting the temperature" not in told.stages
    assert (job.path / "model" / "weights.safetensors").read_bytes() == weights


@pytest.mark.parametrize(
    "fault", [UserError("no space", "disk"), RuntimeError("broken"), ImportError("jinja2")]
)
def test_a_fault_in_the_comparison_costs_the_report_only(
    fault: Exception, job: JobFolder, recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **more: Any) -> None:
        raise fault

    monkeypatch.setattr(conclude, "open_run", fail)
    done = run_job(job.path, also=(told := recorder()))
    assert done.status == "done" and done.result["model"] == "model" and done.result["report"] is None
    assert any(level == "warning" and "not the report" in text for level, text in told.messages)


def test_the_time_limit_counts_for_the_comparison_too(job: JobFolder) -> None:
    request = json.loads((job.path / "request.json").read_text())
    run_job(job.path, also=_StopAt())
    request["arguments"]["max_minutes"] = 1e-4
    (job.path / "request.json").write_text(json.dumps(request))
    late = run_job(job.path)
    assert (late.status, late.reason) == ("stopped", "time limit")


class _StopAt(ugmcl.Reporter):
    """Pauses as soon as the model is written."""

    def stage(self, name: str) -> None:
        if name == "Fitting the temperature":
            raise ugmcl.Stopped("paused")


def test_the_command_line(start_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, run = write_dataset(tmp_path / "data", ROLES), tmp_path / "run"
    settings = [
        word
        for name, value in TINY.items()
        for word in ("--set", f"{name}={','.join(map(str, value)) if isinstance(value, tuple) else value}")
    ]
    call = ["train", str(data), "--output", str(run), "--start", str(start_model), "--quiet", *settings]
    assert program.main(call) == 0
    said = capsys.readouterr().out
    assert "Too few cases to tell" in said and str(run / "report.html") in said
    assert not (run / "control").exists()
    assert program.main(["report", str(run), "--control", "--quiet", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "too few" and found["control"]["iterations"] == TINY["iterations"]
    assert program.main(["report", str(run), "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "after-control" in said and "the control reaches" in said
    assert ugmcl.report(run).sentence in said
    assert program.main(["report", str(tmp_path), "--quiet"]) == 2
    assert "no run in this folder" in capsys.readouterr().err

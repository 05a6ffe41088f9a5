"""What a training would take: measured steps, budgets that fit, a cache that the training uses again."""

from __future__ import annotations

from pathlib import Path

import pytest

from ugmcl.jobs.folder import JobFolder
from ugmcl.training.budgets import BUDGETS, Budget
from ugmcl.worker.run import run_job

SMALL = {
    "patch": [16, 16, 16],
    "width": 2,
    "passes": 1,
    "device": "cpu",
    "precision": "fp32",
    "iterations": 30,
}


def test_iterations_fit_into_the_time_within_bounds() -> None:
    budget = Budget("an hour", 60.0, 1000, 6000)
    assert budget.iterations(1.2) == 3000
    assert budget.iterations(60.0) == 1000, "a slow computer takes longer, and is told so"
    assert budget.iterations(0.001) == 6000
    assert [BUDGETS[name].iterations(1.0) for name in ("quick", "standard", "thorough")] == [
        600,
        3600,
        20_000,
    ]


@pytest.mark.slow
def test_real_steps_are_measured(ball_dataset: Path, tmp_path: Path) -> None:
    arguments = {
        "dataset": str(ball_dataset), "settings": SMALL, "output": str(tmp_path / "run"), "seconds": 0.5,
    }  # fmt: skip
    outcome = run_job(JobFolder.create("estimate", arguments).path)
    assert outcome.status == "done", outcome.error
    found = outcome.result
    assert found["patch"] == (16, 16, 16) and found["precision"] == "fp32"
    assert 0.001 < found["seconds_per_iteration"] < 20 and found["validation_seconds"] > 0
    step, check = found["seconds_per_iteration"], found["validation_seconds"]
    assert found["asked"]["iterations"] == 30 and found["asked"]["seconds"] == pytest.approx(
        30 * step + check
    )
    assert found["budgets"]["quick"]["iterations"] <= found["budgets"]["standard"]["iterations"]
    assert found["memory_bytes"] > 1e7 and found["free_memory_bytes"] > found["memory_bytes"] / 100
    assert found["disk_bytes"] > 50_000
    assert (tmp_path / "run" / "cache" / "cache.json").is_file()
    assert not (tmp_path / "run" / "checkpoints").exists(), "an estimate is no run"


def test_bad_data_are_said_before_anything_is_measured(tmp_path: Path) -> None:
    job = JobFolder.create("estimate", {"dataset": str(tmp_path / "nothing")})
    outcome = run_job(job.path)
    assert outcome.status == "failed" and outcome.fault == "user" and "nothing" in outcome.error

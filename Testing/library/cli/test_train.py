"""``ugmcl prepare`` and ``ugmcl train``: check, run, stop, go on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ugmcl.cli import main as program

SMALL = {"width": "2", "patch": "16,16,16", "recalibration_patches": "4", "validate_every": "1000"}


def settings(**more: str) -> list[str]:
    return [word for name, value in {**SMALL, **more}.items() for word in ("--set", f"{name}={value}")]


def test_check_of_sound_data(ball_dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["prepare", str(ball_dataset), "--check", "--quiet"]) == 0
    assert "0 errors" in capsys.readouterr().out


def test_check_lists_faults_and_training_refuses_them(
    ball_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = json.loads(ball_dataset.read_text(encoding="utf-8"))
    del manifest["labels"]["2"]
    ball_dataset.write_text(json.dumps(manifest), encoding="utf-8")
    assert program.main(["prepare", str(ball_dataset), "--check", "--json", "--quiet"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert {"error"} <= {finding["severity"] for finding in found} and all(f["message"] for f in found)
    assert program.main(["train", str(ball_dataset), "--output", str(tmp_path / "run"), "--quiet"]) == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("warning: ")]
    assert len(errors) == 1 and "ball_" in errors[0]
    assert not (tmp_path / "run" / "settings.json").exists()


def test_prepare_needs_a_place(ball_dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["prepare", str(ball_dataset)]) == 2
    assert "--output CACHE" in capsys.readouterr().err


def test_a_run_stops_goes_on_and_ends_with_a_model(
    ball_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache, run = str(tmp_path / "cache"), tmp_path / "run"
    assert (
        program.main(["prepare", str(ball_dataset), "--output", cache, "--set", "patch=16,16,16", "--json"])
        == 0
    )
    assert json.loads(capsys.readouterr().out)["cases"] == {"labelled": 4, "unlabelled": 2, "validation": 2}

    call = ["train", cache, "--output", str(run), "--quiet", *settings(iterations="8")]
    assert program.main([*call, "--max-minutes", "0.000001"]) == 3
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert line == f"ugmcl: stopped: time limit; go on with: ugmcl train --output {run} --resume"

    assert program.main(call) == 2  # the folder holds a run
    assert "--resume" in capsys.readouterr().err

    assert program.main(["train", "--output", str(run), "--resume", "--json", "--quiet"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["iterations"] == 8 and set(result["validation"]["sources"]) == {"student", "teacher"}
    assert (Path(result["model"]) / "model.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--set", "itertions=5"], "Did you mean iterations"),
        (["--set", "iterations"], "name=value"),
        (["--set", "patch=17,16,16"], "patch"),
        (["--preset", "magic"], "no preset 'magic'"),
        (["--settings", "nowhere.toml"], "nowhere.toml"),
        (["--method", "magic"], "magic"),
        (["--start", "no-such-model"], "no-such-model"),
    ],
)
def test_wrong_settings_are_one_line(
    arguments: list[str], word: str, ball_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["train", str(ball_dataset), "--output", str(tmp_path / "run"), "--quiet", *arguments]
    assert program.main(call) == 2
    error = capsys.readouterr().err
    assert word in error and len(error.strip().splitlines()) == 1


def test_no_data_and_nothing_to_resume(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["train", "--output", str(tmp_path / "run")]) == 2
    assert "--resume" in capsys.readouterr().err
    assert program.main(["train", "--output", str(tmp_path / "run"), "--resume", "--quiet"]) == 2
    assert "no run to resume" in capsys.readouterr().err


def test_help_lists_the_settings_with_the_papers_values(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        program.main(["train", "--help"])
    text = capsys.readouterr().out
    assert "patch [112,112,80]" in text and "Paper: 0.75" in text

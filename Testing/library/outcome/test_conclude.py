"""What `conclude_run` leaves: verdict, control, calibrated model, files; and how it goes on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ugmcl.errors import Stopped, UserError
from ugmcl.evaluation.record import load_evaluation
from ugmcl.models.package import read_package
from ugmcl.outcome.conclude import conclude_run
from ugmcl.outcome.record import load_outcome

pytestmark = pytest.mark.slow
FEW = ("labelled", "labelled", "unlabelled", "validation", "validation")
NONE_HELD_OUT = ("labelled", "labelled", "unlabelled")


def test_too_few_cases_are_called_so_and_the_control_has_a_run_of_its_own(make_run) -> None:
    run = make_run(FEW)
    found = conclude_run(run, control=True)
    assert (found.verdict, found.role, found.cases, found.seen_by_choice) == (
        "too few",
        "validation",
        2,
        True,
    )
    assert "at least 6" in found.sentence and found.sentence in found.warnings
    assert load_outcome(run) == found
    control = json.loads((run / "control" / "settings.json").read_text())
    mine = json.loads((run / "settings.json").read_text())
    assert (control["method"], control["unlabelled_batch"]) == ("supervised", 0)
    for name in ("iterations", "seed", "patch", "width", "start_learning_rate"):
        assert control[name] == mine[name]
    assert read_package(run / "control" / "model").name.endswith("-control")
    assert (run / "control" / "curves.csv").is_file()
    assert {row["pair"] for row in found.paired} == {"after-before", "control-before", "after-control"}
    assert {row["segment"] for row in found.rows} == {"right", "left"}
    assert all(row[model] is not None for row in found.rows for model in ("before", "after", "control"))
    assert conclude_run(run, control=False) == found  # a finished control takes part, asked for or not
    assert found.best is not None and (run / found.best["picture"]).stat().st_size > 10_000
    assert (run / "report.html").is_file()


def test_six_test_cases_judge_and_validation_cases_only_calibrate(make_run, recorder) -> None:
    """Twenty steps from a model that hardly began make it better, which six untouched cases can show."""
    run = make_run((*NONE_HELD_OUT, "validation", *["test"] * 6), iterations=20, start_learning_rate=1e-2)
    told = recorder()
    found = conclude_run(run, reporter=told)
    assert (found.verdict, found.role, found.cases, found.seen_by_choice) == ("better", "test", 6, False)
    assert found.warnings == [] and found.control is None and not (run / "control").exists()
    overall = next(row for row in found.paired if row["segment"] == "all segments")
    assert overall["low"] > 0 and overall["p_wilcoxon"] == pytest.approx(0.03125)  # six of six: 2 / 2^6
    assert found.calibrated and found.measured_on == "images"
    model = read_package(run / "model", verify=True)
    assert model.uncertainty.rim is not None and model.uncertainty.passes >= 2
    card = (run / "model" / "card.md").read_text(encoding="utf-8")
    assert "alibration" in card and "Mustermann" not in card


def test_a_model_that_did_not_change_is_not_better(make_run, recorder) -> None:
    run = make_run((*NONE_HELD_OUT, *["test"] * 6), iterations=1, start_learning_rate=1e-9)
    told = recorder()
    found = conclude_run(run, reporter=told)
    assert found.verdict == "not better"
    assert found.sentence.startswith("The new model is not better than the starting model: on 6 test cases")
    assert ("warning", found.sentence) in told.messages
    assert not found.calibrated and "validation" in found.uncalibrated


def test_without_held_out_cases_nothing_can_be_compared(make_run) -> None:
    run = make_run(NONE_HELD_OUT)
    found = conclude_run(run)
    assert (found.verdict, found.role, found.rows, found.paired) == ("cannot compare", None, [], [])
    assert "no case was held out" in found.sentence and (run / "report.html").is_file()


def test_without_a_starting_model_the_new_one_is_measured_alone(make_run) -> None:
    found = conclude_run(make_run(FEW, start=None))
    assert found.verdict == "cannot compare" and "without a starting model" in found.sentence
    assert "On 2 validation cases its mean Dice is" in found.sentence
    assert all(row["before"] is None and row["after"] is not None for row in found.rows)
    assert found.best is not None and found.best["picture"]


def test_a_supervised_run_needs_no_control(make_run) -> None:
    run = make_run(FEW, method="supervised", unlabelled_batch=0)
    found = conclude_run(run, control=True)
    assert found.control is None and not (run / "control").exists()
    assert any("labelled cases alone" in text for text in found.warnings)


STOPS = ("Fitting", "Judging", "Control: training", "Measuring the starting", "Measuring the new", "Drawing")


def test_it_goes_on_after_every_interruption_and_does_nothing_twice(make_run, recorder) -> None:
    run = make_run(FEW)
    for stage in STOPS:
        told = recorder(stop_at=stage)
        with pytest.raises(Stopped):
            conclude_run(run, control=True, reporter=told)
            pytest.fail(f"did not stop at {stage}: {told.stages}")
        assert not (run / "outcome.json").exists()
    found = conclude_run(run, reporter=(told := recorder()))  # the control is remembered
    assert found.control is not None
    assert not {"Fitting the temperature", "Control: training"} & set(told.stages)
    times = {
        path: path.stat().st_mtime_ns for path in run.rglob("*") if path.suffix in (".png", ".safetensors")
    }
    evaluation = (run / "outcome" / "after" / "evaluation.json").stat().st_mtime_ns
    again = conclude_run(run, reporter=(told := recorder()))
    assert again == found and told.stages == ["Writing the report"]
    assert (run / "outcome" / "after" / "evaluation.json").stat().st_mtime_ns == evaluation
    assert all(path.stat().st_mtime_ns == time for path, time in times.items())


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_killed_while_the_control_trains(make_run, root: Path) -> None:
    run = make_run(FEW, iterations=30)
    command = [sys.executable, "-m", "ugmcl.cli.main", "report", str(run), "--control", "--quiet"]
    process = subprocess.Popen(command, cwd=root, env={**os.environ, "OMP_NUM_THREADS": "1"})
    until = time.monotonic() + 60
    while not (run / "control" / "checkpoints" / "latest").is_file() and time.monotonic() < until:
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -signal.SIGKILL and not (run / "outcome.json").exists()
    found = conclude_run(run)
    assert found.control is not None and found.control["iterations"] == 30


def test_killed_before_the_controls_first_checkpoint(make_run) -> None:
    run = make_run(FEW)
    found = conclude_run(run, control=True)
    for name in ("checkpoints", "model", "curves.csv"):  # what such a kill leaves undone
        place = run / "control" / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    (run / "outcome.json").unlink()
    assert conclude_run(run).rows == found.rows


def test_a_calibration_that_failed_is_said_and_not_tried_again(make_run, recorder, monkeypatch) -> None:
    from ugmcl.outcome import calibration

    def fail(*arguments: object, **more: object) -> None:
        raise UserError("no voxel to fit")

    run = make_run(FEW)
    with monkeypatch.context() as patch:
        patch.setattr(calibration, "calibrate", fail)
        found = conclude_run(run)
    assert not found.calibrated and found.uncalibrated == "no voxel to fit"
    assert "not calibrated: no voxel to fit" in (run / "report.html").read_text(encoding="utf-8")
    assert conclude_run(run, reporter=(told := recorder())) == found
    assert "Fitting the temperature" not in told.stages


def test_half_written_files_are_made_again(make_run) -> None:
    run = make_run(FEW)
    found = conclude_run(run)
    for name in ("outcome.json", "outcome/after/evaluation.json", "outcome/pictures.json"):
        text = (run / name).read_bytes()
        (run / name).write_bytes(text[: len(text) // 2])
    assert conclude_run(run) == found == load_outcome(run)


def test_images_that_cannot_be_reached_are_measured_as_prepared(make_run) -> None:
    run = make_run(FEW)
    on_images = conclude_run(run)
    shutil.rmtree(run.parent / "data")
    found = conclude_run(run)
    assert found.measured_on == "prepared data" and found.verdict == "too few"
    for row, known in zip(found.rows, on_images.rows, strict=True):
        assert row["after"] == pytest.approx(known["after"], abs=0.02)  # float16 of the cache
    shutil.rmtree(run / "cache")
    assert "prepared data are gone" in conclude_run(run).sentence


def test_a_run_from_a_bare_cache_is_compared_on_its_images(
    make_run, start_model: Path, tmp_path: Path
) -> None:
    from ugmcl.training.run import train

    first = make_run(FEW)
    settings = json.loads((first / "settings.json").read_text())
    from ugmcl.training.loading import change_settings, load_settings

    plain = change_settings(load_settings(None), settings)
    second = train(first / "cache", tmp_path / "second", plain, start=start_model).folder
    assert conclude_run(second).measured_on == "images"


def test_a_starting_model_with_further_segments_is_compared_in_the_shared_ones(
    make_run, start_model: Path, tmp_path: Path
) -> None:
    from dataclasses import replace

    from ugmcl.models.package import update_package

    other = tmp_path / "other"
    shutil.copytree(start_model, other)
    package = read_package(other)
    left, right = (next(s for s in package.segments if s.name == name) for name in ("left", "right"))
    update_package(replace(package, segments=(replace(right, name="heart"), left)))
    found = conclude_run(make_run(FEW, start=other))
    assert {row["segment"] for row in found.rows if row["before"] is not None} == {"left"}
    assert {row["segment"] for row in found.paired} == {"left"}


def test_a_starting_model_that_is_gone_is_said(make_run, start_model: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(start_model, moved)
    run = make_run(FEW, start=moved)
    shutil.rmtree(moved)
    found = conclude_run(run, control=True)
    assert found.verdict == "cannot compare" and found.control is None
    assert any(text.startswith("There is no control:") for text in found.warnings)


def test_what_is_no_finished_run_is_refused(tmp_path: Path, make_run) -> None:
    with pytest.raises(UserError, match="no run"):
        conclude_run(tmp_path)
    run = make_run(NONE_HELD_OUT)
    os.rename(run / "model", run / "elsewhere")
    with pytest.raises(UserError, match="no model yet"):
        conclude_run(run)
    with pytest.raises(UserError, match="no outcome yet"):
        load_outcome(run)


def test_evaluations_are_files_that_compare_reads(make_run) -> None:
    run = make_run(FEW)
    conclude_run(run)
    before, after = (load_evaluation(run / "outcome" / which) for which in ("before", "after"))
    assert before.cases == after.cases and len(after.cases) == 2
    assert str(run.parent) not in (run / "outcome" / "after" / "evaluation.json").read_text(encoding="utf-8")

"""From a data set to a model package, from a model to the next training, and what a run folder holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ugmcl.errors import UserError
from ugmcl.jobs.lock import hold_lock
from ugmcl.models.package import read_package
from ugmcl.models.weights import load_network
from ugmcl.training.curves import read_curves
from ugmcl.training.packaging import choose_source
from ugmcl.training.run import RunResult, train
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.start import settings_from_start, start_weights
from ugmcl.training.validation import SourceResult, Validation

Settings = Callable[..., TrainingSettings]


@pytest.fixture(scope="module")
def finished(dataset: Path, tiny: Settings, tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """A run straight from the data set's manifest."""
    return train(dataset, tmp_path_factory.mktemp("runs") / "My run", tiny())


def test_the_run_folder(finished: RunResult, tiny: Settings) -> None:
    folder = finished.folder
    settings = json.loads((folder / "settings.json").read_text())
    assert settings == tiny().model_dump(mode="json")
    data = json.loads((folder / "data.json").read_text())
    assert data["roles"] == {"labelled": 2, "unlabelled": 2, "validation": 2}
    assert (folder / "curves.png").stat().st_size > 10_000
    rows = read_curves(folder)
    assert [row["iteration"] for row in rows if "loss" in row] == [10, 12]
    validated = [row for row in rows if "teacher Dice left" in row]
    assert [row["iteration"] for row in validated] == [6, 12]
    assert finished.validation is not None
    assert finished.validation.figures()["student Dice left"] == pytest.approx(
        validated[-1]["student Dice left"], rel=1e-4
    )
    assert (finished.iterations, finished.skipped) == (12, 0)


def test_the_package_is_the_better_network_recalibrated(finished: RunResult, tiny: Settings) -> None:
    assert finished.model is not None and finished.validation is not None
    package = read_package(finished.model)
    assert package.name == "my-run"
    assert package.uncertainty.source == finished.validation.best_source()
    assert package.uncertainty.passes == 8
    assert [segment.name for segment in package.segments] == ["right", "left"]
    assert package.input.patch == (16, 16, 16)
    assert package.training["data"]["cases"] == {"labelled": 2, "unlabelled": 2, "validation": 2}
    network = load_network(package)
    # what was validated is what was packaged, apart from float16
    from ugmcl.data.cache import open_cache
    from ugmcl.training.precision import choose_precision
    from ugmcl.training.validation import validate

    cache = open_cache(finished.folder / "cache")
    again = validate({"student": network}, cache, tiny(), choose_precision("fp32", "cpu"), 12)
    shown = {row["segment"]: row for row in package.figures}
    for segment, dice in again.sources["student"].dice.items():
        assert dice == pytest.approx(shown[segment]["value"], abs=0.01)
        assert shown[segment]["cases"] == 2 and not shown[segment]["seen_in_training"]


def test_nothing_of_a_patient_is_in_the_package(finished: RunResult) -> None:
    assert finished.model is not None
    for path in finished.model.iterdir():
        if path.suffix in (".json", ".md"):
            text = path.read_text(encoding="utf-8")
            assert "case0" not in text and "image0" not in text
            assert str(finished.folder.parent) not in text


def result(dice: float | None) -> SourceResult:
    return SourceResult({"a": dice}, {"a": 5}, {"a": [dice]})


def test_student_or_teacher() -> None:
    sources = {"student": result(0.8), "teacher": result(0.7)}
    chosen = Validation(9, "validation", 3, {"a": 9}, sources)
    assert choose_source(chosen, True) == "student"
    assert choose_source(replace(chosen, sources={**sources, "teacher": result(0.8)}), True) == "teacher"
    assert choose_source(replace(chosen, role="labelled"), True) == "teacher"  # seen cases choose nothing
    assert choose_source(None, False) == "student"


def test_without_validation_cases_the_run_says_so(
    tiny: Settings, tmp_path: Path, recorder, cache_folder: Path
) -> None:
    import shutil

    shutil.copytree(cache_folder, tmp_path / "cache")
    file = tmp_path / "cache" / "cache.json"
    data = json.loads(file.read_text())
    data["cases"] = [case for case in data["cases"] if case["role"] != "validation"]
    file.write_text(json.dumps(data))
    told = recorder()
    run = train(tmp_path / "cache", tmp_path / "run", tiny(iterations=6), reporter=told)
    assert any("No case has the role validation" in text for text in told.texts("warning"))
    assert run.validation is not None and run.validation.role == "labelled"
    assert run.model is not None
    assert all(row["seen_in_training"] for row in read_package(run.model).figures)


def test_a_second_process_is_kept_out(cache_folder: Path, tiny: Settings, tmp_path: Path, root: Path) -> None:
    script = Path(__file__).with_name("train_tiny.py")
    run = tmp_path / "run"
    run.mkdir()
    (tmp_path / "s.json").write_text(json.dumps(tiny().model_dump(mode="json")))
    with hold_lock(run):
        done = subprocess.run(
            [sys.executable, str(script), str(cache_folder), str(run), str(tmp_path / "s.json")],
            env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
    assert done.returncode != 0 and "another process is at work" in done.stderr


def test_faulty_data_are_refused_before_anything_is_trained(
    dataset: Path, tiny: Settings, tmp_path: Path
) -> None:
    manifest = json.loads(dataset.read_text())
    manifest["cases"][1]["label"] = "label4.nii.gz"
    manifest["cases"][1]["image"] = "image0.nii.gz"  # the same image as case0
    manifest["cases"][4]["image"] = "image0.nii.gz"  # and in validation too
    for path in dataset.parent.iterdir():
        if path.suffix == ".gz":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "dataset.json").write_text(json.dumps(manifest))
    with pytest.raises(UserError) as caught:
        train(tmp_path / "dataset.json", tmp_path / "run", tiny())
    assert "case" in str(caught.value) and caught.value.remedy
    assert not (tmp_path / "run" / "cache" / "cache.json").exists()


def test_a_training_starts_from_a_model(
    finished: RunResult, cache_folder: Path, tiny: Settings, tmp_path: Path
) -> None:
    assert finished.model is not None
    package = read_package(finished.model)
    old = load_network(package).state_dict()
    turned = replace(package, segments=package.segments[::-1])
    kind, arguments = package.network["kind"], dict(package.network["arguments"])
    new = start_weights(turned, kind, arguments, package.segments)
    assert torch.equal(new["block_five.0.weight"], old["block_five.0.weight"])
    assert torch.equal(new["out_conv2.weight"], old["out_conv2.weight"][[0, 2, 1]])
    assert torch.equal(new["out_conv.bias"], old["out_conv.bias"][[1, 0]])

    run = train(
        cache_folder, tmp_path / "run", tiny(iterations=1, start_learning_rate=1e-9), start=finished.model
    )
    assert run.model is not None
    begun = load_network(read_package(run.model)).state_dict()
    difference = (begun["block_five.0.weight"] - old["block_five.0.weight"]).abs().max()
    assert float(difference) < 1e-3  # the start's learning rate is used, so the weights are the model's still


def test_what_comes_from_the_starting_model_cannot_be_overridden(finished: RunResult, tiny: Settings) -> None:
    assert finished.model is not None
    package = read_package(finished.model)
    plain = TrainingSettings()
    assert settings_from_start(plain, package).width == 2
    for change in ({"width": 4}, {"norm": "group"}, {"spacing_mm": (1.0, 1.0, 2.0)}):
        name = next(iter(change))
        with pytest.raises(UserError, match=f"{name} comes from the starting model"):
            settings_from_start(TrainingSettings(**change), package)


BARE = """
import sys
for name in ("SimpleITK", "monai", "matplotlib", "psutil", "jinja2", "tqdm", "pydicom"):
    sys.modules[name] = None
import json, torch
torch.set_num_threads(1)
from ugmcl.training.loading import check_settings
from ugmcl.training.run import train
result = train(sys.argv[1], sys.argv[2], check_settings(json.loads(sys.argv[3])))
print("trained", result.iterations, result.model is not None)
"""


def test_a_bare_machine_can_train_from_a_cache(
    cache_folder: Path, tiny: Settings, tmp_path: Path, root: Path
) -> None:
    """torch, numpy, scipy, safetensors and pydantic suffice."""
    settings = json.dumps(tiny(iterations=2).model_dump(mode="json"))
    done = subprocess.run(
        [sys.executable, "-c", BARE, str(cache_folder), str(tmp_path / "run"), settings],
        env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "trained 2 True" in done.stdout


def test_float16_weights(finished: RunResult) -> None:
    from safetensors.numpy import load_file

    assert finished.model is not None
    tensors = load_file(finished.model / "weights.safetensors")
    assert tensors["block_five.0.weight"].dtype == np.float16


def test_the_report_is_one_file_that_says_how_the_run_went(finished: RunResult) -> None:
    text = (finished.folder / "report.html").read_text(encoding="utf-8")
    assert "12 of 12 iterations" in text and "Not finished" not in text
    assert "data:image/png;base64," in text
    assert "http" not in text  # nothing is loaded from elsewhere
    assert finished.validation is not None
    assert f"{finished.validation.sources['teacher'].dice['left']:.3f}" in text
    assert "case0" not in text and str(finished.folder.parent) not in text


def test_a_finished_run_resumes_to_itself(finished: RunResult) -> None:
    again = train(None, finished.folder, resume=True)
    assert again.iterations == 12 and again.model == finished.model
    assert again.validation == finished.validation


def test_the_patch_is_planned_from_the_data(dataset: Path, tiny: Settings, tmp_path: Path) -> None:
    """24³ volumes: 32³ is the next multiple of 16; what is stored is the number, not the word."""
    run = train(dataset, tmp_path / "run", tiny(patch="auto", iterations=1))
    assert json.loads((run.folder / "settings.json").read_text())["patch"] == [32, 32, 32]
    assert run.model is not None
    assert read_package(run.model).input.patch == (32, 32, 32)

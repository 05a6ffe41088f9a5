"""The work of each kind, with real files and a tiny model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from ugmcl.errors import UserError
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.lock import hold_lock
from ugmcl.jobs.reporter import SILENT
from ugmcl.models.library import find_model
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.worker.run import run_job
from ugmcl.worker.segment import options_from, segment
from ugmcl.worker.train_here import train_here
from ugmcl.worker.warm import WarmModel

WriteBall = Callable[..., tuple[Path, Path]]
QUICK = {"passes": 2, "preview": False}


def work(
    kind: str, arguments: dict[str, Any], folder: Path | None = None
) -> tuple[JobFolder, dict[str, Any]]:
    """The job and its result, whatever its status."""
    job = JobFolder.create(kind, arguments, folder)
    run_job(job.path)
    newest = job.newest_attempt()
    result = newest.result() if newest else None
    assert result is not None
    return job, result


def done(
    kind: str, arguments: dict[str, Any], folder: Path | None = None
) -> tuple[JobFolder, dict[str, Any]]:
    job, result = work(kind, arguments, folder)
    assert result["status"] == "done", result["error"]
    return job, result["result"]


def test_segment_one_image(home: Path, write_ball: WriteBall, tiny_package: Path) -> None:
    image, _ = write_ball("größer 病院")
    arguments = {"model": str(tiny_package), "image": str(image), "name": "input", "options": QUICK}
    job, result = done("segment", arguments)
    assert result["files"]["segmentation"] == "results/input.seg.nrrd"
    assert all((job.path / path).is_file() for path in result["files"].values())
    label = sitk.GetArrayFromImage(sitk.ReadImage(str(job.path / result["files"]["segmentation"])))
    assert label.shape == sitk.GetArrayFromImage(sitk.ReadImage(str(image))).shape
    written = json.loads((job.path / "results/input_report.json").read_text(encoding="utf-8"))
    assert result["report"].items() <= written.items()


def test_an_image_inside_of_the_jobs_folder(home: Path, write_ball: WriteBall, tiny_package: Path) -> None:
    image, _ = write_ball()
    job = JobFolder.create("segment", {"model": str(tiny_package), "image": "input.nii.gz", "options": QUICK})
    (job.path / "input.nii.gz").write_bytes(image.read_bytes())
    assert run_job(job.path).status == "done"
    assert (job.path / "results" / "input.seg.nrrd").is_file()


def test_segment_many(home: Path, write_ball: WriteBall, tiny_package: Path, tmp_path: Path) -> None:
    images = [str(write_ball(f"ball {number}", seed=number)[0]) for number in range(2)]
    (tmp_path / "images" / "broken.nrrd").write_bytes(b"NRRD0004\n")
    arguments = {
        "model": str(tiny_package), "inputs": [*images, str(tmp_path / "images" / "broken.nrrd")],
        "output": str(tmp_path / "out"), "options": QUICK,
    }  # fmt: skip
    _, result = done("segment", arguments)
    assert result["done"] == ["ball 0", "ball 1"] and list(result["failed"]) == ["broken"]
    assert Path(result["summary"]).is_file()
    _, again = done("segment", arguments)
    assert again["skipped"] == ["ball 0", "ball 1"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"image": "x.nrrd"}, "'model' is missing"),
        ({"model": "nothing of this name", "image": "x.nrrd"}, "no model nothing"),
        ({"model": "MODEL", "image": "absent.nrrd", "options": QUICK}, "absent.nrrd"),
        ({"model": "MODEL", "image": "x.nrrd", "options": {"pases": 3}}, "no option 'pases'"),
        ({"model": "MODEL", "picture": "x.nrrd"}, "'picture' is unknown"),
    ],
)
def test_segment_refuses_in_one_line(
    home: Path, tiny_package: Path, arguments: dict[str, Any], word: str
) -> None:
    filled = {k: str(tiny_package) if v == "MODEL" else v for k, v in arguments.items()}
    _, result = work("segment", filled)
    assert (result["status"], result["fault"]) == ("failed", "user")
    assert word in result["error"] and "\n" not in result["error"]


def test_options_come_from_json(home: Path) -> None:
    values = json.loads(json.dumps({"passes": 4, "roi": [0, 0, 0, 9, 9, 9], "maps": ["probability"]}))
    assert options_from(values) == SegmentOptions(passes=4, roi=(0, 0, 0, 9, 9, 9), maps=("probability",))
    with pytest.raises(UserError):
        options_from({"roi": [1, 2]})


def test_the_warm_model_is_loaded_once(home: Path, write_ball: WriteBall, tiny_package: Path) -> None:
    warm, model = WarmModel(), find_model(tiny_package)
    options = SegmentOptions(passes=2, preview=False)
    first = warm.segmenter(model, options)
    assert warm.segmenter(find_model(tiny_package), SegmentOptions(passes=2, preview=False)) is first
    assert warm.segmenter(model, SegmentOptions(passes=3)) is not first
    warm.free()
    assert warm.segmenter(model, options) is not first
    image, _ = write_ball()
    labels = []
    for attempt in range(2):
        job = JobFolder.create("segment", {"number": attempt})
        result = segment(
            {"model": str(tiny_package), "image": str(image), "options": QUICK}, job.path, SILENT, warm=warm
        )
        labels.append((job.path / result["files"]["segmentation"]).read_bytes())
    assert labels[0] == labels[1]


def test_check_tells_every_finding(home: Path, ball_dataset: Path) -> None:
    _, result = done("check", {"dataset": str(ball_dataset)})
    assert result["cases"] == {"labelled": 4, "unlabelled": 2, "validation": 2}
    assert not [finding for finding in result["findings"] if finding["severity"] == "error"]
    image = ball_dataset.parent / "images" / "ball_1.nii.gz"
    volume = sitk.ReadImage(str(image))
    array = sitk.GetArrayFromImage(volume)
    array[0, 0, 0] = np.nan
    broken = sitk.GetImageFromArray(array)
    broken.CopyInformation(volume)
    sitk.WriteImage(broken, str(image))
    _, result = done("check", {"dataset": str(ball_dataset)})
    errors = [finding for finding in result["findings"] if finding["severity"] == "error"]
    assert [finding["case"] for finding in errors] == ["ball_1"] and errors[0]["remedy"]


def test_settings_are_checked_and_completed(home: Path) -> None:
    _, result = done("settings", {"preset": "paper", "settings": {"passes": 3}})
    assert result["settings"]["passes"] == 3 and "paper" in result["presets"]
    _, refused = work("settings", {"preset": "paper", "settings": {"pases": 3}})
    assert "passes" in refused["error"]  # did you mean


def test_prepare_makes_a_cache(home: Path, ball_dataset: Path) -> None:
    job, result = done("prepare", {"dataset": str(ball_dataset), "settings": {"patch": [16, 16, 16]}})
    assert result["cache"] == "cache" and result["cases"] == {"labelled": 4, "unlabelled": 2, "validation": 2}
    assert (job.path / "cache" / "cache.json").is_file()


def test_evaluate_a_model_and_its_files(home: Path, ball_dataset: Path, tiny_package: Path) -> None:
    renamed = json.loads(ball_dataset.read_text(encoding="utf-8"))
    for value, name in (("1", "anterior hippocampus"), ("2", "posterior hippocampus")):
        renamed["labels"][value]["name"] = name
    ball_dataset.write_text(json.dumps(renamed), encoding="utf-8")
    arguments = {"model": str(tiny_package), "dataset": str(ball_dataset), "passes": 1}
    job, result = done("evaluate", arguments)
    assert result["about"]["cases"] == 2 and result["output"] == "evaluation"
    assert (job.path / "evaluation" / "evaluation.json").is_file()
    labels = str(ball_dataset.parent / "labels")
    _, perfect = done("evaluate", {"predictions": labels, "references": labels})
    assert {row["segment"]: row["dice"]["mean"] for row in perfect["summary"]}["segment 1"] == 1.0


@pytest.mark.slow
def test_a_training_goes_on_in_its_second_attempt(home: Path, ball_dataset: Path, tmp_path: Path) -> None:
    run = tmp_path / "Läufe" / "run 1"
    settings = {
        "iterations": 6, "patch": [16, 16, 16], "width": 2, "passes": 2, "checkpoint_every": 2,
        "validate_every": 6, "device": "cpu", "recalibration_patches": 4, "loader_processes": 0,
    }  # fmt: skip
    arguments = {"data": str(ball_dataset), "preset": "paper", "settings": settings, "max_minutes": 1e-6}
    job, result = work("train", arguments, run)
    assert result["status"] == "stopped", result["error"]
    request = json.loads((run / "request.json").read_text())
    request["arguments"]["max_minutes"] = None
    (run / "request.json").write_text(json.dumps(request))
    outcome = run_job(run)
    assert outcome.status == "done", outcome.error
    assert outcome.result["iterations"] == 6 and outcome.result["model"] == "model"
    assert len(job.attempts()) == 2
    assert find_model(run).segments[0].name == "lower half"


def test_a_training_at_work_is_left_alone(home: Path, ball_dataset: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    job = JobFolder.create("train", {"data": "another's"}, run)
    with hold_lock(run), pytest.raises(UserError, match="another process is at work"):
        train_here(ball_dataset, run, None)
    assert job.request().arguments == {"data": "another's"}
    with pytest.raises(UserError):
        train_here(tmp_path / "no data", tmp_path / "fresh", None)
    assert not (tmp_path / "fresh").exists()

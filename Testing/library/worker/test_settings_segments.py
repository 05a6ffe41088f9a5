"""Before a training starts from a model: which of the data set's segments it knows, or why it cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ugmcl.jobs.folder import JobFolder
from ugmcl.worker.run import run_job


def rename(manifest: Path, *names: str) -> None:
    data = json.loads(manifest.read_text())
    data["labels"] = {str(value): {"name": name} for value, name in enumerate(names, 1)}
    manifest.write_text(json.dumps(data))


def ask(arguments: dict[str, Any]) -> tuple[dict[str, Any], str]:
    found = run_job(JobFolder.create("settings", {"preset": "paper", **arguments}).path)
    return found.result, found.error


def test_kept_new_and_dropped(home: Path, ball_dataset: Path, tiny_package: Path) -> None:
    rename(ball_dataset, "Anterior Hippocampus", "tumour")
    result, error = ask({"start": str(tiny_package), "dataset": str(ball_dataset)})
    assert error == "" and result["settings"]["width"] == 2
    assert result["segments"] == {
        "kept": ["Anterior Hippocampus"],
        "new": ["tumour"],
        "dropped": ["posterior hippocampus"],
    }


@pytest.mark.parametrize("given", [{"start": "MODEL"}, {"dataset": "DATA"}])
def test_one_alone_says_nothing_of_segments(
    home: Path, ball_dataset: Path, tiny_package: Path, given: dict[str, str]
) -> None:
    places = {"MODEL": str(tiny_package), "DATA": str(ball_dataset)}
    result, error = ask({name: places[value] for name, value in given.items()})
    assert error == "" and "segments" not in result


def test_what_does_not_fit_is_refused(home: Path, ball_dataset: Path, tiny_package: Path) -> None:
    both = {"start": str(tiny_package), "dataset": str(ball_dataset)}
    assert "none of the dataset's segments" in ask(both)[1]
    rename(ball_dataset, "anterior hippocampus", "other")
    assert "needs a" in ask({**both, "settings": {"method": "urpc"}})[1]
    assert "width comes from the starting model" in ask({**both, "settings": {"width": 4}})[1]
    data = json.loads(ball_dataset.read_text())
    data["channels"] = ["T1", "T2"]
    for case in data["cases"]:
        case["image"] = [case["image"], case["image"]]
    ball_dataset.write_text(json.dumps(data))
    assert "takes 1 channels, the dataset has 2" in ask(both)[1]

"""Tiny data sets of balls, a starting model trained for a moment, and runs from it, in seconds."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from ugmcl.jobs.reporter import Reporter
from ugmcl.training.loading import check_settings
from ugmcl.training.run import train
from ugmcl.training.settings import TrainingSettings

SIDE = 24
PATIENT = "Mustermann_Erika"  # what a careless file name may hold; no report may show it
TINY: dict[str, Any] = {
    "method": "ug-mcl",
    "iterations": 6,
    "patch": (16, 16, 16),
    "passes": 2,
    "distance_scale": "fixed",
    "optimiser": "adamw",
    "learning_rate": 1e-2,
    "start_learning_rate": 5e-3,
    "schedule": "constant",
    "recalibration_patches": 4,
    "validate_every": 6,
    "checkpoint_every": 3,
    "loader_processes": 0,
    "device": "cpu",
    "precision": "fp32",
}


def make_case(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Image and label (z, y, x) of a bright ball at a place of its own; its halves are two classes."""
    random = np.random.default_rng(seed)
    grid = np.indices((SIDE,) * 3, dtype=np.float32)
    centre = SIDE / 2 + random.uniform(-3, 3, 3)
    ball = np.sqrt(((grid - centre[:, None, None, None]) ** 2).sum(0)) < 7
    label = ball.astype(np.uint8)
    label[ball & (grid[2] > centre[2])] = 2
    image = 100.0 * label + random.normal(0, 20, label.shape)
    return image.astype(np.float32), label


def write_dataset(folder: Path, roles: Sequence[str]) -> Path:
    """A manifest with one case a role; unlabelled ones have no label file."""
    cases = []
    folder.mkdir(parents=True, exist_ok=True)
    for i, role in enumerate(roles):
        image, label = make_case(i)
        name = f"{PATIENT}_{i}"
        case: dict[str, Any] = {"id": name, "image": f"{name}.nii.gz", "role": role, "label": None}
        sitk.WriteImage(sitk.GetImageFromArray(image), folder / case["image"])
        if role != "unlabelled":
            case["label"] = f"{name}_label.nii.gz"
            sitk.WriteImage(sitk.GetImageFromArray(label), folder / case["label"])
        cases.append(case)
    labels = {
        "1": {"name": "right", "color": [0.9, 0.4, 0.3]},
        "2": {"name": "left", "color": [0.3, 0.5, 0.9]},
    }
    path = folder / "dataset.json"
    path.write_text(json.dumps({"labels": labels, "channels": ["T1"], "cases": cases}), encoding="utf-8")
    return path


def tiny(**changes: Any) -> TrainingSettings:
    """Settings of a few steps, none chosen by the user."""
    settings = check_settings({**TINY, **changes})
    settings._explicit = frozenset()
    return settings


MakeRun = Callable[..., Path]


@pytest.fixture(scope="session")
def start_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of width 2 that has begun to learn."""
    folder = tmp_path_factory.mktemp("start")
    data = write_dataset(folder / "data", ["labelled", "labelled", "unlabelled"])
    found = train(data, folder / "run", tiny(width=2, iterations=8, dropout_at=("bottleneck",)))
    assert found.model is not None
    return found.model


@pytest.fixture
def make_run(start_model: Path, tmp_path: Path) -> MakeRun:
    """``make_run(roles, **settings)`` trains from the starting model (``start=None``: from nothing)."""

    def make(roles: Sequence[str], *, start: Path | None = start_model, **changes: Any) -> Path:
        data = write_dataset(tmp_path / "data", roles)
        if start is None:
            changes = {"width": 2, **changes}
        return train(data, tmp_path / "run", tiny(**changes), start=start).folder

    return make


class Recorder(Reporter):
    """Keeps what is told; asks for the end as soon as a stage begins with ``stop_at``."""

    def __init__(self, stop_at: str = "") -> None:
        self.stop_at, self.stages, self.messages = stop_at, [], []

    def stage(self, name: str) -> None:
        self.stages.append(name)

    def message(self, text: str, level: str = "info") -> None:
        self.messages.append((level, text))

    def check(self) -> None:
        from ugmcl.errors import Stopped

        if self.stop_at and self.stages and self.stages[-1].startswith(self.stop_at):
            raise Stopped("paused")


@pytest.fixture
def recorder() -> Callable[..., Recorder]:
    return Recorder

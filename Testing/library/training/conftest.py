"""A tiny data set that a small network learns in seconds, its cache, and settings for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from ugmcl.data.cache import Cache, open_cache
from ugmcl.data.dataset import load_dataset
from ugmcl.data.plan import plan_spec
from ugmcl.data.preparation import prepare
from ugmcl.jobs.reporter import Reporter
from ugmcl.training.loading import check_settings
from ugmcl.training.settings import TrainingSettings

ROLES = ("labelled", "labelled", "unlabelled", "unlabelled", "validation", "validation")
SIDE = 24


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


def write_dataset(folder: Path, roles: tuple[str, ...] = ROLES) -> Path:
    """A manifest with one case a role; unlabelled ones have no label file."""
    cases = []
    folder.mkdir(parents=True, exist_ok=True)
    for i, role in enumerate(roles):
        image, label = make_case(i)
        case: dict[str, Any] = {"id": f"case{i}", "image": f"image{i}.nii.gz", "role": role, "label": None}
        sitk.WriteImage(sitk.GetImageFromArray(image), folder / case["image"])
        if role != "unlabelled":
            case["label"] = f"label{i}.nii.gz"
            sitk.WriteImage(sitk.GetImageFromArray(label), folder / case["label"])
        cases.append(case)
    labels = {"1": {"name": "right"}, "2": {"name": "left"}}
    path = folder / "dataset.json"
    path.write_text(json.dumps({"labels": labels, "channels": ["T1"], "cases": cases}))
    return path


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manifest of six cases of 24³: 2 labelled, 2 unlabelled, 2 validation."""
    return write_dataset(tmp_path_factory.mktemp("dataset"))


@pytest.fixture(scope="session")
def cache_folder(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data set, prepared."""
    folder = tmp_path_factory.mktemp("prepared") / "cache"
    loaded = load_dataset(dataset)
    prepare(loaded, plan_spec(loaded, {"patch": (16, 16, 16)}), folder, processes=0)
    return folder


@pytest.fixture
def cache(cache_folder: Path) -> Cache:
    return open_cache(cache_folder)


TINY: dict[str, Any] = {
    "method": "ug-mcl",
    "iterations": 12,
    "patch": (16, 16, 16),
    "width": 2,
    "passes": 2,
    "dropout_at": ("bottleneck",),
    "distance_scale": "fixed",
    "optimiser": "adamw",
    "learning_rate": 5e-3,
    "schedule": "cosine",
    "intensity_probability": 0.2,
    "recalibration_patches": 8,
    "validate_every": 6,
    "checkpoint_every": 5,
    "loader_processes": 0,
    "device": "cpu",
    "precision": "fp32",
    "ramp_step": 3,
}


@pytest.fixture(scope="session")
def tiny() -> Callable[..., TrainingSettings]:
    """Settings of width 2, patches of 16³ and a few steps; keywords change them."""
    return lambda **changes: check_settings({**TINY, **changes})


class Recorder(Reporter):
    """Keeps what is told; asks for the end once ``stop_after`` iterations are done."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.stop_after, self.done = stop_after, 0.0
        self.messages: list[tuple[str, str]] = []
        self.metrics: list[tuple[int | None, dict[str, float]]] = []

    def progress(self, done: float, total: float, unit: str = "steps") -> None:
        if unit == "iterations":
            self.done = done

    def metric(self, values: Any, iteration: int | None = None) -> None:
        self.metrics.append((iteration, dict(values)))

    def message(self, text: str, level: str = "info") -> None:
        self.messages.append((level, text))

    def check(self) -> None:
        from ugmcl.errors import Stopped

        if self.stop_after is not None and self.done >= self.stop_after:
            raise Stopped("cancelled")

    def texts(self, level: str) -> list[str]:
        return [text for kind, text in self.messages if kind == level]


@pytest.fixture
def recorder() -> Callable[..., Recorder]:
    return Recorder

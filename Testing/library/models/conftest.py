"""A tiny model, written as a package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from ugmcl.framing.spec import InputSpec
from ugmcl.models.package import ModelPackage, UncertaintySpec
from ugmcl.models.weights import save_weights
from ugmcl.networks.registry import build_network
from ugmcl.volumes.segment import Segment

ARGUMENTS = {"in_channels": 1, "classes": 3, "width": 2}
LIVER = {
    "category": {"scheme": "SCT", "value": "123037004", "meaning": "Anatomical Structure"},
    "type": {"scheme": "SCT", "value": "10200004", "meaning": "Liver"},
}
RANGE = {
    "spacing_mm": {"low": [0.9, 0.9, 2.0], "high": [1.1, 1.1, 3.0]},
    "extent_mm": {"low": [180.0, 180.0, 90.0], "high": [220.0, 220.0, 140.0]},
    "intensity": [
        {"percentile_1": [-1000.0, -950.0], "median": [0.0, 40.0], "percentile_99": [900.0, 1100.0]}
    ],
}


def description(**changes: Any) -> ModelPackage:
    """The description of a model with two segments."""
    package = ModelPackage(
        name="tiny",
        version="1.0",
        title="Tiny model",
        licence="CC BY 4.0",
        network={"kind": "dual-task-vnet", "arguments": ARGUMENTS},
        segments=(Segment(1, "Leber, größer", (0.9, 0.1, 0.1), LIVER), Segment(7, "腎臓", (0.1, 0.2, 0.9))),
        input=InputSpec("CT", ("CT",), (1.0, 1.0, 2.5), (32, 32, 16), training_range=RANGE),
        uncertainty=UncertaintySpec(
            6, "teacher", 1.25, {"edges_h": [0.5]}, {"pairwise_dice": [0.5, 1.0], "expected_dice": [0.4, 0.9]}
        ),
        figures=[
            {"metric": "Dice", "segment": "腎臓", "value": 0.9123, "sd": 0.021, "cases": 4, "split": "test",
             "dataset": "D | E", "seed": 1, "seen_in_training": False,
             "command": "ugmcl evaluate --model tiny"},
        ],
        training={"method": "ug-mcl", "settings": {"iterations": 10}},
    )  # fmt: skip
    return replace(package, **changes)


@pytest.fixture
def describe() -> Callable[..., ModelPackage]:
    """``describe(**changes)``: the description of a model, not written."""
    return description


@pytest.fixture(scope="session")
def tiny_network() -> torch.nn.Module:
    """A network with running statistics that are not those of a fresh one."""
    torch.manual_seed(3)
    network = build_network("dual-task-vnet", **ARGUMENTS).train()
    with torch.no_grad():
        for _ in range(2):
            network(torch.randn(2, 1, 16, 16, 16) * 3 + 1)
    return network.eval()


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    """A folder whose name has spaces, accents and letters beyond Latin."""
    folder = tmp_path / "Jürgen's модель 東京"
    folder.mkdir()
    return folder


@pytest.fixture
def write(strange: Path, tiny_network: torch.nn.Module) -> Callable[..., ModelPackage]:
    """``write(folder, place=…, **changes)`` writes a package with a changed description."""

    def written(folder: str = "tiny", place: Path | None = None, **changes: Any) -> ModelPackage:
        return save_weights((place or strange) / folder, description(**changes), tiny_network)

    return written


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder; and nothing is shipped."""
    folder = tmp_path / "heim Ω"
    monkeypatch.setenv("UGMCL_HOME", str(folder))
    monkeypatch.setattr("ugmcl.models.places.shipped_folders", lambda: [tmp_path / "shipped"])
    return folder

"""Averaged models: weights are means, statistics are measured anew, and what does not fit is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ugmcl.cli import main as program
from ugmcl.errors import UserError
from ugmcl.models.package import ModelPackage, read_package
from ugmcl.models.weights import load_network, save_weights
from ugmcl.networks.registry import build_network
from ugmcl.training.averaging import average_models


@pytest.fixture
def cache(ball_dataset: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "cache"
    call = ["prepare", str(ball_dataset), "--output", str(folder), "--set", "patch=32,32,32", "--quiet"]
    assert program.main(call) == 0
    return folder


@pytest.fixture
def two(tiny_package: Path, tmp_path: Path) -> list[ModelPackage]:
    first = read_package(tiny_package)
    torch.manual_seed(5)
    other = build_network(first.network["kind"], **first.network["arguments"])
    save_weights(tmp_path / "other", replace(first, name="other", path=None), other)
    return [first, read_package(tmp_path / "other")]


def test_every_weight_is_the_mean(two: list[ModelPackage], cache: Path, tmp_path: Path) -> None:
    folder = average_models(two, cache, tmp_path / "mean", name="mean")
    made = read_package(folder)
    assert made.name == "mean" and not made.figures and len(made.training["averaged"]) == 2
    a, b, c = (load_network(package).state_dict() for package in (*two, made))
    for key, value in c.items():
        if "running" in key or "num_batches" in key:
            continue
        expected = (a[key].double() + b[key].double()) / 2
        np.testing.assert_allclose(value.double(), expected, atol=2e-3, rtol=2e-3)  # stored in half precision
    means = [key for key in c if key.endswith("running_mean")]
    assert any(not torch.allclose(c[key], (a[key] + b[key]) / 2, atol=1e-3) for key in means)


def test_what_does_not_fit_is_refused(two: list[ModelPackage], cache: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="one model"):
        average_models(two[:1], cache, tmp_path / "mean", name="mean")
    arguments = {**two[1].network["arguments"], "width": 4}
    wider = replace(two[1], network={**two[1].network, "arguments": arguments})
    with pytest.raises(UserError, match="another architecture"):
        average_models([two[0], wider], cache, tmp_path / "mean", name="mean")
    (tmp_path / "mean").mkdir()
    with pytest.raises(UserError, match="exists already"):
        average_models(two, cache, tmp_path / "mean", name="mean")


def test_on_the_command_line(
    two: list[ModelPackage], cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["average", *(str(package.path) for package in two), "--cache", str(cache)]
    assert program.main([*call, "--output", str(tmp_path / "mean"), "--name", "mean", "--quiet"]) == 0
    assert "average of 2 models" in capsys.readouterr().out
    assert (tmp_path / "mean" / "weights.safetensors").is_file()

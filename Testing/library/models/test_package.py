"""Packages there and back, complete or absent."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from ugmcl.errors import UserError
from ugmcl.models.package import ModelPackage, read_package, update_package, write_package
from ugmcl.models.weights import load_network

Write = Callable[..., ModelPackage]


def test_what_is_written_is_read(write: Write, strange: Path) -> None:
    written = write()
    assert read_package(strange / "tiny") == written
    assert written.segments[0].terminology_entry().split("~")[2] == "SCT^10200004^Liver"
    assert sorted(os.listdir(strange)) == ["tiny"]
    assert sorted(os.listdir(strange / "tiny")) == ["card.md", "model.json", "weights.safetensors"]


def test_the_same_network_comes_back(write: Write, tiny_network: torch.nn.Module) -> None:
    network = load_network(write())
    image = torch.randn(1, 1, 16, 16, 16, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected, found = tiny_network(image), network(image)
    assert not network.training
    assert {p.dtype for p in network.parameters()} == {torch.float32}
    assert all(p.requires_grad and p.device.type == "cpu" for p in network.parameters())
    torch.testing.assert_close(found.logits, expected.logits, atol=5e-3, rtol=1e-2)
    assert not torch.equal(found.logits, expected.logits)  # halved kernels


def test_kernels_are_halved_and_statistics_are_not(write: Write, tiny_network: torch.nn.Module) -> None:
    stored = load_file(write().weights_path)
    assert stored["block_one.0.weight"].dtype == np.float16
    assert stored["block_one.1.running_var"].dtype == np.float32
    assert stored["block_one.1.num_batches_tracked"].shape == ()
    exact = tiny_network.state_dict()["block_one.1.running_var"].numpy()
    np.testing.assert_array_equal(stored["block_one.1.running_var"], exact)


def test_a_kernel_beyond_half_precision_stays_whole(strange: Path, describe: Write) -> None:
    tensors = {"small": np.full((2, 2), 3.0), "large": np.full((2, 2), 1e6)}
    stored = load_file(write_package(strange / "m", describe(), tensors).weights_path)
    assert stored["small"].dtype == np.float16 and stored["large"].dtype == np.float32
    np.testing.assert_array_equal(stored["large"], np.float32(1e6))


def test_the_same_package_is_the_same_bytes(write: Write) -> None:
    one, two = write("one"), write("two")
    assert one.path and two.path
    for name in os.listdir(one.path):
        assert (one.path / name).read_bytes() == (two.path / name).read_bytes()


def test_loading_draws_no_random_number(write: Write) -> None:
    package = write()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    load_network(package)
    assert torch.equal(torch.rand(3), expected)


def test_nothing_is_overwritten(write: Write, strange: Path) -> None:
    package = write()
    weights = package.weights_path.read_bytes()
    with pytest.raises(UserError, match="something already"):
        write(title="Another")
    assert read_package(strange / "tiny") == package
    assert package.weights_path.read_bytes() == weights
    assert os.listdir(strange) == ["tiny"]


def test_a_failed_writing_leaves_nothing(strange: Path, describe: Write) -> None:
    with pytest.raises(ValueError, match="not finite"):
        write_package(strange / "m", describe(), {"a": np.array([[np.nan]])})
    with pytest.raises(UserError, match="name"):
        write_package(strange / "m", describe(name="../m"), {"a": np.zeros((1, 1))})
    (strange / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot be written"):
        write_package(strange / "file" / "m", describe(), {"a": np.zeros((1, 1))})
    assert os.listdir(strange) == ["file"]


def test_pictures_are_kept_beside_the_card(strange: Path, describe: Write) -> None:
    package = describe(pictures=[{"file": "worst.png", "caption": "The worst case"}])
    tensors = {"a": np.zeros((1, 1))}
    written = write_package(strange / "m", package, tensors, pictures={"worst.png": b"\x89PNG"})
    assert written.path and (written.path / "worst.png").read_bytes() == b"\x89PNG"
    assert "![The worst case](worst.png)" in (written.path / "card.md").read_text(encoding="utf-8")


def test_calibration_is_added_later(write: Write) -> None:
    package = write()
    weights = package.weights_path.read_bytes()
    changed = replace(package, uncertainty=replace(package.uncertainty, temperature=np.float64(1.7)))
    update_package(changed)
    assert package.path and read_package(package.path).uncertainty.temperature == pytest.approx(1.7)
    assert "temperature 1.7" in (package.path / "card.md").read_text(encoding="utf-8")
    assert package.weights_path.read_bytes() == weights


def test_the_description_is_json_for_every_reader(write: Write) -> None:
    package = write(figures=[{"metric": "HD95", "value": float("nan")}], training={"dice": np.float32(0.5)})
    assert package.path
    text = (package.path / "model.json").read_text(encoding="utf-8")
    assert "NaN" not in text and "腎臓" in text
    again = read_package(package.path)
    assert again.figures == [{"metric": "HD95", "value": None}] and again.training == {"dice": 0.5}

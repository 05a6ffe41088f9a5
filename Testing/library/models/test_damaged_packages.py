"""Packages that are damaged, foreign, newer or hostile: one clear line each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file, save_file

from ugmcl.errors import UserError
from ugmcl.models.package import ModelPackage, read_package, verify_weights
from ugmcl.models.weights import load_network

Write = Callable[..., ModelPackage]


def edit(package: ModelPackage, **changes: Any) -> Path:
    """Change keys of a model.json ("a__b" is b inside of a); returns the package's folder."""
    assert package.path
    file = package.path / "model.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    for name, value in changes.items():
        *outer, key = name.split("__")
        place = data
        for part in outer:
            place = place[part]
        place[key] = value
    file.write_text(json.dumps(data), encoding="utf-8")
    return package.path


def test_a_newer_format_names_the_version_that_reads_it(write: Write) -> None:
    folder = edit(write(), format="ugmcl-model/2", needs="ugmcl 3.1.0")
    with pytest.raises(UserError, match=r"format 2.*Update: ugmcl 3\.1\.0 or newer"):
        read_package(folder)
    del_needs = edit(write("two"), format="ugmcl-model/12", needs=None)
    with pytest.raises(UserError, match=r"Update: ugmcl after \d"):
        read_package(del_needs)


@pytest.mark.parametrize("format_", ["nnunet/2", "ugmcl-model/one", "", None, 5])
def test_a_foreign_package_is_told(write: Write, format_: object) -> None:
    with pytest.raises(UserError, match="no model of ours"):
        read_package(edit(write(), format=format_))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe{}", b"[" * 200_000, b'{"format": "ugmcl-model/1"}']
)
def test_a_description_that_is_cut_or_no_json(write: Write, content: bytes) -> None:
    package = write()
    assert package.path
    (package.path / "model.json").write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        read_package(package.path)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"weights__file": "../weights.safetensors"}, "leaves the model's folder"),
        ({"weights__file": "/etc/passwd"}, "leaves the model's folder"),
        ({"weights__file": "C:\\w.safetensors"}, "leaves the model's folder"),
        ({"weights__file": "sub/w.safetensors"}, "leaves the model's folder"),
        ({"weights__file": "weights.pt"}, "no .safetensors"),
        ({"weights__sha256": "abc"}, "SHA-256"),
        ({"weights__precision": "int4"}, "precision"),
        ({"name": "../../evil"}, "name"),
        ({"name": ""}, "name"),
        ({"version": "1/2"}, "version"),
        ({"segments": []}, "segments"),
        ({"segments": [{"value": 1, "name": "one"}]}, "classes"),
        ({"segments": [{"value": 1, "name": "A"}, {"value": 2, "name": "a "}]}, "same"),
        ({"segments": [{"value": 3, "name": "A"}, {"value": 3, "name": "B"}]}, "same value"),
        ({"segments": [{"value": 0, "name": "A"}, {"value": 255, "name": "B"}]}, r"1\.\.254"),
        ({"segments": 7}, "damaged"),
        ({"input__channels": ["a", "b"]}, "channels"),
        ({"input__patch": [0, 1, 2]}, "patch"),
        ({"input": None}, "damaged"),
        ({"uncertainty__passes": 0}, "passes"),
        ({"uncertainty__passes": "many"}, "damaged"),
        ({"uncertainty__temperature": float("nan")}, "temperature"),
        ({"uncertainty__source": "oracle"}, "source"),
        ({"network": "vnet"}, "damaged"),
        ({"pictures": [{"file": "../../x.png"}]}, "picture"),
    ],
)
def test_values_that_cannot_be(write: Write, changes: dict[str, Any], word: str) -> None:
    folder = edit(write(), **changes)
    with pytest.raises(UserError, match=word) as fault:
        read_package(folder)
    assert "model.json" in str(fault.value) and "\n" not in str(fault.value)


def test_a_missing_key_is_named(write: Write) -> None:
    package = write()
    assert package.path
    data = json.loads((package.path / "model.json").read_text(encoding="utf-8"))
    del data["segments"]
    (package.path / "model.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(UserError, match="'segments' is missing"):
        read_package(package.path)


def test_missing_files(write: Write, strange: Path) -> None:
    package = write()
    package.weights_path.unlink()
    with pytest.raises(UserError, match="weights are missing"):
        read_package(strange / "tiny")
    with pytest.raises(UserError, match="no such model"):
        read_package(strange / "nowhere")
    with pytest.raises(UserError, match="no model"):
        read_package(strange)


def test_weights_that_are_a_link(write: Write, strange: Path) -> None:
    package = write()
    package.weights_path.rename(strange / "elsewhere.safetensors")
    package.weights_path.symlink_to(strange / "elsewhere.safetensors")
    with pytest.raises(UserError, match="weights are missing"):
        read_package(strange / "tiny")


@pytest.mark.parametrize("position", [100, -1])
def test_one_turned_bit_is_noticed(write: Write, position: int) -> None:
    package = write()
    content = bytearray(package.weights_path.read_bytes())
    content[position] ^= 1
    package.weights_path.write_bytes(content)
    with pytest.raises(UserError, match="SHA-256 differs"):
        load_network(package)
    with pytest.raises(UserError, match="SHA-256 differs"):
        verify_weights(package)


@pytest.mark.parametrize("content", [b"", b"\x80\x04pickle", b"\xff" * 64, b"\x10" + b"\0" * 7 + b"{}"])
def test_weights_that_are_no_safetensors(write: Write, content: bytes) -> None:
    package = write()
    package.weights_path.write_bytes(content)
    with pytest.raises(UserError, match="no safetensors"):
        load_network(package, verify=False)


def test_weights_of_another_network(write: Write) -> None:
    package = write()
    tensors = load_file(package.weights_path)
    wider = {**tensors, "out_conv2.weight": tensors["out_conv2.weight"][:2]}
    for changed, word in (
        (wider, r"out_conv2\.weight is \(2, 2, 1, 1, 1\), must be \(3, 2, 1, 1, 1\)"),
        ({k: v for k, v in tensors.items() if k != "out_conv.bias"}, r"out_conv\.bias is missing"),
        ({**tensors, "spy": tensors["out_conv.bias"]}, "spy does not belong"),
    ):
        save_file(changed, package.weights_path)
        with pytest.raises(UserError, match=word):
            load_network(package, verify=False)


def test_an_unknown_network(write: Write) -> None:
    with pytest.raises(UserError, match="no network hypernet"):
        load_network(read_package(edit(write(), network__kind="hypernet")))
    strange_arguments = {"in_channels": 1, "classes": 3, "depth": 99}
    with pytest.raises(UserError, match="depth"):
        load_network(read_package(edit(write("two"), network__arguments=strange_arguments)))


def test_a_network_far_too_large_takes_no_memory(write: Write) -> None:
    huge = {"in_channels": 1, "classes": 3, "width": 4096}  # some 600 GB of parameters
    with pytest.raises(UserError, match="do not fit the network"):
        load_network(read_package(edit(write(), network__arguments=huge)))

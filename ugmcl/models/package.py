"""A model on disk (design, 8): a folder with `model.json`, `weights.safetensors`, `card.md` and pictures.

Reading needs the standard library and numpy, so that Slicer can list models; weights are loaded by
`ugmcl.models.weights`. Writing is all or nothing: under a temporary name, then renamed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from ugmcl.errors import UserError
from ugmcl.jobs.renaming import rename_patiently
from ugmcl.models.card import card_text
from ugmcl.models.description import (
    CARD,
    DESCRIPTION,
    WEIGHTS,
    ModelPackage,
    UncertaintySpec,
    WeightsFile,
    check_package,
)
from ugmcl.models.model_json import as_read, description_text, read_description

__all__ = [
    "ModelPackage", "UncertaintySpec", "WeightsFile",
    "read_package", "update_package", "verify_weights", "write_package",
]  # fmt: skip
_AGAIN = "Get the model again from where it came from"


def read_package(folder: Path | str, *, verify: bool = False) -> ModelPackage:
    """The model in ``folder``.

    Args:
        folder: of the package.
        verify: also compare the weights' SHA-256 (`ugmcl.models.weights.load_network` does so by itself).

    Raises:
        UserError: no model, damaged, foreign, of a newer version, or without its weights.
    """
    package = read_description(Path(folder) / DESCRIPTION)
    if package.weights_path.is_symlink() or not package.weights_path.is_file():
        raise UserError("the model's weights are missing", package.weights_path, _AGAIN)
    return verify_weights(package) if verify else package


def verify_weights(package: ModelPackage) -> ModelPackage:
    """The same package, after its weights were found to be those that model.json names.

    Raises:
        UserError: the file is missing or its SHA-256 differs.
    """
    try:
        with package.weights_path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as fault:
        reason = fault.strerror or type(fault).__name__
        raise UserError(
            f"the model's weights cannot be read ({reason})", package.weights_path, _AGAIN
        ) from fault
    if found != package.weights.sha256:
        raise UserError(
            "the model's weights are damaged (their SHA-256 differs)", package.weights_path, _AGAIN
        )
    return package


def write_package(
    folder: Path | str,
    package: ModelPackage,
    tensors: Mapping[str, np.ndarray],
    *,
    pictures: Mapping[str, bytes] | None = None,
) -> ModelPackage:
    """Write a new package; the folder appears complete or not at all.

    Args:
        folder: must not exist.
        package: its description; the weights' name, SHA-256 and the path are filled in.
        tensors: the network's state by name; stored in ``package.weights.precision``.
        pictures: PNG files by name, those of ``package.pictures``.

    Raises:
        UserError: the folder exists, cannot be written, or the description makes no sense.
    """
    from ugmcl.models.tensors import stored_bytes  # needs safetensors, which Slicer lacks

    final = Path(os.path.abspath(folder))
    if final.exists():
        raise UserError(
            "there is something already", final, "Choose another folder, or remove this one first"
        )
    weights = stored_bytes(tensors, package.weights.precision)
    digest = hashlib.sha256(weights).hexdigest()
    package = replace(package, weights=WeightsFile(WEIGHTS, digest, package.weights.precision), path=final)
    package = check_package(as_read(package))
    part = final.with_name(f".{final.name}.part{os.getpid()}")
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        _write(part / WEIGHTS, weights)
        _write_texts(part, package, pictures or {})
        rename_patiently(part, final)
    except OSError as fault:
        raise UserError(
            f"the model cannot be written ({fault.strerror})",
            final,
            "Choose a place with space that you may write",
        ) from fault
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return package


def update_package(package: ModelPackage, *, pictures: Mapping[str, bytes] | None = None) -> ModelPackage:
    """Write description and card of a package anew (calibration, figures); its weights stay.

    Raises:
        UserError: the package was not written before, or its folder cannot be written.
    """
    if package.path is None or not package.weights_path.is_file():
        raise UserError("there is no package to update", package.name, "Write it first")
    folder, package = package.path, check_package(as_read(package))
    try:
        _write_texts(folder, package, pictures or {})
    except OSError as fault:
        raise UserError(
            f"the model cannot be written ({fault.strerror})",
            package.path,
            "Choose a place that you may write",
        ) from fault
    return package


def _write_texts(folder: Path, package: ModelPackage, pictures: Mapping[str, bytes]) -> None:
    """Pictures first, model.json last, each renamed into place."""
    files = {picture["file"] for picture in package.pictures}
    if unknown := sorted(set(pictures) - files):
        raise ValueError(f"pictures that the package does not name: {', '.join(unknown)}")
    contents = {
        **pictures,
        CARD: card_text(package).encode("utf-8"),
        DESCRIPTION: description_text(package).encode("utf-8"),
    }
    for name, content in contents.items():
        part = folder / f".{name}.part{os.getpid()}"
        _write(part, content)
        rename_patiently(part, folder / name)


def _write(file: Path, content: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())

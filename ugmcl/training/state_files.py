"""A training state as files: networks and optimisers in safetensors, figures and checksums in one JSON."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as tensors_to_bytes
from torch import Tensor

from ugmcl.errors import UserError
from ugmcl.training.state import TrainingState

FACTS = "state.json"
OPTIMISERS = "optimisers"


class DamagedState(Exception):
    """A checkpoint that cannot be read; an older one may serve."""


def write_state(folder: Path, state: TrainingState, facts: dict[str, Any]) -> None:
    """Write all files of a checkpoint into ``folder``, the JSON last; every file reaches the disk."""
    optimiser_tensors, optimiser_facts = _pack_optimisers(state)
    tensors = {name: dict(module.state_dict()) for name, module in state.networks().items()}
    tensors[OPTIMISERS] = optimiser_tensors
    checksums = {}
    for name, values in tensors.items():
        data = tensors_to_bytes({key: value.detach().cpu().contiguous() for key, value in values.items()})
        _write(folder / f"{name}.safetensors", data)
        checksums[name] = hashlib.sha256(data).hexdigest()
    facts = {**facts, "files": checksums, "optimisers": optimiser_facts, "scaler": state.scaler.state_dict()}
    _write(folder / FACTS, (json.dumps(facts, indent=1) + "\n").encode("utf-8"))


def read_state(folder: Path, state: TrainingState, *, expected_format: str) -> dict[str, Any]:
    """Fill networks, optimisers and scaler of ``state`` from sound files; returns the JSON's facts."""
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DamagedState(f"{FACTS} is absent or damaged") from error
    if facts.get("format") != expected_format:
        raise UserError(f"unknown format {facts.get('format')!r}", folder, "Use the version that wrote it")
    modules = state.networks()
    files = facts.get("files", {})
    if set(files) != {*modules, OPTIMISERS}:
        raise DamagedState("it belongs to another method")
    tensors = {name: _read_tensors(folder / f"{name}.safetensors", digest) for name, digest in files.items()}
    for name, module in modules.items():
        try:
            module.load_state_dict(tensors[name])
        except RuntimeError as error:
            raise DamagedState(f"{name} has other layers") from error
    _unpack_optimisers(state, tensors[OPTIMISERS], facts["optimisers"])
    if facts["scaler"]:
        state.scaler.load_state_dict(facts["scaler"])
    return facts


def _pack_optimisers(state: TrainingState) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors by ``optimiser/parameter/name``; plain values, groups and memory strides as JSON.

    Strides are kept because resuming is to be exact to the bit: kernels may round another memory layout
    differently.
    """
    tensors: dict[str, Tensor] = {}
    facts: dict[str, Any] = {}
    for name, optimiser in state.optimisers.items():
        packed = optimiser.state_dict()
        values: dict[str, Any] = {}
        strides: dict[str, list[int]] = {}
        for index, entries in packed["state"].items():
            for key, value in entries.items():
                place = f"{name}/{index}/{key}"
                if isinstance(value, Tensor):
                    tensors[place] = value
                    strides[place] = list(value.stride())
                else:
                    values[place] = value
        facts[name] = {"groups": packed["param_groups"], "values": values, "strides": strides}
    return tensors, facts


def _unpack_optimisers(state: TrainingState, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
    if set(facts) != set(state.optimisers):
        raise DamagedState("it belongs to other optimisers")
    for name, optimiser in state.optimisers.items():
        entries: dict[int, dict[str, Any]] = {}
        for place, stride in facts[name]["strides"].items():
            _, index, key = place.split("/")
            value = tensors[place]
            copy = torch.empty_strided(value.shape, stride, dtype=value.dtype)
            entries.setdefault(int(index), {})[key] = copy.copy_(value)
        for place, plain in facts[name]["values"].items():
            _, index, key = place.split("/")
            entries.setdefault(int(index), {})[key] = plain
        optimiser.load_state_dict({"state": entries, "param_groups": facts[name]["groups"]})


def _read_tensors(path: Path, digest: str) -> dict[str, Tensor]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DamagedState(f"{path.name} is absent") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise DamagedState(f"{path.name} was changed or cut short")
    try:
        return tensors_from_bytes(data)
    except SafetensorError as error:
        raise DamagedState(f"{path.name} is no safetensors file") from error


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())

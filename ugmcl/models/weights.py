"""From a package to a network and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ugmcl.errors import UserError
from ugmcl.models.description import ModelPackage
from ugmcl.models.package import verify_weights, write_package
from ugmcl.models.tensors import read_tensors
from ugmcl.networks.registry import build_network

_AGAIN = "Get the model again from where it came from"


def load_network(package: ModelPackage, *, verify: bool = True) -> nn.Module:
    """The package's network on the CPU, float32, in evaluation mode.

    Args:
        package: read from a folder.
        verify: compare the weights' SHA-256 first.

    Raises:
        UserError: damaged weights, weights of another network, or a kind of network that is not known.
    """
    if verify:
        verify_weights(package)
    found = read_tensors(package.weights_path)
    with torch.device("meta"):  # nothing is allocated or drawn before the shapes are known to be right
        network = _build(package)
    wanted = network.state_dict()
    _compare(wanted, found, package)
    state = {name: torch.from_numpy(np.array(found[name])).to(wanted[name].dtype) for name in wanted}
    network.load_state_dict(state, assign=True)
    return network.eval()


def save_weights(
    folder: Path | str,
    package: ModelPackage,
    network: nn.Module | Mapping[str, Tensor],
    *,
    pictures: Mapping[str, bytes] | None = None,
) -> ModelPackage:
    """Write a package with this network's (or state's) weights; see `ugmcl.models.package.write_package`."""
    state = network.state_dict() if isinstance(network, nn.Module) else network
    tensors = {name: _as_array(value.detach().cpu()) for name, value in state.items()}
    return write_package(folder, package, tensors, pictures=pictures)


def _build(package: ModelPackage) -> nn.Module:
    try:
        return build_network(package.network["kind"], **package.network["arguments"])
    except UserError:
        raise
    except (TypeError, ValueError, KeyError, RuntimeError) as fault:
        raise UserError(f"the model's network cannot be built: {fault}", package.path, _AGAIN) from fault


def _compare(wanted: Mapping[str, Tensor], found: Mapping[str, np.ndarray], package: ModelPackage) -> None:
    """Names and shapes of the weights against the network's.

    Raises:
        UserError: names the first that differs.
    """
    fault = ""
    if missing := sorted(set(wanted) - set(found)):
        fault = f"{missing[0]} is missing"
    elif unknown := sorted(set(found) - set(wanted)):
        fault = f"{unknown[0]} does not belong to it"
    for name in sorted(set(wanted) & set(found)):
        if not fault and tuple(wanted[name].shape) != found[name].shape:
            fault = f"{name} is {found[name].shape}, must be {tuple(wanted[name].shape)}"
    if fault:
        raise UserError(f"the weights do not fit the network: {fault}", package.weights_path, _AGAIN)


def _as_array(value: Tensor) -> np.ndarray:
    return (value.float() if value.is_floating_point() else value).numpy()

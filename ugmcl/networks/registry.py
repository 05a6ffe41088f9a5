"""Networks by kind, as model packages name them."""

from __future__ import annotations

from typing import Any

from torch import nn

from ugmcl.errors import UserError
from ugmcl.networks.dual_task_vnet import DualTaskVNet
from ugmcl.networks.pyramid_vnet import PyramidVNet

NETWORKS: dict[str, type[nn.Module]] = {"dual-task-vnet": DualTaskVNet, "pyramid-vnet": PyramidVNet}


def build_network(kind: str, **arguments: Any) -> nn.Module:
    """A network with fresh weights drawn from torch's global generator.

    Raises:
        UserError: unknown kind, or arguments that it does not take (a damaged or newer model package).
    """
    if kind not in NETWORKS:
        raise UserError(
            f"there is no network {kind}", "network", f"Choose from {', '.join(sorted(NETWORKS))}"
        )
    try:
        return NETWORKS[kind](**arguments)
    except (TypeError, ValueError) as error:
        raise UserError(
            f"network {kind}: {error}", "network", "Check the model package's network arguments"
        ) from error

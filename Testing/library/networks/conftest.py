"""Small networks with weights and running statistics that are not those of the first moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from ugmcl.networks.registry import build_network


@pytest.fixture
def network() -> Callable[..., nn.Module]:
    """``network(kind="dual-task-vnet", **arguments)``: width 2, in evaluation mode, norms moved."""

    def make(kind: str = "dual-task-vnet", **arguments: Any) -> nn.Module:
        torch.manual_seed(0)
        built = build_network(kind, **{"width": 2, **arguments})
        for module in built.modules():
            if isinstance(module, nn.BatchNorm3d | nn.GroupNorm | nn.InstanceNorm3d):
                nn.init.uniform_(module.weight, 0.5, 2.0)
                nn.init.uniform_(module.bias, -0.5, 0.5)
            if isinstance(module, nn.BatchNorm3d):
                nn.init.uniform_(module.running_mean, -0.5, 0.5)
                nn.init.uniform_(module.running_var, 0.5, 2.0)
        return built.eval()

    return make


@pytest.fixture
def image() -> Callable[..., torch.Tensor]:
    """``image(*shape)``: normal noise, the same every time."""
    return lambda *shape: torch.randn(shape, generator=torch.Generator().manual_seed(1))

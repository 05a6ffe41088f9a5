"""Running statistics of batch norm during a pass that must not change them (methods reference 1.6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@contextmanager
def running_statistics(network: nn.Module, update: bool) -> Iterator[None]:
    """Within, passes in training mode change the running statistics only if ``update`` (else momentum 0)."""
    norms = [] if update else [m for m in network.modules() if isinstance(m, _BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum

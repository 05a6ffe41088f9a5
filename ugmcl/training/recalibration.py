"""Running statistics averaged anew over clean patches (methods reference 1.6), always on a copy.

Training leaves statistics behind that mix labelled with unlabelled and dropped-out passes; validation and
packages use statistics of plain patches without dropout or noise. The raw state stays for resuming.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ugmcl.training.precision import Precision


def has_running_statistics(network: nn.Module) -> bool:
    return any(isinstance(m, _BatchNorm) and m.track_running_stats for m in network.modules())


@torch.no_grad()
def recalibrated(network: nn.Module, patches: Iterable[Tensor], precision: Precision) -> nn.Module:
    """A copy in evaluation mode whose running statistics are the plain average over ``patches``.

    Args:
        network: any network called with an image; a network without batch norm is only copied.
        patches: batches (B, N, z, y, x) of normalised images.
        precision: arithmetic of the passes.
    """
    twin = _unsynchronised(copy.deepcopy(network).requires_grad_(False))
    norms = [m for m in twin.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
    if not norms:
        return twin.eval()
    momenta = [m.momentum for m in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a cumulative average
    twin.train()
    for patch in patches:
        image = patch.to(precision.device).contiguous(memory_format=torch.channels_last_3d)
        with precision.autocast():
            twin(image)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return twin.eval()


def _unsynchronised(network: nn.Module) -> nn.Module:
    """Plain batch norm in place of the synchronised one: one process alone recalibrates and validates."""
    for name, child in network.named_children():
        if isinstance(child, nn.SyncBatchNorm):
            plain = nn.BatchNorm3d(child.num_features, child.eps, child.momentum, child.affine)
            plain.load_state_dict(child.state_dict())
            device = next(child.buffers()).device
            setattr(network, name, plain.to(device).requires_grad_(False))
        else:
            _unsynchronised(child)
    return network

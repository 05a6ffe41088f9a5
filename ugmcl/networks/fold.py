"""Batch norm folded into the convolution before it: the same function in fewer steps, for segmentation."""

from __future__ import annotations

import copy

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_eval


@torch.no_grad()
def fold_batch_norm(network: nn.Module) -> nn.Module:
    """A copy of ``network`` in evaluation mode with every batch norm folded; other norms stay as they are.

    Running statistics become part of the weights, so the copy is for segmentation only. Dropout masks act
    behind the ReLU: Monte-Carlo passes are the same as before.
    """
    folded = copy.deepcopy(network).eval()
    for module in folded.modules():
        if isinstance(module, nn.Sequential):
            _fold_pairs(module)
    return folded


def _fold_pairs(block: nn.Sequential) -> None:
    """Fold each batch norm that follows a convolution; an identity keeps its place."""
    for i in range(len(block) - 1):
        convolution, norm = block[i], block[i + 1]
        if not isinstance(convolution, nn.Conv3d | nn.ConvTranspose3d) or not isinstance(norm, _BatchNorm):
            continue
        transposed = isinstance(convolution, nn.ConvTranspose3d)
        block[i] = fuse_conv_bn_eval(convolution, norm, transpose=transposed)
        block[i + 1] = nn.Identity()

"""The 3x3x3 convolution, kept from a fault of the processor's bf16 arithmetic."""

from __future__ import annotations

import torch
from torch import Tensor, nn

FAULTY_DEPTH = 2


class Convolution(nn.Conv3d):
    """`nn.Conv3d` that computes two slices in float32 on the processor.

    oneDNN's bf16 gradient of the weights of a 3x3x3 convolution is wrong, often not finite, for inputs of
    exactly two slices (z), as of torch 2.13 with AVX-512 BF16. A patch of 32 slices has two at the
    bottleneck. Other depths are right, and two slices are little work.
    """

    def forward(self, input: Tensor) -> Tensor:
        on_processor = input.device.type == "cpu" and torch.is_autocast_enabled("cpu")
        if not on_processor or input.shape[2] != FAULTY_DEPTH:
            return super().forward(input)
        with torch.autocast("cpu", enabled=False):
            return super().forward(input.float())

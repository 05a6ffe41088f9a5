"""Explicit channel-dropout masks: a Monte-Carlo pass is the same in every tile."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class DropoutMasks(NamedTuple):
    """Channel masks of one pass, each (batch, channels) or None where nothing is dropped."""

    bottleneck: Tensor | None = None
    last: Tensor | None = None


def draw_channel_mask(batch: int, channels: int, probability: float, generator: torch.Generator) -> Tensor:
    """(batch, channels): 0 with ``probability``, otherwise 1 / (1 - probability)."""
    kept = torch.rand(batch, channels, generator=generator) >= probability
    return kept.float() / (1.0 - probability)

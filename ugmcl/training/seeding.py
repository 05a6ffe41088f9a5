"""Generators made from (seed, iteration, stream): resuming needs no generator's state."""

from __future__ import annotations

import numpy as np
import torch

STREAMS = {"network": 1, "step": 2, "global": 3, "recalibration": 4}


def stream_seed(seed: int, iteration: int, stream: str, rank: int = 0) -> int:
    """A 63-bit seed that is different for every (seed, iteration, stream, rank)."""
    words = np.random.SeedSequence([seed, iteration, STREAMS[stream], rank]).generate_state(2, np.uint32)
    return int(words[0]) | (int(words[1]) & 0x7FFFFFFF) << 32


def step_generator(seed: int, iteration: int, rank: int = 0) -> torch.Generator:
    """The CPU generator that a method's step draws from."""
    return torch.Generator().manual_seed(stream_seed(seed, iteration, "step", rank))


def seed_global(seed: int, iteration: int, stream: str = "global", rank: int = 0) -> None:
    """Seed torch's global generators, which layers such as ``nn.Dropout3d`` draw from."""
    torch.manual_seed(stream_seed(seed, iteration, stream, rank))

"""What a network returns."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Output(NamedTuple):
    """Logits (B, C, z, y, x), signed distances (B, C-1, z, y, x) or None, and what single methods need.

    ``extra`` holds tensors by name: ``last`` is block nine's feature before dropout.
    """

    logits: Tensor
    distance: Tensor | None
    extra: dict[str, Tensor]

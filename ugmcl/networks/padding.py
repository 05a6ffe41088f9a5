"""Pad the sides of a batch to a multiple and crop a network's output back."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from ugmcl.networks.output import Output

Margins = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]


def pad_to_multiple(image: Tensor, multiple: int) -> tuple[Tensor, Margins]:
    """Zero-pad (B, N, z, y, x) on both ends to multiples; margins are (before, after) in z, y, x."""
    margins = []
    for side in image.shape[2:]:
        missing = -side % multiple
        margins.append((missing // 2, missing - missing // 2))
    if not any(sum(m) for m in margins):
        return image, tuple(margins)  # type: ignore[return-value]
    flat = [value for pair in reversed(margins) for value in pair]
    return F.pad(image, flat), tuple(margins)  # type: ignore[return-value]


def crop_sides(output: Output, margins: Margins) -> Output:
    """Undo `pad_to_multiple` on every full-size tensor of a network's output."""
    if not any(sum(m) for m in margins):
        return output

    def crop(tensor: Tensor) -> Tensor:
        slices = tuple(
            slice(before, size - after)
            for (before, after), size in zip(margins, tensor.shape[2:], strict=True)
        )
        return tensor[(slice(None), slice(None), *slices)]

    distance = None if output.distance is None else crop(output.distance)
    return Output(crop(output.logits), distance, {name: crop(value) for name, value in output.extra.items()})

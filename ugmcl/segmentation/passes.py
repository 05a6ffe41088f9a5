"""Monte-Carlo passes: the channel masks of every pass, and one box of the image through the network.

A pass is two channel masks. They are drawn once and used for every tile, so that a pass is a sample of the
whole volume; the encoder runs once a box and is shared by the passes (methods.md 7.2, second row).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ugmcl.networks.output import Output
from ugmcl.networks.padding import Margins, crop_sides, pad_to_multiple

STRIDE = 16
SHARPNESS = 1500.0  # k of T^-1(z) = logistic(-k z), equation 5
PRECISIONS: dict[str, torch.dtype | None] = {
    "fp32": None,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
}


def drops_channels(network: nn.Module) -> bool:
    """Whether passes of this network differ at all."""
    return bool(getattr(network, "dropout_at", ())) and float(getattr(network, "dropout", 0.0)) > 0


def draw_passes(network: nn.Module, passes: int, seed: int) -> list[Any]:
    """Masks of each pass (None: nothing is dropped). Pass t does not depend on how many there are."""
    if passes <= 1 or not drops_channels(network):
        return [None]
    generators = (torch.Generator().manual_seed((seed << 20) + t) for t in range(passes))
    return [network.draw_masks(1, generator) for generator in generators]  # type: ignore[operator]


@dataclass(frozen=True)
class Encoded:
    """A box after the shared half of the network, or the padded box where the network has no halves."""

    stages: Any
    margins: Margins


class PassRunner:
    """Runs boxes (1, N, z, y, x) through one network on one device.

    Args:
        network: in eval mode, on ``device``.
        passes: how many Monte-Carlo passes; 1 runs without dropout.
        temperature: logits are divided by it before the softmax.
        precision: a key of `PRECISIONS`.
    """

    def __init__(
        self, network: nn.Module, passes: int, seed: int, temperature: float, device: str, precision: str
    ) -> None:
        self.network, self.device, self.temperature = network, device, temperature
        self.masks: Sequence[Any] = draw_passes(network, passes, seed)
        self._dtype = PRECISIONS[precision]
        self._halves: tuple[Callable, Callable] | None = None
        if hasattr(network, "encode") and hasattr(network, "decode"):
            self._halves = (network.encode, network.decode)  # type: ignore[assignment]

    def encode(self, box: Tensor) -> Encoded:
        """The part of a box's work that all passes share."""
        padded, margins = pad_to_multiple(box.to(self.device), STRIDE)
        padded = padded.contiguous(memory_format=torch.channels_last_3d)
        with self._autocast():
            return Encoded(self._halves[0](padded) if self._halves else padded, margins)

    def probability(self, encoded: Encoded, t: int) -> Tensor:
        """Pass ``t``: softmax probabilities (C, z, y, x), float32."""
        return self._softmax(self._decode(encoded, self.masks[t]))

    def disagreement(self, encoded: Encoded) -> Tensor | None:
        """max over c >= 1 of |p_c - T^-1(z_c)| without dropout, (z, y, x); None without a distance head."""
        output = self._decode(encoded, None)
        if output.distance is None:
            return None
        inverse = torch.sigmoid(-SHARPNESS * output.distance[0].float())
        return (self._softmax(output)[1:] - inverse).abs_().amax(dim=0)

    def _decode(self, encoded: Encoded, masks: Any) -> Output:
        with self._autocast():
            if self._halves:
                output = self._halves[1](encoded.stages, masks)
            else:
                output = self.network(encoded.stages, masks)
        return crop_sides(output._replace(extra={}), encoded.margins)

    def _softmax(self, output: Output) -> Tensor:
        return torch.softmax(output.logits[0].float() / self.temperature, dim=0)

    def _autocast(self) -> AbstractContextManager:
        if self._dtype is None:
            return nullcontext()
        return torch.autocast(torch.device(self.device).type, dtype=self._dtype)


@contextmanager
def reproducible() -> Iterator[None]:
    """The same algorithm every time on CUDA: equal input, equal bytes."""
    before = torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
    try:
        yield
    finally:
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = before

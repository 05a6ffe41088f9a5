"""Monte-Carlo passes: the channel masks of every pass, and one box of the image through the network.

A pass is two channel masks, and, for a model whose anatomy may be mirrored, a flip of the image. They are
fixed once and used for every tile, so that a pass is a sample of the whole volume; the encoder runs once a
box and flip, shared by the passes (methods.md 7.2, second row).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import torch
from torch import Tensor, nn

from ugmcl.networks.output import Output
from ugmcl.networks.padding import Margins, crop_sides, pad_to_multiple
from ugmcl.transforms.flips import flip

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
        return [None] * passes
    generators = (torch.Generator().manual_seed((seed << 20) + t) for t in range(passes))
    return [network.draw_masks(1, generator) for generator in generators]  # type: ignore[operator]


def all_flips(axes: Sequence[str]) -> list[tuple[str, ...]]:
    """Every combination of ``axes``; none of them, the image as it is, comes first."""
    return [chosen for count in range(len(axes) + 1) for chosen in combinations(axes, count)]


@dataclass
class Encoded:
    """A box, and what the shared half of the network made of it in one flip at a time.

    Attributes:
        padded: the box with sides that the network can halve, and the ``margins`` that were added.
        stages: of the flip number ``flipped``; the padded box itself where the network has no halves.
    """

    padded: Tensor
    margins: Margins
    stages: Any = None
    flipped: int = -1


class PassRunner:
    """Runs boxes (1, N, z, y, x) through one network on one device.

    Args:
        network: in eval mode, on ``device``.
        passes: how many Monte-Carlo passes; 1 runs without dropout.
        temperature: logits are divided by it before the softmax.
        precision: a key of `PRECISIONS`.
        flip_axes: pass t sees the box in the t-th of the flips along these axes, in turn; the first one is
            the box as it is.
    """

    def __init__(
        self,
        network: nn.Module,
        passes: int,
        seed: int,
        temperature: float,
        device: str,
        precision: str,
        flip_axes: Sequence[str] = (),
    ) -> None:
        self.network, self.device, self.temperature = network, device, temperature
        self.masks: Sequence[Any] = draw_passes(network, passes, seed)
        self.flips = all_flips(flip_axes)
        self.order = sorted(range(passes), key=lambda t: t % len(self.flips))  # one encoding at a time
        self._dtype = PRECISIONS[precision]
        self._halves: tuple[Callable, Callable] | None = None
        if hasattr(network, "encode") and hasattr(network, "decode"):
            self._halves = (network.encode, network.decode)  # type: ignore[assignment]

    def encode(self, box: Tensor) -> Encoded:
        """The part of a box's work that passes share."""
        encoded = Encoded(*pad_to_multiple(box.to(self.device), STRIDE))
        self._turn_to(0, encoded)
        return encoded

    def probability(self, encoded: Encoded, t: int) -> Tensor:
        """Pass ``t``: softmax probabilities (C, z, y, x), float32. Cheapest in the order of ``order``."""
        return self._softmax(self._decode(encoded, self.masks[t], t % len(self.flips)))

    def disagreement(self, encoded: Encoded) -> Tensor | None:
        """max over c >= 1 of |p_c - T^-1(z_c)| without dropout, (z, y, x); None without a distance head."""
        output = self._decode(encoded, None, 0)
        if output.distance is None:
            return None
        inverse = torch.sigmoid(-SHARPNESS * output.distance[0].float())
        return (self._softmax(output)[1:] - inverse).abs_().amax(dim=0)

    def _turn_to(self, number: int, encoded: Encoded) -> None:
        """Encode the box in another flip, if it is not in that one already."""
        if encoded.flipped == number:
            return
        encoded.stages = None  # never two encodings in memory
        box = flip(encoded.padded, self.flips[number]).contiguous(memory_format=torch.channels_last_3d)
        with self._autocast():
            encoded.stages = self._halves[0](box) if self._halves else box
        encoded.flipped = number

    def _decode(self, encoded: Encoded, masks: Any, number: int) -> Output:
        self._turn_to(number, encoded)
        with self._autocast():
            if self._halves:
                output = self._halves[1](encoded.stages, masks)
            else:
                output = self.network(encoded.stages, masks)
        axes = self.flips[number]
        distance = None if output.distance is None else flip(output.distance, axes)
        turned = output._replace(logits=flip(output.logits, axes), distance=distance, extra={})
        return crop_sides(turned, encoded.margins)

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

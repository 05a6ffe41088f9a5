"""The dual-task V-Net: one trunk, a segmentation head and a signed-distance head.

The distance head is that of Luo et al. 2021 and Zhang et al. 2022. With batch norm, N input channels and C
classes it has 9,448,832 + 17(2C - 1) + 432(N - 1) parameters at width 16 (methods reference 3).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ugmcl.networks.dropout_masks import DropoutMasks, draw_channel_mask
from ugmcl.networks.output import Output
from ugmcl.networks.padding import crop_sides, pad_to_multiple
from ugmcl.networks.vnet_trunk import STRIDE, VNetTrunk, drop_channels


class DualTaskVNet(VNetTrunk):
    """V-Net with class logits and tanh-bounded signed distances.

    Args:
        in_channels: image channels N.
        classes: number of classes C, background included.
        width: channels of the first stage; doubles at each of four halvings.
        norm: ``"batch"``, ``"group"`` (16 groups, fewer where the width does not divide) or ``"instance"``.
        dropout: probability that a channel is dropped.
        dropout_at: any of ``"bottleneck"`` (after block five) and ``"last"`` (after block nine).
        distance_head: False leaves the distance head out, for methods that do not train it.

    Shapes: input (B, N, z, y, x) with any sides; logits (B, C, z, y, x); distance (B, C-1, z, y, x)
    in [-1, 1], negative inside (equation 1), None without its head.
    """

    def __init__(
        self,
        in_channels: int = 1,
        classes: int = 2,
        width: int = 16,
        norm: str = "batch",
        dropout: float = 0.5,
        dropout_at: Sequence[str] = ("bottleneck", "last"),
        distance_head: bool = True,
    ) -> None:
        super().__init__(in_channels, classes, width, norm)
        unknown = set(dropout_at) - {"bottleneck", "last"}
        if unknown:
            raise ValueError(f"dropout_at: unknown place {sorted(unknown)}, choose from bottleneck, last")
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout: {dropout}, must be at least 0 and below 1")
        self.dropout, self.dropout_at = dropout, tuple(dropout_at)
        self.out_conv = nn.Conv3d(width, classes - 1, 1) if distance_head else None
        self.out_conv2 = nn.Conv3d(width, classes, 1)

    def decode_features(self, stages: Sequence[Tensor], masks: DropoutMasks | None = None) -> list[Tensor]:
        """Features of blocks six to nine, coarse to fine, the last before its dropout."""
        return self.climb(stages, (None if masks is None else masks.bottleneck, None, None, None))

    def heads(self, last: Tensor, masks: DropoutMasks | None = None) -> Output:
        """Logits and signed distances from block nine's features."""
        dropped = drop_channels(last, None if masks is None else masks.last)
        distance = None if self.out_conv is None else torch.tanh(self.out_conv(dropped))
        return Output(self.out_conv2(dropped), distance, {"last": last})

    def decode(self, stages: Sequence[Tensor], masks: DropoutMasks | None = None) -> Output:
        """Second half of the network: what a Monte-Carlo pass repeats (methods reference 7.2, row two)."""
        return self.heads(self.decode_features(stages, masks)[-1], masks)

    def forward(self, image: Tensor, masks: DropoutMasks | None = None) -> Output:
        """Whole network; sides are padded to multiples of 16 and cropped back.

        Without ``masks`` nothing is dropped, in training mode as well: whoever wants dropout draws
        the masks (`draw_masks`), so that a pass is one reproducible object.
        """
        padded, margins = pad_to_multiple(image, STRIDE)
        return crop_sides(self.decode(self.encode(padded), masks), margins)

    def draw_masks(self, batch: int, generator: torch.Generator) -> DropoutMasks:
        """Channel masks of one pass, (batch, channels), drawn on the CPU from ``generator``.

        Kept channels carry 1/(1 - p), dropped ones 0; a place outside ``dropout_at`` has no mask.
        """
        reference = self.out_conv2.weight
        masks = {}
        for place, channels in (("bottleneck", 16 * self.width), ("last", self.width)):
            if place in self.dropout_at and self.dropout > 0:
                drawn = draw_channel_mask(batch, channels, self.dropout, generator)
                masks[place] = drawn.to(reference.device, reference.dtype)
        return DropoutMasks(**masks)

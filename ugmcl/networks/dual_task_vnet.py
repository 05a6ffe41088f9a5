"""The dual-task V-Net: one trunk, a segmentation head and a signed-distance head.

Architecture: Milletari et al. 2016 in the form of the semi-supervised left-atrium papers (additive
skips, no residual inside a block), with the distance head of Luo et al. 2021 and Zhang et al. 2022.
With batch norm, one input channel and C classes it has 9,448,832 + 17(2C - 1) parameters at width 16.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ugmcl.networks.blocks import conv_block, down_block, up_block
from ugmcl.networks.dropout_masks import DropoutMasks, draw_channel_mask
from ugmcl.networks.output import Output
from ugmcl.networks.padding import crop_sides, pad_to_multiple

STRIDE = 16  # four halvings: every side must be a multiple of this


class DualTaskVNet(nn.Module):
    """V-Net with class logits and tanh-bounded signed distances.

    Args:
        in_channels: image channels N.
        classes: number of classes C, background included.
        width: channels of the first stage; doubles at each of four halvings.
        norm: ``"batch"``, ``"group"`` (16 groups, fewer where the width does not divide) or ``"instance"``.
        dropout: probability that a channel is dropped.
        dropout_at: any of ``"bottleneck"`` (after block five) and ``"last"`` (after block nine).

    Shapes: input (B, N, z, y, x) with any sides; logits (B, C, z, y, x); distance (B, C-1, z, y, x)
    in [-1, 1], negative inside (equation 1).
    """

    def __init__(
        self,
        in_channels: int = 1,
        classes: int = 2,
        width: int = 16,
        norm: str = "batch",
        dropout: float = 0.5,
        dropout_at: Sequence[str] = ("bottleneck", "last"),
    ) -> None:
        super().__init__()
        unknown = set(dropout_at) - {"bottleneck", "last"}
        if unknown:
            raise ValueError(f"dropout_at: unknown place {sorted(unknown)}, choose from bottleneck, last")
        if classes < 2:
            raise ValueError(f"classes: {classes}, must be at least 2 (background and one segment)")
        self.in_channels, self.classes, self.width = in_channels, classes, width
        self.dropout, self.dropout_at = dropout, tuple(dropout_at)
        w = width
        self.block_one = conv_block(in_channels, w, 1, norm)
        self.block_one_dw = down_block(w, 2 * w, norm)
        self.block_two = conv_block(2 * w, 2 * w, 2, norm)
        self.block_two_dw = down_block(2 * w, 4 * w, norm)
        self.block_three = conv_block(4 * w, 4 * w, 3, norm)
        self.block_three_dw = down_block(4 * w, 8 * w, norm)
        self.block_four = conv_block(8 * w, 8 * w, 3, norm)
        self.block_four_dw = down_block(8 * w, 16 * w, norm)
        self.block_five = conv_block(16 * w, 16 * w, 3, norm)
        self.block_five_up = up_block(16 * w, 8 * w, norm)
        self.block_six = conv_block(8 * w, 8 * w, 3, norm)
        self.block_six_up = up_block(8 * w, 4 * w, norm)
        self.block_seven = conv_block(4 * w, 4 * w, 3, norm)
        self.block_seven_up = up_block(4 * w, 2 * w, norm)
        self.block_eight = conv_block(2 * w, 2 * w, 2, norm)
        self.block_eight_up = up_block(2 * w, w, norm)
        self.block_nine = conv_block(w, w, 1, norm)
        self.out_conv = nn.Conv3d(w, classes - 1, 1)
        self.out_conv2 = nn.Conv3d(w, classes, 1)

    def encode(self, image: Tensor) -> tuple[Tensor, ...]:
        """The five stages' features before any dropout; sides of ``image`` must be multiples of 16."""
        x1 = self.block_one(image)
        x2 = self.block_two(self.block_one_dw(x1))
        x3 = self.block_three(self.block_two_dw(x2))
        x4 = self.block_four(self.block_three_dw(x3))
        x5 = self.block_five(self.block_four_dw(x4))
        return x1, x2, x3, x4, x5

    def decode_features(self, stages: Sequence[Tensor], masks: DropoutMasks | None = None) -> list[Tensor]:
        """Features of blocks six to nine, coarse to fine, the last before its dropout."""
        x1, x2, x3, x4, x5 = stages
        if masks is not None and masks.bottleneck is not None:
            x5 = x5 * _per_channel(masks.bottleneck, x5)
        six = self.block_six(self.block_five_up(x5) + x4)
        seven = self.block_seven(self.block_six_up(six) + x3)
        eight = self.block_eight(self.block_seven_up(seven) + x2)
        nine = self.block_nine(self.block_eight_up(eight) + x1)
        return [six, seven, eight, nine]

    def heads(self, last: Tensor, masks: DropoutMasks | None = None) -> Output:
        """Logits and signed distances from block nine's features."""
        dropped = last
        if masks is not None and masks.last is not None:
            dropped = last * _per_channel(masks.last, last)
        return Output(self.out_conv2(dropped), torch.tanh(self.out_conv(dropped)), {"last": last})

    def decode(self, stages: Sequence[Tensor], masks: DropoutMasks | None = None) -> Output:
        """Second half of the network: what a Monte-Carlo pass repeats (methods: row two of 7.2)."""
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
        reference = self.out_conv.weight
        masks = {}
        for place, channels in (("bottleneck", 16 * self.width), ("last", self.width)):
            if place in self.dropout_at and self.dropout > 0:
                drawn = draw_channel_mask(batch, channels, self.dropout, generator)
                masks[place] = drawn.to(reference.device, reference.dtype)
        return DropoutMasks(**masks)


def _per_channel(mask: Tensor, features: Tensor) -> Tensor:
    return mask.to(features.dtype)[:, :, None, None, None]

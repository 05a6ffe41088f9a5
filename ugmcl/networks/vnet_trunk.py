"""The V-Net's trunk, from which every network here hangs its heads.

Architecture: Milletari et al. 2016 in the form of the semi-supervised left-atrium papers: additive skips, no
residual inside a block (methods reference 3). With batch norm and one input channel it has 9,448,832
parameters at width 16.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from ugmcl.networks.blocks import conv_block, down_block, up_block

STRIDE = 16  # four halvings: every side must be a multiple of this


class VNetTrunk(nn.Module):
    """Five stages down, four up; encoder and decoder callable apart.

    Args:
        in_channels: image channels N.
        classes: number of classes C, background included.
        width: channels of the first stage; doubles at each of four halvings.
        norm: ``"batch"``, ``"group"`` (16 groups, fewer where the width does not divide) or ``"instance"``.
    """

    def __init__(self, in_channels: int, classes: int, width: int, norm: str) -> None:
        super().__init__()
        if classes < 2:
            raise ValueError(f"classes: {classes}, must be at least 2 (background and one segment)")
        self.in_channels, self.classes, self.width = in_channels, classes, width
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

    def encode(self, image: Tensor) -> tuple[Tensor, ...]:
        """The five stages' features before any dropout; sides of ``image`` must be multiples of 16."""
        x1 = self.block_one(image)
        x2 = self.block_two(self.block_one_dw(x1))
        x3 = self.block_three(self.block_two_dw(x2))
        x4 = self.block_four(self.block_three_dw(x3))
        x5 = self.block_five(self.block_four_dw(x4))
        return x1, x2, x3, x4, x5

    def climb(self, stages: Sequence[Tensor], masks: Sequence[Tensor | None]) -> list[Tensor]:
        """Features of blocks six to nine, coarse to fine, the last before its mask.

        Args:
            masks: channel masks (B, channels) or None of blocks five, six, seven and eight; a masked feature
                is what the next block sees and what is returned.
        """
        x1, x2, x3, x4, x5 = stages
        five, six, seven, eight = masks
        y6 = drop_channels(self.block_six(self.block_five_up(drop_channels(x5, five)) + x4), six)
        y7 = drop_channels(self.block_seven(self.block_six_up(y6) + x3), seven)
        y8 = drop_channels(self.block_eight(self.block_seven_up(y7) + x2), eight)
        y9 = self.block_nine(self.block_eight_up(y8) + x1)
        return [y6, y7, y8, y9]


def drop_channels(features: Tensor, mask: Tensor | None) -> Tensor:
    """Features (B, channels, z, y, x) times a mask (B, channels) or (1, channels); None drops nothing."""
    return features if mask is None else features * mask.to(features.dtype)[:, :, None, None, None]

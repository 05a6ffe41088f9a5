"""V-Net with four segmentation heads, coarse to fine, for URPC (Luo et al. 2021; methods reference 2.8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ugmcl.networks.dropout_masks import draw_channel_mask
from ugmcl.networks.output import Output
from ugmcl.networks.padding import crop_sides, pad_to_multiple
from ugmcl.networks.vnet_trunk import STRIDE, VNetTrunk, drop_channels

COARSE = ("eighth", "quarter", "half")  # names in `Output.extra`, by the scale of the head's features
FACTORS = (8, 4, 2, 1)  # channels of blocks six to nine in widths
SHARES = (1.0, 0.6, 0.4, 0.2)  # of the dropout probability: 0.5, 0.3, 0.2, 0.1 in the published code


class PyramidMasks(NamedTuple):
    """Channel masks of one pass, each (batch, channels) or None, after blocks six to nine."""

    six: Tensor | None = None
    seven: Tensor | None = None
    eight: Tensor | None = None
    nine: Tensor | None = None


class PyramidVNet(VNetTrunk):
    """V-Net whose blocks six to nine each have channel dropout and a segmentation head.

    Args:
        in_channels: image channels N.
        classes: number of classes C, background included.
        width: channels of the first stage.
        norm: ``"batch"``, ``"group"`` or ``"instance"``.
        dropout: probability after block six; 0.6, 0.4 and 0.2 of it after blocks seven, eight and nine.

    Shapes: input (B, N, z, y, x) with any sides; ``logits`` and ``extra["eighth" | "quarter" | "half"]``
    (B, C, z, y, x), the coarse ones enlarged trilinearly. The full-size head alone is used for segmentation.
    """

    dropout_at = ("scales",)

    def __init__(
        self,
        in_channels: int = 1,
        classes: int = 2,
        width: int = 16,
        norm: str = "batch",
        dropout: float = 0.5,
    ) -> None:
        super().__init__(in_channels, classes, width, norm)
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout: {dropout}, must be at least 0 and below 1")
        self.dropout = dropout
        self.heads = nn.ModuleList(nn.Conv3d(width * factor, classes, 1) for factor in FACTORS)

    def decode_features(self, stages: Sequence[Tensor], masks: PyramidMasks | None = None) -> list[Tensor]:
        """Features of blocks six to nine after their dropout, coarse to fine."""
        masks = PyramidMasks() if masks is None else masks
        features = self.climb(stages, (None, masks.six, masks.seven, masks.eight))
        return [*features[:3], drop_channels(features[3], masks.nine)]

    def decode(self, stages: Sequence[Tensor], masks: PyramidMasks | None = None) -> Output:
        """Second half of the network with the full-size head only: what a Monte-Carlo pass repeats."""
        return Output(self.heads[3](self.decode_features(stages, masks)[3]), None, {})

    def forward(self, image: Tensor, masks: PyramidMasks | None = None) -> Output:
        """All four heads; nothing is dropped without ``masks``."""
        padded, margins = pad_to_multiple(image, STRIDE)
        features = self.decode_features(self.encode(padded), masks)
        logits = [head(feature) for head, feature in zip(self.heads, features, strict=True)]
        coarse = {
            name: F.interpolate(small, size=padded.shape[2:], mode="trilinear", align_corners=False)
            for name, small in zip(COARSE, logits[:3], strict=True)
        }
        return crop_sides(Output(logits[3], None, coarse), margins)

    def draw_masks(self, batch: int, generator: torch.Generator) -> PyramidMasks:
        """Channel masks of one pass, drawn on the CPU from ``generator``; none with a dropout of 0."""
        if self.dropout == 0:
            return PyramidMasks()
        reference = next(self.parameters())
        return PyramidMasks(
            *(
                draw_channel_mask(batch, factor * self.width, share * self.dropout, generator).to(
                    reference.device, reference.dtype
                )
                for factor, share in zip(FACTORS, SHARES, strict=True)
            )
        )

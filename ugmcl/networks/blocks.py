"""Building blocks of the V-Net: convolution, normalisation, ReLU; halving and doubling of the grid."""

from __future__ import annotations

from torch import nn

from ugmcl.networks.convolution import Convolution

NORMS = ("batch", "group", "instance")


def norm_layer(kind: str, channels: int) -> nn.Module:
    """Normalisation over ``channels``; all three kinds have learnable scale and shift."""
    if kind == "batch":
        return nn.BatchNorm3d(channels)
    if kind == "group":
        groups = next(g for g in range(min(16, channels), 0, -1) if channels % g == 0)
        return nn.GroupNorm(groups, channels)
    if kind == "instance":
        return nn.InstanceNorm3d(channels, affine=True)
    raise ValueError(f"norm: {kind!r}, choose from {', '.join(NORMS)}")


def conv_block(inputs: int, outputs: int, convolutions: int, norm: str) -> nn.Sequential:
    """``convolutions`` times 3x3x3 convolution, normalisation, ReLU; the grid keeps its size."""
    layers: list[nn.Module] = []
    for i in range(convolutions):
        layers += [Convolution(inputs if i == 0 else outputs, outputs, 3, padding=1)]
        layers += [norm_layer(norm, outputs), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def down_block(inputs: int, outputs: int, norm: str) -> nn.Sequential:
    """Halve every side by a strided 2x2x2 convolution."""
    return nn.Sequential(
        nn.Conv3d(inputs, outputs, 2, stride=2), norm_layer(norm, outputs), nn.ReLU(inplace=True)
    )


def up_block(inputs: int, outputs: int, norm: str) -> nn.Sequential:
    """Double every side by a strided 2x2x2 transposed convolution."""
    return nn.Sequential(
        nn.ConvTranspose3d(inputs, outputs, 2, stride=2), norm_layer(norm, outputs), nn.ReLU(inplace=True)
    )

"""SASSNet's discriminator: is this signed distance map one of a labelled image? (Li et al. 2020)."""

from __future__ import annotations

from torch import Tensor, nn


class Discriminator(nn.Module):
    """Strided convolutions over the distances plus the image, pooled to one vector, two logits.

    Args:
        distance_channels: C-1; the published code has one.
        image_channels: N.
        width: channels of the first stage; the published 64 makes 11,020,290 parameters at 1 + 1 channels.

    Shapes: distances (B, C-1, z, y, x) and image (B, N, z, y, x), sides of 16 or more, to logits (B, 2):
    0 unlabelled, 1 labelled. Dropout comes from torch's global generator, in training mode only.
    """

    def __init__(self, distance_channels: int = 1, image_channels: int = 1, width: int = 64) -> None:
        super().__init__()
        self.from_distance = nn.Conv3d(distance_channels, width, 4, stride=2, padding=1)
        self.from_image = nn.Conv3d(image_channels, width, 4, stride=2, padding=1)
        layers: list[nn.Module] = [nn.LeakyReLU(0.2), nn.Dropout3d(0.5)]
        for factor in (1, 2):
            layers += [nn.Conv3d(width * factor, 2 * width * factor, 4, stride=2, padding=1)]
            layers += [nn.LeakyReLU(0.2), nn.Dropout3d(0.5)]
        layers += [nn.Conv3d(4 * width, 8 * width, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        # adaptive: the published window fits one size of patch only
        self.trunk = nn.Sequential(*layers, nn.AdaptiveAvgPool3d(1), nn.Flatten())
        self.decide = nn.Linear(8 * width, 2)

    def forward(self, distance: Tensor, image: Tensor) -> Tensor:
        """Logits (B, 2)."""
        return self.decide(self.trunk(self.from_distance(distance) + self.from_image(image)))

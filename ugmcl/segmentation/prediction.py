"""What the passes say about one image."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Prediction:
    """What the passes say about one image, all on the framed grid.

    Attributes:
        probability: (C, z, y, x) float32, mean over the passes.
        uncertainty: (z, y, x) float32, entropy of it / ln C, 0..1.
        expected_entropy: (z, y, x) float32, mean entropy of the passes in nats.
        disagreement: (z, y, x) float32, gap between segmentation and distance head, 0..1; None without one.
        pass_labels: (T, z, y, x) uint8, the class of each pass.
        way: how it was computed, for the report.
    """

    probability: NDArray[np.float32]
    uncertainty: NDArray[np.float32]
    expected_entropy: NDArray[np.float32]
    disagreement: NDArray[np.float32] | None
    pass_labels: NDArray[np.uint8]
    way: dict[str, Any] = field(default_factory=dict)

    @property
    def labels(self) -> NDArray[np.uint8]:
        """(z, y, x) class of the mean probabilities."""
        return self.probability.argmax(axis=0).astype(np.uint8)

    @property
    def mutual_information(self) -> NDArray[np.float32]:
        """(z, y, x) in nats: entropy of the mean less mean of the entropies: the model's part of doubt."""
        return np.maximum(self.uncertainty * log(len(self.probability)) - self.expected_entropy, 0.0)

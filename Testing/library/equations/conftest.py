"""Random predictions and labels, the same every time."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch


@pytest.fixture
def prediction() -> Callable[..., SimpleNamespace]:
    """``prediction(classes)``: student's and teacher's logits and distances, label with 255, targets."""

    def make(
        classes: int = 3, dtype: torch.dtype = torch.float32, shape: tuple = (2, 3, 4, 2)
    ) -> SimpleNamespace:
        random = torch.Generator().manual_seed(classes)
        batch, *sides = shape

        def normal(channels: int, scale: float = 1.5) -> torch.Tensor:
            return torch.randn(batch, channels, *sides, generator=random, dtype=dtype) * scale

        label = torch.randint(0, classes, shape, generator=random)
        label[torch.rand(shape, generator=random) < 0.2] = 255
        return SimpleNamespace(
            classes=classes,
            logits=normal(classes),
            teacher=normal(classes).softmax(1),
            distance=torch.tanh(normal(classes - 1)),
            teacher_distance=torch.tanh(normal(classes - 1)),
            near_zero=0.002 * normal(classes - 1),
            label=label,
            target=torch.tanh(normal(classes - 1)),
            known=torch.rand(batch, classes - 1, *sides, generator=random) < 0.8,
            mask=(torch.rand(batch, 1, *sides, generator=random) < 0.6).to(dtype),
        )

    return make

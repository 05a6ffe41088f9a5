"""A small network that really segments: trained for seconds on bright and dark balls in noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from ugmcl.framing.spec import InputSpec
from ugmcl.models.package import ModelPackage, UncertaintySpec, WeightsFile
from ugmcl.networks.dual_task_vnet import DualTaskVNet
from ugmcl.volumes.segment import Segment


def balls(
    shape_zyx: tuple[int, int, int], seed: int, count: int | None = None
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Image (1, z, y, x) with mean 0 and deviation 1, and label: 1 bright balls, 2 dark ones."""
    random = np.random.default_rng(seed)
    label = np.zeros(shape_zyx, dtype=np.uint8)
    grid = np.indices(shape_zyx)
    count = count or max(2, round(np.prod(shape_zyx) / 9000))
    for i in range(count):
        center = [random.uniform(4, n - 4) for n in shape_zyx]
        distance = sum((g - c) ** 2 for g, c in zip(grid, center, strict=True))
        label[distance <= random.uniform(4.0, 7.0) ** 2] = 1 + i % 2
    contrast = np.array([0.0, 2.0, -2.0])[label]
    image = gaussian_filter(contrast, 0.7) + gaussian_filter(random.normal(size=shape_zyx), 0.5)
    return ((image - image.mean()) / image.std()).astype(np.float32)[None], label


@pytest.fixture(scope="session")
def trained_network() -> DualTaskVNet:
    """Three classes, width 4, batch norm; Dice of both classes over 0.8 on new balls."""
    for seed in (2, 0, 4, 5):  # now and then so small a network misses a class
        network = _train(seed)
        image, label = balls((48, 48, 48), seed=9999)
        with torch.inference_mode():
            found = network(torch.from_numpy(image)[None]).logits[0].argmax(dim=0).numpy()
        if min(overlap(found == c, label == c) for c in (1, 2)) > 0.8:
            return network
    raise AssertionError("no training of the tests' network came out well")


def overlap(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Dice."""
    return float(2.0 * (a & b).sum() / max(1, a.sum() + b.sum()))


def _train(seed: int, steps: int = 80) -> DualTaskVNet:
    torch.manual_seed(seed)
    network = DualTaskVNet(classes=3, width=4, dropout=0.3).train()
    optimiser = torch.optim.AdamW(network.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-2, total_steps=steps)
    generator = torch.Generator().manual_seed(0)
    for step in range(steps):
        pairs = [balls((32, 32, 32), seed=2 * step + i, count=8) for i in range(2)]
        image = torch.from_numpy(np.stack([image for image, _ in pairs]))
        label = torch.from_numpy(np.stack([label for _, label in pairs])).long()
        output = network(image, network.draw_masks(2, generator))
        p, truth = output.logits.softmax(dim=1), F.one_hot(label, 3).movedim(-1, 1).float()
        axes = (0, 2, 3, 4)
        dice = 2 * (p * truth).sum(axes)[1:] / ((p**2 + truth).sum(axes)[1:] + 1e-5)
        distance = (output.distance - (0.5 - truth[:, 1:])).square().mean()
        loss = F.cross_entropy(output.logits, label) + (1 - dice).mean() + distance
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return network.eval()


@pytest.fixture(scope="session")
def ball_image() -> NDArray[np.float32]:
    """(1, 48, 56, 70), normalised."""
    return balls((48, 56, 70), seed=77)[0]


@pytest.fixture(scope="session")
def make_balls() -> Callable[..., tuple[NDArray[np.float32], NDArray[np.uint8]]]:
    """`balls`: image and label of any size and seed."""
    return balls


@pytest.fixture(scope="session")
def ball_model() -> ModelPackage:
    """The package of `trained_network`, not on disk; label values 3 and 7."""
    return ModelPackage(
        name="balls",
        version="1.0",
        title="Balls",
        network={"kind": "dual-task-vnet", "arguments": {"classes": 3, "width": 4, "dropout": 0.3}},
        segments=(
            Segment(3, "bright ball", (0.9, 0.6, 0.0)),
            Segment(7, "dark ball", (0.3, 0.7, 0.9)),
        ),
        input=InputSpec("toy MRI", ("T1",), (1.0, 1.0, 1.0), (32, 32, 32)),
        weights=WeightsFile(sha256="0" * 64),
        uncertainty=UncertaintySpec(passes=2),
    )

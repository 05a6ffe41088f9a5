"""Settings, small batches and a training loop with the trainer's rules in fifteen lines."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from ugmcl.batch import Batch
from ugmcl.distance_maps import distance_targets
from ugmcl.methods.base import StepContext
from ugmcl.methods.registry import get_method
from ugmcl.networks.registry import build_network

SHAPE = (16, 32, 16)
DEFAULTS = {
    "width": 2, "norm": "batch", "dropout": 0.5, "dropout_at": ("bottleneck", "last"),
    "supervised": "half", "dice_background": False, "distance_weight": 0.3,
    "passes": 2, "noise": 0.1, "noise_clip": 0.2, "target": "mean", "beta": 0.75,
    "intra_weight": 0.1, "cross_weight": 0.1, "consistency_weight": 0.1, "consistency_on": "all",
    "cross_task_detach": "none", "cross_task_mask": False, "sharpness": 1500.0,
    "ramp": "squared", "ramp_step": 1, "threshold_start": 0.75, "mask_base": "ln2",
    "separate_passes": True, "bn_update": "both", "copy_paste_weight": 0.0,
}  # fmt: skip


def settings_of(**changes: Any) -> SimpleNamespace:
    unknown = changes.keys() - DEFAULTS.keys()
    assert not unknown, unknown
    return SimpleNamespace(**{**DEFAULTS, **changes})


@functools.cache
def batch_of(
    iteration: int = 0, *, labelled: int = 2, unlabelled: int = 2, classes: int = 3, channels: int = 1
) -> Batch:
    """Noisy boxes: class c is brighter by c; some voxels are ignored."""
    random = np.random.default_rng(iteration)
    label = np.zeros((labelled + unlabelled, *SHAPE), np.int64)
    for patch in label:
        for c in range(1, classes):
            z, y, x = random.integers(0, 6), random.integers(0, 16), random.integers(0, 6)
            patch[z : z + 9, y : y + 12, x : x + 9] = c
    image = label[:, None] + random.normal(0, 0.3, (len(label), channels, *SHAPE))
    label = label[:labelled]
    label[:, :2, :3] = 255
    targets = [distance_targets(patch, classes, "patch") for patch in label]
    return Batch(
        torch.from_numpy(image.astype(np.float32)),
        torch.from_numpy(label),
        torch.from_numpy(np.stack([t for t, _ in targets])),
        torch.from_numpy(np.stack([k for _, k in targets])),
        labelled,
        iteration,
    )


class Bench:
    """A method with its networks and optimisers, stepped as the trainer does it."""

    def __init__(
        self, name: str, classes: int = 3, channels: int = 1, iterations: int = 20, **changes: Any
    ) -> None:
        self.method = get_method(name)(settings_of(**changes), channels, classes)
        self.iterations, self.autocast = iterations, nullcontext
        torch.manual_seed(1337)
        kind, arguments = self.method.network()
        self.student = build_network(kind, **arguments)
        self.auxiliary = self.method.auxiliary()
        self.teacher = copy.deepcopy(self.student).requires_grad_(False) if self.method.has_teacher else None
        sgd = torch.optim.SGD(self.student.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
        extra = self.method.optimisers(list(self.student.parameters()), self.auxiliary)
        self.optimisers = {"student": sgd, **extra}

    def context(self, iteration: int = 0, seed: int = 0) -> StepContext:
        random = torch.Generator().manual_seed(1000 * iteration + seed)
        return StepContext(
            self.student, self.teacher, self.auxiliary, iteration, self.iterations, random, self.autocast
        )

    def step(self, batch: Batch) -> dict[str, float]:
        """One iteration: each optimiser's terms reach its parameters only, all step, the teacher follows."""
        t = batch.iteration
        torch.manual_seed(t)
        terms = self.method.step(batch, self.context(t))
        for name, optimiser in self.optimisers.items():
            optimiser.zero_grad()
            own = [term for term in terms.values() if term.optimiser == name]
            parameters = [p for group in optimiser.param_groups for p in group["params"]]
            if own:
                total = sum(term.weight * term.value for term in own)
                torch.autograd.backward(total, inputs=parameters, retain_graph=True)
        for optimiser in self.optimisers.values():
            optimiser.step()
        if self.teacher is not None:
            self.follow(min(1 - 1 / (t + 1), 0.99))
        return {name: term.value.item() for name, term in terms.items()}

    @torch.no_grad()
    def follow(self, alpha: float) -> None:
        for mine, its in zip(self.teacher.parameters(), self.student.parameters(), strict=True):
            mine.mul_(alpha).add_(its, alpha=1 - alpha)
        for mine, its in zip(self.teacher.buffers(), self.student.buffers(), strict=True):
            mine.copy_(its)

    @torch.no_grad()
    def sharpen(self, factor: float = 20.0) -> Bench:
        """Make student and teacher surer of themselves, so that some voxels are certain and some not."""
        for network in (self.student, self.teacher):
            network.out_conv2.weight.mul_(factor)
        return self

    def run(self, start: int = 0, stop: int | None = None, **batch: Any) -> list[dict[str, float]]:
        stop = self.iterations if stop is None else stop
        return [self.step(batch_of(t, **batch)) for t in range(start, stop)]

    def networks(self) -> dict[str, torch.nn.Module]:
        named = {"student": self.student, "teacher": self.teacher, **self.auxiliary}
        return {name: network for name, network in named.items() if network is not None}

    def state(self) -> dict[str, Any]:
        parts = {**self.networks(), **{f"{name} optimiser": o for name, o in self.optimisers.items()}}
        return copy.deepcopy({name: part.state_dict() for name, part in parts.items()})

    def load(self, state: dict[str, Any]) -> None:
        for name, network in self.networks().items():
            network.load_state_dict(state[name])
        for name, optimiser in self.optimisers.items():
            optimiser.load_state_dict(copy.deepcopy(state[f"{name} optimiser"]))


@pytest.fixture
def bench() -> type[Bench]:
    return Bench


@pytest.fixture
def batch() -> Callable[..., Batch]:
    return batch_of


@pytest.fixture
def calls() -> Callable[[torch.nn.Module], list[SimpleNamespace]]:
    """``calls(network)`` collects every later call's image, masks and output."""

    def watch(network: torch.nn.Module) -> list[SimpleNamespace]:
        seen: list[SimpleNamespace] = []

        def note(module: torch.nn.Module, inputs: tuple, output: Any) -> None:
            masks = inputs[1] if len(inputs) > 1 else None
            seen.append(
                SimpleNamespace(image=inputs[0], masks=masks, output=output, training=module.training)
            )

        network.register_forward_hook(note)
        return seen

    return watch


@pytest.fixture
def equal_states() -> Callable[[dict, dict], bool]:
    """Whether two nested states are equal bit for bit."""

    def equal(a: Any, b: Any) -> bool:
        if isinstance(a, torch.Tensor):
            return torch.equal(a, b)
        if isinstance(a, dict):
            return a.keys() == b.keys() and all(equal(a[k], b[k]) for k in a)
        if isinstance(a, list | tuple):
            return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
        return a == b

    return equal

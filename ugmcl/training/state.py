"""Everything that a training changes: networks, optimisers, counters, what validation found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from ugmcl.methods.base import Method
from ugmcl.networks.registry import build_network
from ugmcl.training.distributed import World, synchronise_batch_norm
from ugmcl.training.optimisers import STUDENT, build_student_optimiser
from ugmcl.training.precision import Precision
from ugmcl.training.seeding import seed_global
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.teacher import make_teacher


@dataclass
class Counters:
    """Plain figures of a run; they travel in the checkpoint's JSON.

    Attributes:
        iteration: steps done, which is the number t of the next step.
        skipped: steps whose loss or gradient was not finite; ``skipped_in_row`` since the last good one.
        seconds: time spent in steps, over all attempts.
        validations: results in order, as `ugmcl.training.validation.Validation.to_json` gives them.
        best: ``{"iteration", "dice", "source"}`` of the best validation, or None.
        start: the starting model's validation, as one of ``validations``; None where it was not measured.
        alarms: alarms that were raised, ``{"iteration", "kind", "segment", "text"}``.
    """

    iteration: int = 0
    skipped: int = 0
    skipped_in_row: int = 0
    seconds: float = 0.0
    validations: list[dict[str, Any]] = field(default_factory=list)
    best: dict[str, Any] | None = None
    start: dict[str, Any] | None = None
    alarms: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class TrainingState:
    """Student, teacher (None where the method has none), auxiliary networks, optimisers by name.

    ``start`` holds the weights that came from a starting model (`ugmcl.training.start_share`); checkpoints do
    not hold them.
    """

    student: nn.Module
    teacher: nn.Module | None
    auxiliary: dict[str, nn.Module]
    optimisers: dict[str, torch.optim.Optimizer]
    scaler: torch.amp.GradScaler
    counters: Counters = field(default_factory=Counters)
    start: dict[str, torch.Tensor] | None = None

    def networks(self) -> dict[str, nn.Module]:
        """All networks by the name of their file in a checkpoint."""
        named = {"student": self.student, "teacher": self.teacher}
        named |= {f"auxiliary-{name}": module for name, module in self.auxiliary.items()}
        return {name: module for name, module in named.items() if module is not None}


def build_state(
    method: Method,
    settings: TrainingSettings,
    precision: Precision,
    world: World,
    start_weights: dict[str, torch.Tensor] | None = None,
) -> TrainingState:
    """Networks and optimisers as they are before the first step.

    Initial weights are a function of the seed. Weights stay float32; the memory format is channels-last,
    which makes bf16 convolutions about three times as fast on the processor and helps tensor cores.

    Args:
        start_weights: a complete state of the student to start from.
    """
    seed_global(settings.seed, 0, "network")
    kind, arguments = method.network()
    student = build_network(kind, **arguments)
    auxiliary = method.auxiliary()
    if start_weights is not None:
        student.load_state_dict(start_weights)
    student = _placed(student, precision.device)
    auxiliary = {name: _placed(module, precision.device) for name, module in auxiliary.items()}
    student = synchronise_batch_norm(student, world, precision.device)
    auxiliary = {
        name: synchronise_batch_norm(module, world, precision.device) for name, module in auxiliary.items()
    }
    teacher = make_teacher(student) if method.has_teacher else None
    peak = settings.learning_rate if start_weights is None else settings.start_learning_rate
    optimisers = {STUDENT: build_student_optimiser(student, settings, peak)}
    optimisers |= method.optimisers(list(student.parameters()), auxiliary)
    for optimiser in optimisers.values():
        for group in optimiser.param_groups:
            group.setdefault("initial_lr", group["lr"])
    scaler = torch.amp.GradScaler(precision.device_type, enabled=precision.name == "fp16")
    return TrainingState(student, teacher, auxiliary, optimisers, scaler)


def _placed(module: nn.Module, device: str) -> nn.Module:
    return module.to(device=device, dtype=torch.float32, memory_format=torch.channels_last_3d)  # type: ignore[call-overload]

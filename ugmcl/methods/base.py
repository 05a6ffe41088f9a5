"""The contract between a method and the trainer.

A method says which network it needs, which further networks and optimisers, whether it has a teacher, and
turns a batch into named loss terms. The trainer does the rest: it adds up the terms of each optimiser, lets
gradients reach that optimiser's parameters only, steps, moves the teacher, saves.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ugmcl.batch import Batch
from ugmcl.methods.method_settings import MethodSettings

STUDENT = "student"


@dataclass(frozen=True)
class LossTerm:
    """A scalar with a graph, its weight, and the optimiser whose parameters it trains."""

    value: Tensor
    weight: float = 1.0
    optimiser: str = STUDENT


@dataclass
class StepContext:
    """What a step may use besides its batch.

    Attributes:
        student: the network that is trained, in training mode.
        teacher: its moving average in training mode, or None; never trained by gradients.
        auxiliary: the method's own networks by name, in training mode.
        iteration: t, counted from 0.
        last_iteration: t_max.
        random: CPU generator seeded by (seed, t, rank): every draw of a step comes from it, so that a
            resumed run equals an undisturbed one.
        autocast: opens the arithmetic in which networks run; losses are computed outside.
        metrics: figures that the step adds for the curves.
    """

    student: nn.Module
    teacher: nn.Module | None
    auxiliary: dict[str, nn.Module]
    iteration: int
    last_iteration: int
    random: torch.Generator
    autocast: Callable[[], AbstractContextManager]
    metrics: dict[str, float] = field(default_factory=dict)


class Method(ABC):
    """One way of training; subclasses are registered by ``name`` in `ugmcl.methods.registry`."""

    name: ClassVar[str]
    has_teacher: ClassVar[bool] = False

    def __init__(self, settings: MethodSettings, in_channels: int, classes: int) -> None:
        self.settings, self.in_channels, self.classes = settings, in_channels, classes

    def network(self) -> tuple[str, dict[str, Any]]:
        """Kind and arguments for `ugmcl.networks.registry.build_network`; the arguments fit into JSON."""
        return "dual-task-vnet", {
            "in_channels": self.in_channels,
            "classes": self.classes,
            "width": self.settings.width,
            "norm": self.settings.norm,
            "dropout": self.settings.dropout,
            "dropout_at": list(self.settings.dropout_at),
        }

    def auxiliary(self) -> dict[str, nn.Module]:
        """Networks and learnable scalars besides the student."""
        return {}

    def optimisers(
        self, student_parameters: Sequence[nn.Parameter], auxiliary: Mapping[str, nn.Module]
    ) -> dict[str, torch.optim.Optimizer]:
        """Optimisers besides ``"student"``, by the name that loss terms refer to."""
        return {}

    @abstractmethod
    def step(self, batch: Batch, context: StepContext) -> dict[str, LossTerm]:
        """Loss terms of one iteration, by the names that the curves show."""


def total_loss(terms: Mapping[str, LossTerm], optimiser: str = STUDENT) -> Tensor:
    """Equation 7: L = L_sup + λ_i·L_itc + λ_c·L_ctc; in general the weighted sum of an optimiser's terms."""
    weighted = [term.weight * term.value for term in terms.values() if term.optimiser == optimiser]
    return torch.stack(weighted).sum()

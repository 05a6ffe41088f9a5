"""The student's optimiser, and gradients of several optimisers in one joint step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ugmcl.methods.base import LossTerm
from ugmcl.training.distributed import World
from ugmcl.training.settings import TrainingSettings

STUDENT = "student"


def build_student_optimiser(
    student: nn.Module, settings: TrainingSettings, peak: float
) -> torch.optim.Optimizer:
    """SGD as published, Nesterov, or AdamW, whose decay spares norms and biases (methods reference 8)."""
    if settings.optimiser == "adamw":
        decayed = [p for p in student.parameters() if p.ndim > 1]
        spared = [p for p in student.parameters() if p.ndim <= 1]
        groups = [
            {"params": decayed, "weight_decay": settings.weight_decay},
            {"params": spared, "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, lr=peak, betas=(0.9, 0.999))
    return torch.optim.SGD(
        student.parameters(),
        lr=peak,
        momentum=settings.momentum,
        weight_decay=settings.weight_decay,
        nesterov=settings.optimiser == "nesterov",
    )


def parameters_of(optimiser: torch.optim.Optimizer) -> list[nn.Parameter]:
    return [parameter for group in optimiser.param_groups for parameter in group["params"]]


@dataclass(frozen=True)
class StepResult:
    """Whether the optimisers stepped, the student's total loss and its gradient's norm before clipping."""

    stepped: bool
    total: float
    gradient_norm: float


def joint_step(
    terms: Mapping[str, LossTerm],
    optimisers: Mapping[str, torch.optim.Optimizer],
    scaler: torch.amp.GradScaler,
    world: World,
    clip: float,
) -> StepResult:
    """Every optimiser steps once on the weighted sum of its own terms, or none if anything is not finite.

    Gradients of a term reach the parameters of its optimiser only, so that an adversary's term never
    trains the generator and the other way round. Gradients are averaged over the processes.
    """
    totals = _totals(terms, optimisers)
    finite = all(bool(torch.isfinite(total.detach()).all()) for total in totals.values())
    student_total = float(totals[STUDENT].detach()) if STUDENT in totals else 0.0
    if world.any(not finite):
        return StepResult(False, student_total, float("nan"))
    for optimiser in optimisers.values():
        optimiser.zero_grad(set_to_none=True)
    left = len(totals)
    for name, total in totals.items():
        left -= 1
        torch.autograd.backward(
            scaler.scale(total), inputs=parameters_of(optimisers[name]), retain_graph=left > 0
        )
    for name in totals:
        world.average_gradients(parameters_of(optimisers[name]))
        scaler.unscale_(optimisers[name])
    norm = torch.nn.utils.clip_grad_norm_(parameters_of(optimisers[STUDENT]), clip)
    norms = [norm, *(_norm(parameters_of(optimisers[name])) for name in totals if name != STUDENT)]
    stepped = all(bool(torch.isfinite(value)) for value in norms)
    for name in totals:
        if stepped:
            scaler.step(optimisers[name])
    scaler.update()
    return StepResult(stepped, student_total, float(norm))


def _totals(terms: Mapping[str, LossTerm], optimisers: Mapping[str, object]) -> dict[str, Tensor]:
    totals: dict[str, Tensor] = {}
    for term in terms.values():
        if term.optimiser not in optimisers:
            raise KeyError(
                f"a loss term names the optimiser {term.optimiser!r}, which its method does not have"
            )
        weighted = term.weight * term.value
        totals[term.optimiser] = totals[term.optimiser] + weighted if term.optimiser in totals else weighted
    return {name: total for name, total in totals.items() if total.requires_grad}


def _norm(parameters: Iterable[nn.Parameter]) -> Tensor:
    norms = [torch.linalg.vector_norm(p.grad) for p in parameters if p.grad is not None]
    return torch.linalg.vector_norm(torch.stack(norms)) if norms else torch.zeros(())

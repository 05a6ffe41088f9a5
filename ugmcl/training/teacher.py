"""The teacher: an exponential moving average of the student (mean teacher, Tarvainen and Valpola 2017)."""

from __future__ import annotations

import copy

import torch
from torch import nn


def make_teacher(student: nn.Module) -> nn.Module:
    """A copy of the student without gradients."""
    return copy.deepcopy(student).requires_grad_(False)


def ema_decay(iteration: int, ema: float) -> float:
    """α(t) = min(1 - 1/(t+1), ema): the update of iteration 0 copies the student."""
    return min(1.0 - 1.0 / (iteration + 1), ema)


@torch.no_grad()
def update_teacher(teacher: nn.Module, student: nn.Module, iteration: int, ema: float) -> None:
    """Move the teacher's parameters towards the student's, and overwrite its buffers with the student's.

    Running statistics are buffers: the teacher's own would come from noisy, dropped-out passes only.
    """
    alpha = ema_decay(iteration, ema)
    for mine, its in zip(teacher.parameters(), student.parameters(), strict=True):
        mine.mul_(alpha).add_(its.detach(), alpha=1.0 - alpha)
    for buffer, given in zip(teacher.buffers(), student.buffers(), strict=True):
        buffer.copy_(given)

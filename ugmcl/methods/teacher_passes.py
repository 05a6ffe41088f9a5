"""The teacher's T stochastic passes: input noise, channel dropout, batch statistics of the patches."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ugmcl.losses import full_precision, probabilities
from ugmcl.methods.base import StepContext
from ugmcl.methods.method_settings import MethodSettings
from ugmcl.methods.student_passes import joined


class TeacherView(NamedTuple):
    """Over the patches asked for, float32, without gradient.

    Attributes:
        mean: p̂ (B, C, z, y, x), mean softmax of the T passes, from which equation 3 is computed.
        probability: p' (B, C, z, y, x), the target of equation 4.
        distance: z' (B, C-1, z, y, x), likewise; None without a distance head.
    """

    mean: Tensor
    probability: Tensor
    distance: Tensor | None


@torch.no_grad()
def teacher_passes(parts: list[Tensor], context: StepContext, settings: MethodSettings) -> TeacherView:
    """T passes over each part by itself; with ``target="single"`` one more, whose output is the target.

    Args:
        parts: images (B_i, N, z, y, x) that are normalised together.
    """
    views = [_passes_over(part, context, settings) for part in parts]
    distances = [view.distance for view in views if view.distance is not None]
    return TeacherView(
        joined([view.mean for view in views]),
        joined([view.probability for view in views]),
        joined(distances) if distances else None,
    )


def _passes_over(image: Tensor, context: StepContext, settings: MethodSettings) -> TeacherView:
    probability, distance = _one_pass(image, context, settings)
    for _ in range(settings.passes - 1):
        p, z = _one_pass(image, context, settings)
        probability += p
        if distance is not None and z is not None:
            distance += z
    mean = probability / settings.passes
    if settings.target == "single":
        return TeacherView(mean, *_one_pass(image, context, settings))
    if settings.target != "mean":
        raise ValueError(f"target: {settings.target!r}, choose mean or single")
    return TeacherView(mean, mean, None if distance is None else distance / settings.passes)


def _one_pass(image: Tensor, context: StepContext, settings: MethodSettings) -> tuple[Tensor, Tensor | None]:
    teacher = context.teacher
    if teacher is None:
        raise ValueError("the method needs a teacher and was given none")
    masks = teacher.draw_masks(image.shape[0], context.random)  # type: ignore[operator]
    noisy = image + input_noise(image, settings.noise, settings.noise_clip, context.random)
    with context.autocast():
        output = teacher(noisy, masks)
    # a copy: the caller adds up in place
    distance = None if output.distance is None else full_precision(output.distance).clone()
    return probabilities(output.logits), distance


def input_noise(image: Tensor, sigma: float, clip: float, random: torch.Generator) -> Tensor:
    """clip(N(0, σ²), -clip, clip) in the shape of ``image`` (methods reference 1.1, equation 3).

    On another device than the CPU its own generator draws, seeded from ``random``: copying the noise of every
    pass there would take longer than the pass.
    """
    if image.device.type != "cpu":
        seed = int(torch.randint(2**62, (1,), generator=random))
        random = torch.Generator(image.device).manual_seed(seed)
    noise = torch.randn(image.shape, generator=random, device=image.device, dtype=torch.float32)
    return noise.mul_(sigma).clamp_(-clip, clip)

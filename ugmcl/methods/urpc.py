"""URPC: four scales agree with their mean, less where a scale is unsure (Luo et al. 2021; reference 2.8)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from ugmcl.batch import Batch
from ugmcl.losses import cross_entropy, dice_loss, full_precision, probabilities
from ugmcl.methods.base import LossTerm, Method, StepContext
from ugmcl.methods.student_passes import student_passes
from ugmcl.methods.supervised import segmentation_weight
from ugmcl.networks.output import Output
from ugmcl.networks.pyramid_vnet import COARSE
from ugmcl.ramps import consistency_ramp


class URPC(Method):
    """L = ½·mean over scales of (CE + Dice) + λ(t)·pyramid consistency on the unlabelled patches."""

    name: ClassVar[str] = "urpc"

    def network(self) -> tuple[str, dict[str, Any]]:
        arguments = super().network()[1]
        del arguments["dropout_at"]  # after each of the blocks that bear a head
        return "pyramid-vnet", arguments

    def step(self, batch: Batch, context: StepContext) -> dict[str, LossTerm]:
        s = self.settings
        output = student_passes(batch, context, s, unlabelled=s.consistency_weight > 0)
        scales, weight = scale_logits(output.labelled), segmentation_weight(s)
        entropies = [cross_entropy(a, batch.label) for a in scales]
        dices = [dice_loss(probabilities(a), batch.label, s.dice_background) for a in scales]
        terms = {
            "cross-entropy": LossTerm(torch.stack(entropies).mean(), weight),
            "dice": LossTerm(torch.stack(dices).mean(), weight),
        }
        if output.unlabelled is not None and s.consistency_weight > 0:
            ramp = consistency_ramp(s.ramp, context.iteration, context.last_iteration, s.ramp_step)
            weight = context.metrics["consistency weight"] = ramp * s.consistency_weight
            value = pyramid_consistency(scale_logits(output.unlabelled))
            terms["pyramid consistency"] = LossTerm(value, weight)
        return terms


def scale_logits(output: Output) -> list[Tensor]:
    """Logits of the four heads at full size, coarse to fine."""
    return [*(output.extra[name] for name in COARSE), output.logits]


def pyramid_consistency(scales: Sequence[Tensor]) -> Tensor:
    """Mean over scales of Σ w(p̄ - p_s)²/Σ w + mean D_s, with D_s = KL(p̄ ‖ p_s) and w = exp(-D_s).

    The squared difference is averaged over classes. Gradient flows through p̄ and w as well, as published.

    Args:
        scales: logits (B, C, z, y, x) of each head.
    """
    log_p = torch.stack([torch.log_softmax(full_precision(a), dim=1) for a in scales])
    log_mean = torch.logsumexp(log_p, dim=0) - math.log(len(log_p))
    mean = log_mean.exp()
    losses = []
    for log_scale in log_p:
        divergence = (mean * (log_mean - log_scale)).sum(dim=1, keepdim=True)
        certainty = torch.exp(-divergence)
        squared = (certainty * (mean - log_scale.exp()).square()).mean()
        losses.append(squared / (certainty.mean() + 1e-8) + divergence.mean())
    return torch.stack(losses).mean()

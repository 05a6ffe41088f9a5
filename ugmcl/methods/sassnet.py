"""SASSNet: a discriminator pulls unlabelled distance maps towards labelled ones (Li et al. 2020).

Methods reference 2.6. Published weight of the adversarial term 0.01 (0.015 with eight labelled cases).
The discriminator computes in float32 always: bf16 gradients of its strided 4x4x4 convolutions are wrong on
processors (oneDNN in torch 2.13), and adversaries are delicate enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ugmcl.batch import Batch
from ugmcl.losses import dice_loss, distance_loss, full_precision, probabilities
from ugmcl.methods.base import LossTerm, Method, StepContext
from ugmcl.methods.student_passes import student_passes
from ugmcl.networks.discriminator import Discriminator
from ugmcl.ramps import consistency_ramp

DISCRIMINATOR = "discriminator"  # the network, its optimiser and its loss term
LABELLED, UNLABELLED = 1, 0  # the discriminator's two answers


class SASSNet(Method):
    """L_G = Dice + w_dis·MSE(z, T(y)) + λ(t)·CE(D(z_U, x_U), labelled); L_D = CE(D(z, x), where from)."""

    name: ClassVar[str] = "sassnet"

    def auxiliary(self) -> dict[str, nn.Module]:
        return {DISCRIMINATOR: Discriminator(self.classes - 1, self.in_channels, 4 * self.settings.width)}

    def optimisers(
        self, student_parameters: Sequence[nn.Parameter], auxiliary: Mapping[str, nn.Module]
    ) -> dict[str, torch.optim.Optimizer]:
        """Adam as published; its learning rate stays constant."""
        adam = torch.optim.Adam(auxiliary[DISCRIMINATOR].parameters(), lr=1e-4, betas=(0.9, 0.99))
        return {DISCRIMINATOR: adam}

    def step(self, batch: Batch, context: StepContext) -> dict[str, LossTerm]:
        s = self.settings
        output = student_passes(batch, context, s, unlabelled=s.consistency_weight > 0)
        terms = {
            "dice": LossTerm(dice_loss(probabilities(output.labelled.logits), batch.label, s.dice_background))
        }
        if s.distance_weight > 0 and output.labelled.distance is not None:
            value = distance_loss(output.labelled.distance, batch.distance, batch.distance_known)
            terms["distance"] = LossTerm(value, s.distance_weight)
        if output.unlabelled is None or output.unlabelled.distance is None or s.consistency_weight == 0:
            return terms
        ramp = consistency_ramp(s.ramp, context.iteration, context.last_iteration, s.ramp_step)
        weight = context.metrics["consistency weight"] = ramp * s.consistency_weight
        value = adversarial_loss(output.unlabelled.distance, batch.image[batch.labelled :], context)
        terms["adversarial"] = LossTerm(value, weight)
        terms[DISCRIMINATOR] = LossTerm(discriminator_loss(batch, context), optimiser=DISCRIMINATOR)
        return terms


def adversarial_loss(distance: Tensor, image: Tensor, context: StepContext) -> Tensor:
    """Cross-entropy of the discriminator, without dropout, with the claim that these maps are labelled."""
    discriminator = context.auxiliary[DISCRIMINATOR].eval()
    judged = discriminator(full_precision(distance), image)
    discriminator.train()
    claim = torch.full((len(judged),), LABELLED, device=judged.device)
    return F.cross_entropy(judged, claim)


def discriminator_loss(batch: Batch, context: StepContext) -> Tensor:
    """Cross-entropy of the discriminator with the truth, on maps of the student in evaluation mode.

    As published the student has no dropout and no gradient here. Both networks step at the end of the
    iteration; the published code updates the student in between.
    """
    with torch.no_grad(), context.autocast():
        distance = context.student.eval()(batch.image).distance
    context.student.train()
    judged = context.auxiliary[DISCRIMINATOR](full_precision(distance), batch.image)
    truth = torch.full((len(judged),), UNLABELLED, device=judged.device)
    truth[: batch.labelled] = LABELLED
    return F.cross_entropy(judged, truth)

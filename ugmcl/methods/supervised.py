"""Training on labels alone: equation 2, and its segmentation half, the V-Net baseline of every table."""

from __future__ import annotations

from typing import Any, ClassVar

from ugmcl.batch import Batch
from ugmcl.losses import cross_entropy, dice_loss, distance_loss, probabilities
from ugmcl.methods.base import LossTerm, Method, StepContext
from ugmcl.methods.method_settings import MethodSettings
from ugmcl.methods.student_passes import student_passes
from ugmcl.networks.output import Output


def segmentation_weight(settings: MethodSettings) -> float:
    """Weight of cross-entropy and of Dice: ½ in the published codes, 1 in the paper."""
    if settings.supervised not in ("half", "paper"):
        raise ValueError(f"supervised: {settings.supervised!r}, choose half or paper")
    return 0.5 if settings.supervised == "half" else 1.0


def distance_term_weight(settings: MethodSettings) -> float:
    """w_dis; with the paper's unit weights it is 1 unless 0 switches the term off."""
    return settings.distance_weight if settings.supervised == "half" else float(settings.distance_weight > 0)


def supervised_terms(
    output: Output, batch: Batch, settings: MethodSettings, *, distance: bool
) -> dict[str, LossTerm]:
    """Equation 2: L_sup = L_ce + L_dice + L_dis on the labelled patches, weighted by the settings.

    Args:
        output: the student's, on the labelled patches.
        distance: whether L_dis belongs to the method; a weight of 0 leaves it out as well.
    """
    weight = segmentation_weight(settings)
    dice = dice_loss(probabilities(output.logits), batch.label, settings.dice_background)
    terms = {
        "cross-entropy": LossTerm(cross_entropy(output.logits, batch.label), weight),
        "dice": LossTerm(dice, weight),
    }
    distance_weight = distance_term_weight(settings)
    if distance and distance_weight > 0 and output.distance is not None:
        value = distance_loss(output.distance, batch.distance, batch.distance_known)
        terms["distance"] = LossTerm(value, distance_weight)
    return terms


class Supervised(Method):
    """Both heads on labels (equation 2): UG-MCL without consistency. Unlabelled patches are not read."""

    name: ClassVar[str] = "supervised"
    trains_distance: ClassVar[bool] = True

    def network(self) -> tuple[str, dict[str, Any]]:
        kind, arguments = super().network()
        has_head = self.trains_distance and distance_term_weight(self.settings) > 0
        return kind, {**arguments, "distance_head": has_head}

    def step(self, batch: Batch, context: StepContext) -> dict[str, LossTerm]:
        output = student_passes(batch, context, self.settings, unlabelled=False).labelled
        return supervised_terms(output, batch, self.settings, distance=self.trains_distance)


class VNet(Supervised):
    """The paper's V-Net: segmentation head only, cross-entropy and Dice (methods reference 2.1)."""

    name: ClassVar[str] = "v-net"
    trains_distance: ClassVar[bool] = False

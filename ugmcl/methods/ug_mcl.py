"""UG-MCL: uncertainty-guided mutual consistency learning (Zhang et al. 2022), equations 2 to 7.

The student agrees with the teacher's mean over T stochastic passes where those are certain (intra-task), and
its two heads agree with each other (cross-task). Every row of Table I and every β of Table II is a setting.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from ugmcl.batch import Batch
from ugmcl.losses import (
    certainty_mask,
    cross_task_consistency,
    intra_task_consistency,
    predictive_entropy,
    probabilities,
)
from ugmcl.methods.base import LossTerm, Method, StepContext
from ugmcl.methods.mixed_patches import copy_paste_loss
from ugmcl.methods.student_passes import StudentOutputs, joined, student_passes
from ugmcl.methods.supervised import distance_term_weight, supervised_terms
from ugmcl.methods.teacher_passes import TeacherView, teacher_passes
from ugmcl.networks.output import Output
from ugmcl.ramps import consistency_ramp, threshold_ramp


class UGMCL(Method):
    """Equation 7: L = L_sup + λ_i(t)·L_itc + λ_c(t)·L_ctc; a term of weight 0 is not computed."""

    name: ClassVar[str] = "ug-mcl"
    has_teacher: ClassVar[bool] = True

    def network(self) -> tuple[str, dict[str, Any]]:
        """The distance head is left out where no term would train it (Table I, rows 1 and 2)."""
        kind, arguments = super().network()
        s = self.settings
        compared = s.intra_weight > 0 and s.beta < 1
        trained = distance_term_weight(s) > 0 or s.cross_weight > 0 or compared
        return kind, {**arguments, "distance_head": trained}

    def step(self, batch: Batch, context: StepContext) -> dict[str, LossTerm]:
        s = self.settings
        consistent = s.intra_weight > 0 or s.cross_weight > 0 or s.copy_paste_weight > 0
        outputs = student_passes(batch, context, s, unlabelled=consistent)
        terms = supervised_terms(outputs.labelled, batch, s, distance=True)
        if consistent:
            terms |= self._consistency_terms(batch, outputs, context)
        return terms

    def _consistency_terms(
        self, batch: Batch, outputs: StudentOutputs, context: StepContext
    ) -> dict[str, LossTerm]:
        """λ_i(t)·L_itc and λ_c(t)·L_ctc."""
        s = self.settings
        ramp = consistency_ramp(s.ramp, context.iteration, context.last_iteration, s.ramp_step)
        context.metrics["consistency weight"] = ramp * (
            s.intra_weight or s.cross_weight or s.copy_paste_weight
        )
        places = self._places(outputs)
        probability = probabilities(joined([output.logits for output in places]))
        distances = [output.distance for output in places if output.distance is not None]
        distance = joined(distances) if distances else None
        terms, mask = {}, None
        pasted = outputs.unlabelled if s.copy_paste_weight > 0 else None
        if s.intra_weight > 0 or s.cross_task_mask or pasted is not None:
            view = teacher_passes(self._images(batch, outputs), context, s)
            mask = self._mask(view, context)
            if pasted is not None:
                mean = view.mean[-pasted.logits.shape[0] :]
                value = copy_paste_loss(batch, mean, context, dice_background=s.dice_background)
                terms["copy-paste"] = LossTerm(value, ramp * s.copy_paste_weight)
            if s.intra_weight > 0:
                value = intra_task_consistency(
                    probability, view.probability, distance, view.distance, mask, s.beta
                )
                terms["intra-task consistency"] = LossTerm(value, ramp * s.intra_weight)
        if s.cross_weight > 0 and distance is not None:
            mask = mask if s.cross_task_mask else None
            value = cross_task_consistency(probability, distance, s.sharpness, mask, s.cross_task_detach)
            terms["cross-task consistency"] = LossTerm(value, ramp * s.cross_weight)
        return terms

    def _places(self, outputs: StudentOutputs) -> list[Output]:
        """Outputs under consistency: all, or the unlabelled ones; the labelled if there are no others."""
        if outputs.unlabelled is None:
            return [outputs.labelled]
        if self.settings.consistency_on == "all":
            return [outputs.labelled, outputs.unlabelled]
        if self.settings.consistency_on == "unlabelled":
            return [outputs.unlabelled]
        raise ValueError(f"consistency_on: {self.settings.consistency_on!r}, choose all or unlabelled")

    def _images(self, batch: Batch, outputs: StudentOutputs) -> list[Tensor]:
        """The images of `_places`: apart where passes are separate, together where they are not."""
        if outputs.unlabelled is None:
            return [batch.image[: batch.labelled]]
        if self.settings.consistency_on == "unlabelled":
            return [batch.image[batch.labelled :]]
        if self.settings.separate_passes:
            return [batch.image[: batch.labelled], batch.image[batch.labelled :]]
        return [batch.image]

    @torch.no_grad()
    def _mask(self, view: TeacherView, context: StepContext) -> Tensor:
        """m = 1[u < u_th] from the passes' mean (equations 3 and 4), (B, 1, z, y, x)."""
        s = self.settings
        threshold = threshold_ramp(
            context.iteration, context.last_iteration, self.classes, s.threshold_start, s.mask_base
        )
        mask = certainty_mask(predictive_entropy(view.mean), threshold)
        context.metrics["certain share"] = float(mask.mean())
        return mask

"""The student's passes over a batch: labelled and unlabelled patches apart, each by its own statistics.

One pass over both, as published, costs Dice even where the unlabelled patches have no weight at all, because
labelled patches are then normalised with statistics that they never meet alone (methods reference 1.6).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ugmcl.batch import Batch
from ugmcl.methods.base import StepContext
from ugmcl.methods.method_settings import MethodSettings
from ugmcl.methods.statistics import running_statistics
from ugmcl.networks.output import Output


class StudentOutputs(NamedTuple):
    """What the student says about the labelled and about the unlabelled patches (None: not asked)."""

    labelled: Output
    unlabelled: Output | None


def student_passes(
    batch: Batch, context: StepContext, settings: MethodSettings, *, unlabelled: bool
) -> StudentOutputs:
    """Run the student with dropout drawn from ``context.random``.

    Args:
        unlabelled: whether a term needs the unlabelled patches. Without separate passes they take part in
            any case, because they belong to the batch whose statistics normalise the labelled ones.
    """
    present = batch.image.shape[0] > batch.labelled
    if present and not settings.separate_passes:
        both = forward(batch.image, context)
        return StudentOutputs(
            _part(both, slice(None, batch.labelled)), _part(both, slice(batch.labelled, None))
        )
    second = present and unlabelled
    with running_statistics(context.student, not second or settings.bn_update != "unlabelled"):
        first = forward(batch.image[: batch.labelled], context)
    if not second:
        return StudentOutputs(first, None)
    with running_statistics(context.student, settings.bn_update != "labelled"):
        return StudentOutputs(first, forward(batch.image[batch.labelled :], context))


def forward(image: Tensor, context: StepContext) -> Output:
    """One pass of the student in the context's arithmetic, with freshly drawn dropout."""
    masks = context.student.draw_masks(image.shape[0], context.random)  # type: ignore[operator]
    with context.autocast():
        return context.student(image, masks)


def _part(output: Output, rows: slice) -> Output:
    distance = None if output.distance is None else output.distance[rows]
    return Output(output.logits[rows], distance, {name: value[rows] for name, value in output.extra.items()})


def joined(parts: list[Tensor]) -> Tensor:
    """The parts as one batch; no copy of a single one."""
    return parts[0] if len(parts) == 1 else torch.cat(parts)

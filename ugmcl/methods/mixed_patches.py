"""Bidirectional copy-paste (Bai et al., CVPR 2023; methods reference 8): two kinds of tissue in one patch.

A cuboid of each labelled patch comes from an unlabelled one, and the other way round; the student segments
both mixtures. Labels teach where tissue is labelled, the teacher's own label, cleaned of stray pieces, where
it is not.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from ugmcl.batch import IGNORE, Batch
from ugmcl.losses import cross_entropy, dice_loss, probabilities
from ugmcl.methods.base import StepContext
from ugmcl.methods.student_passes import forward
from ugmcl.transforms.copy_paste import draw_cuboid, paste

PSEUDO_WEIGHT = 0.5  # of the teacher's labels against real ones, as published


def copy_paste_loss(
    batch: Batch, teacher_probability: Tensor, context: StepContext, *, dice_background: bool = False
) -> Tensor:
    """½ Σ over both mixtures and both kinds of tissue of weight · (cross-entropy + Dice) / 2.

    Args:
        batch: at least one patch of each kind; pairs are formed in order.
        teacher_probability: (B_u, C, z, y, x) of the unlabelled patches.
    """
    pairs = min(batch.labelled, len(batch.image) - batch.labelled)
    labelled, unlabelled = batch.image[:pairs], batch.image[batch.labelled : batch.labelled + pairs]
    label, pseudo = batch.label[:pairs], pseudo_label(teacher_probability[:pairs])
    seed = int(torch.randint(2**62, (1,), generator=context.random))
    z, y, x = labelled.shape[-3:]
    cuboid = draw_cuboid((z, y, x), np.random.default_rng(seed))
    ignored = torch.full_like(label, IGNORE)
    parts = []
    for outer, inner, real, made in (
        (labelled, unlabelled, paste(label, ignored, cuboid), paste(ignored, pseudo, cuboid)),
        (unlabelled, labelled, paste(ignored, label, cuboid), paste(pseudo, ignored, cuboid)),
    ):
        logits = forward(paste(outer, inner, cuboid), context).logits
        probability = probabilities(logits)
        for target, weight in ((real, 1.0), (made, PSEUDO_WEIGHT)):
            value = cross_entropy(logits, target) + dice_loss(probability, target, dice_background)
            parts.append(weight * 0.5 * value)
    return 0.5 * torch.stack(parts).sum()


@torch.no_grad()
def pseudo_label(probability: Tensor) -> Tensor:
    """The most probable class, of each foreground class its largest piece only, (B, z, y, x) int64."""
    found = probability.argmax(dim=1).cpu().numpy()
    for patch in found:
        for c in range(1, probability.shape[1]):
            pieces, count = ndimage.label(patch == c)
            if count > 1:
                sizes = np.bincount(pieces.ravel())
                sizes[0] = 0
                patch[(pieces > 0) & (pieces != sizes.argmax())] = 0
    return torch.from_numpy(found).to(probability.device)

"""The paper's loss terms, equations 2 to 6 of UG-MCL (Zhang et al. 2022), for any number of classes.

Shapes: logits and probabilities p (B, C, z, y, x), signed distances z (B, C-1, z, y, x) after tanh, labels
(B, z, y, x) int64 with 0..C-1 or 255. Supervised terms never read a voxel labelled 255. Everything is
computed in float32 (float64 stays), whatever arithmetic the network had. Where paper and published code
differ, methods reference 1.4 says which was taken. Equation 7, the sum, is `ugmcl.methods.base.total_loss`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ugmcl.batch import IGNORE

DICE_EPSILON = 1e-5
ENTROPY_EPSILON = 1e-6
MASK_EPSILON = 1e-16


def full_precision(values: Tensor) -> Tensor:
    """float32 from bf16, fp16 or float32; float64 stays what it is."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def probabilities(logits: Tensor) -> Tensor:
    """softmax over the classes, in float32."""
    return torch.softmax(full_precision(logits), dim=1)


def cross_entropy(logits: Tensor, label: Tensor) -> Tensor:
    """L_ce of equation 2: the mean of -log p_y over the voxels with a label; 0 where none has one."""
    summed = F.cross_entropy(full_precision(logits), label, ignore_index=IGNORE, reduction="sum")
    return summed / (label != IGNORE).sum().clamp(min=1)


def dice_loss(probability: Tensor, label: Tensor, background: bool = False) -> Tensor:
    """L_dice of equation 2: mean over the classes of 1 - (2Σpg + ε)/(Σp² + Σg² + ε), ε = 1e-5.

    Sums run over all labelled voxels of all patches together; class 0 counts only with ``background``.
    """
    probability, known = full_precision(probability), label != IGNORE
    losses = []
    for c in range(0 if background else 1, probability.shape[1]):
        p, g = probability[:, c] * known, (label == c).to(probability.dtype)
        losses.append(1.0 - (2.0 * (p * g).sum() + DICE_EPSILON) / ((p * p).sum() + g.sum() + DICE_EPSILON))
    return torch.stack(losses).mean()


def distance_loss(distance: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """L_dis of equation 2: the mean of (z - T)² over the voxels whose distance is ``known``; 0 if none is."""
    difference = torch.where(known, full_precision(distance) - target, 0.0)
    return difference.square().sum() / known.sum().clamp(min=1)


def predictive_entropy(mean_probability: Tensor) -> Tensor:
    """Equation 3: u = -Σ_c p̂_c log(p̂_c + 1e-6), (B, 1, z, y, x), in nats; p̂ is the mean of the passes."""
    p = full_precision(mean_probability)
    return -(p * torch.log(p + ENTROPY_EPSILON)).sum(dim=1, keepdim=True)


def certainty_mask(uncertainty: Tensor, threshold: float) -> Tensor:
    """m = 1[u < u_th] of equation 4, as numbers."""
    return (uncertainty < threshold).to(uncertainty.dtype)


def masked_squared_difference(student: Tensor, teacher: Tensor, mask: Tensor) -> Tensor:
    """Σ_v m · mean_c (a - a')² / (Σ_v m + 1e-16); exactly 0 where the mask is empty."""
    squared = (full_precision(student) - full_precision(teacher)).square().mean(dim=1, keepdim=True)
    return (mask * squared).sum() / (mask.sum() + MASK_EPSILON)


def intra_task_consistency(
    probability: Tensor,
    teacher_probability: Tensor,
    distance: Tensor | None,
    teacher_distance: Tensor | None,
    mask: Tensor,
    beta: float = 0.75,
) -> Tensor:
    """Equation 4: L_itc = β·(masked ‖p - p'‖²) + (1 - β)·(masked ‖z - z'‖²), means over channels.

    Args:
        mask: (B, 1, z, y, x) from `certainty_mask`.
        beta: β; with 1 the distances are not read and may be None.
    """
    terms = []
    if beta > 0:
        terms.append(beta * masked_squared_difference(probability, teacher_probability, mask))
    if beta < 1:
        if distance is None or teacher_distance is None:
            raise ValueError(f"beta = {beta:g} needs the signed distances of student and teacher")
        terms.append((1.0 - beta) * masked_squared_difference(distance, teacher_distance, mask))
    return torch.stack(terms).sum()


def inverse_transform(distance: Tensor, sharpness: float = 1500.0) -> Tensor:
    """Equation 5: T⁻¹(z) = 1/(1 + e^{kz}) = σ(-kz), about 1 inside.

    The paper prints e^{-kz}, which with equation 1's sign would be the complement.
    """
    return torch.sigmoid(-sharpness * full_precision(distance))


def cross_task_consistency(
    probability: Tensor,
    distance: Tensor,
    sharpness: float = 1500.0,
    mask: Tensor | None = None,
    detach: str = "none",
) -> Tensor:
    """Equation 6: L_ctc = the mean of (p_c - T⁻¹(z_c))² over voxels and foreground classes.

    Args:
        mask: (B, 1, z, y, x) restricts the mean to certain voxels; the paper has none.
        detach: the head that receives no gradient, ``"none"``, ``"segmentation"`` or ``"distance"``.
    """
    foreground, inverse = full_precision(probability)[:, 1:], inverse_transform(distance, sharpness)
    if detach == "segmentation":
        foreground = foreground.detach()
    elif detach == "distance":
        inverse = inverse.detach()
    elif detach != "none":
        raise ValueError(f"cross_task_detach: {detach!r}, choose none, segmentation or distance")
    if mask is not None:
        return masked_squared_difference(foreground, inverse, mask)
    return (foreground - inverse).square().mean()

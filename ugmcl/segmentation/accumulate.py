"""What is kept of the passes: mean probabilities, entropies, and each pass's labels (methods.md 7.1)."""

from __future__ import annotations

from math import log

import torch
from torch import Tensor


def entropy_(probability: Tensor) -> Tensor:
    """-sum_c p_c ln p_c over the first axis, 0 ln 0 = 0; (C, …) to (…), class by class to spare memory."""
    total = torch.zeros_like(probability[0])
    for p in probability:
        total -= torch.special.xlogy(p, p)
    return total.clamp_(min=0.0)


class PassSums:
    """Sums over whole-volume passes p^t (C, z, y, x).

    Args:
        classes: C.
        passes: T.
        sides: z, y, x.
        device: where the sums live.
    """

    def __init__(self, classes: int, passes: int, sides: tuple[int, ...], device: str) -> None:
        self.passes = passes
        self.probability = torch.zeros(classes, *sides, device=device)
        self.entropy = torch.zeros(sides, device=device)
        self.labels = torch.zeros(passes, *sides, dtype=torch.uint8, device=device)
        self.disagreement: Tensor | None = None

    def add_pass(self, t: int, probability: Tensor, *, to_mean: bool = True) -> None:
        """Take pass ``t`` of the whole volume; ``to_mean=False`` where the mean has it already."""
        self.labels[t] = probability.argmax(dim=0).to(torch.uint8)
        self.entropy += entropy_(probability)
        if to_mean:
            self.probability += probability

    def mean(self) -> tuple[Tensor, Tensor, Tensor]:
        """Mean probabilities, uncertainty H(mean) / ln C in 0..1, expected entropy in nats; in place."""
        probability = self.probability.div_(self.passes)
        uncertainty = entropy_(probability).div_(log(len(probability))).clamp_(max=1.0)
        return probability, uncertainty, self.entropy.div_(self.passes)

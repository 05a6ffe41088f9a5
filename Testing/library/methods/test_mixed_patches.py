"""Copy-paste: what is pasted where, who teaches it, and that it trains."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch

from ugmcl.methods import mixed_patches
from ugmcl.methods.mixed_patches import copy_paste_loss, pseudo_label
from ugmcl.networks.output import Output


def test_only_the_largest_piece_of_each_class_is_believed() -> None:
    probability = torch.zeros(1, 3, 6, 6, 6)
    probability[:, 0] = 0.4
    probability[:, 1, :2, :2, :2] = 0.9  # 8 voxels
    probability[:, 1, 5, 5, 5] = 0.9  # a speck of the same class
    probability[:, 2, 4, :3, 0] = 0.9
    found = pseudo_label(probability)
    assert found.dtype == torch.int64
    assert (found == 1).sum() == 8 and (found == 2).sum() == 3


def test_the_loss_by_hand(bench: Callable, batch: Callable, monkeypatch) -> None:
    """A student that says what it sees: each kind of tissue is compared with its own label and weight."""
    ours, given = bench("ug-mcl", copy_paste_weight=1.0), batch()
    seen = []

    def constant(image: torch.Tensor, context: object) -> Output:
        seen.append(image)
        return Output(torch.zeros(len(image), 3, *image.shape[2:]), None, {})

    monkeypatch.setattr(mixed_patches, "forward", constant)
    probability = torch.full((2, 3, *given.image.shape[2:]), 0.1)
    probability[:, 0] = 0.8
    probability[:, 2, 4:9, 8:20, 4:9] = 0.95
    value = copy_paste_loss(given, probability, ours.context())
    pasted = seen[0] != given.image[:2]
    box = np.argwhere(pasted[0, 0].numpy())
    size = box.max(axis=0) - box.min(axis=0) + 1
    assert size.tolist() == [int(2 / 3 * n) for n in given.image.shape[2:]]
    assert torch.equal(seen[0][pasted], given.image[2:][pasted])
    assert torch.equal(seen[1][pasted], given.image[:2][pasted])

    inside = torch.zeros(given.image.shape[2:], dtype=torch.bool)
    first, last = box.min(axis=0), box.max(axis=0) + 1
    inside[first[0] : last[0], first[1] : last[1], first[2] : last[2]] = True
    pseudo = pseudo_label(probability)
    expected = 0.0
    for real, made in ((~inside, inside), (inside, ~inside)):
        for label, where, weight in ((given.label, real, 1.0), (pseudo, made, 0.5)):
            known = (label != 255) & where
            dice = []
            for c in (1, 2):
                g, p = ((label == c) & where).sum().item(), known.sum().item() / 3
                dice.append(1 - (2 * g / 3 + 1e-5) / (p / 3 + g + 1e-5))
            expected += weight * 0.5 * (math.log(3) + float(np.mean(dice)))
    assert abs(value.item() - 0.5 * expected) < 1e-4


def test_it_is_a_term_of_its_own_and_trains(bench: Callable, batch: Callable, calls: Callable) -> None:
    ours = bench("ug-mcl", copy_paste_weight=1.0, iterations=30)
    student = calls(ours.student)
    terms = ours.method.step(batch(), ours.context())
    assert len(student) == 4  # labelled, unlabelled, and both mixtures
    assert terms["copy-paste"].value.requires_grad
    history = ours.run()
    assert np.mean([row["dice"] for row in history[-5:]]) < np.mean([row["dice"] for row in history[:5]])
    assert all(math.isfinite(row["copy-paste"]) for row in history)
    assert "copy-paste" not in bench("ug-mcl").method.step(batch(), bench("ug-mcl").context())


def test_without_unlabelled_patches_there_is_nothing_to_mix(bench: Callable, batch: Callable) -> None:
    ours = bench("ug-mcl", copy_paste_weight=1.0)
    assert "copy-paste" not in ours.method.step(batch(unlabelled=0), ours.context())

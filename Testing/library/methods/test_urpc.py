"""URPC: four heads, their divergence from the mean, no teacher."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from ugmcl.methods.urpc import pyramid_consistency


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def in_numpy(scales: list[np.ndarray]) -> float:
    p = [softmax(a) for a in scales]
    mean, total = sum(p) / 4, 0.0
    for each in p:
        divergence = (mean * np.log(mean / each)).sum(axis=1, keepdims=True)
        weight = np.exp(-divergence)
        total += (weight * (mean - each) ** 2).mean() / (weight.mean() + 1e-8) + divergence.mean()
    return total / 4


def test_pyramid_consistency() -> None:
    scales = list(torch.randn(4, 2, 3, 2, 3, 4, generator=torch.Generator().manual_seed(0)))
    expected = in_numpy([a.double().numpy() for a in scales])
    assert pyramid_consistency(scales).item() == pytest.approx(expected, rel=1e-5)
    assert pyramid_consistency([a.bfloat16() for a in scales]).dtype == torch.float32


def test_scales_that_agree_cost_nothing_however_sure() -> None:
    sure = 200.0 * torch.randn(1, 3, 2, 2, 2, generator=torch.Generator().manual_seed(0))
    assert pyramid_consistency([sure] * 4).item() == pytest.approx(0.0, abs=1e-6)
    assert bool(pyramid_consistency([sure, sure, sure, -sure]).isfinite())


def test_a_step(bench: Callable, batch: Callable, calls: Callable) -> None:
    ours, given = bench("urpc", ramp="paper"), batch(20)
    seen = calls(ours.student)
    terms = ours.method.step(given, ours.context(20))
    assert {name: term.weight for name, term in terms.items()} == {
        "cross-entropy": 0.5, "dice": 0.5, "pyramid consistency": 0.1,
    }  # fmt: skip
    labelled, unlabelled = (
        [o.extra["eighth"], o.extra["quarter"], o.extra["half"], o.logits] for o in (c.output for c in seen)
    )
    expected = in_numpy([a.detach().double().numpy() for a in unlabelled])
    assert terms["pyramid consistency"].value.item() == pytest.approx(expected, rel=1e-4)
    label = given.label.numpy()
    known, logs = label != 255, []
    for a in labelled:
        p = np.take_along_axis(
            softmax(a.detach().double().numpy()), np.where(known, label, 0)[:, None], axis=1
        )
        logs.append(-np.log(p[:, 0][known]).mean())
    assert terms["cross-entropy"].value.item() == pytest.approx(np.mean(logs), rel=1e-5)


def test_all_four_heads_learn(bench: Callable, batch: Callable) -> None:
    ours = bench("urpc")
    assert ours.teacher is None and not ours.auxiliary
    before = [p.detach().clone() for p in ours.student.heads.parameters()]
    ours.run(stop=3)
    after = list(ours.student.heads.parameters())
    assert len(after) == 8
    assert not any(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_only_unlabelled_patches_are_made_consistent(
    bench: Callable, batch: Callable, calls: Callable
) -> None:
    ours = bench("urpc")
    seen = calls(ours.student)
    value = ours.method.step(batch(), ours.context())["pyramid consistency"].value
    gradients = torch.autograd.grad(value, [c.output.logits for c in seen], allow_unused=True)
    assert gradients[0] is None and bool(gradients[1].any())
    for changes, given in (({"consistency_weight": 0.0}, batch()), ({}, batch(unlabelled=0))):
        other = bench("urpc", **changes)
        assert set(other.method.step(given, other.context())) == {"cross-entropy", "dice"}

"""Settings decide which terms exist, and what has no weight is not computed."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

SUPERVISED = {"cross-entropy", "dice"}
TABLE_I = {
    1: ({"distance_weight": 0.0, "intra_weight": 0.0, "cross_weight": 0.0}, set()),
    2: ({"distance_weight": 0.0, "cross_weight": 0.0, "beta": 1.0}, {"intra-task consistency"}),
    3: ({"cross_weight": 0.0}, {"distance", "intra-task consistency"}),
    4: ({"intra_weight": 0.0}, {"distance", "cross-task consistency"}),
    5: ({}, {"distance", "intra-task consistency", "cross-task consistency"}),
}


@pytest.mark.parametrize("row", TABLE_I)
def test_rows_of_table_i(row: int, bench: Callable, batch: Callable, calls: Callable) -> None:
    changes, expected = TABLE_I[row]
    ours = bench("ug-mcl", **changes)
    student, teacher = calls(ours.student), calls(ours.teacher)
    terms = ours.method.step(batch(), ours.context())
    assert set(terms) == SUPERVISED | expected
    assert (ours.student.out_conv is not None) == (row > 2)
    # two student passes where any consistency is computed, 2 x T teacher passes where a teacher is asked
    assert len(student) == (1 if row == 1 else 2)
    assert len(teacher) == (4 if "intra-task consistency" in expected else 0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"passes": 3}, 6),
        ({"passes": 3, "target": "single"}, 8),
        ({"passes": 3, "separate_passes": False}, 3),
        ({"passes": 3, "consistency_on": "unlabelled"}, 3),
        ({"intra_weight": 0.0, "cross_task_mask": True}, 4),
        ({"intra_weight": 0.0, "cross_weight": 0.0, "cross_task_mask": True}, 0),
    ],
)
def test_teacher_passes(
    changes: dict, expected: int, bench: Callable, batch: Callable, calls: Callable
) -> None:
    ours = bench("ug-mcl", **changes)
    teacher = calls(ours.teacher)
    ours.method.step(batch(), ours.context())
    assert len(teacher) == expected
    assert all(call.training for call in teacher)


def test_every_teacher_pass_has_its_own_noise_and_dropout(
    bench: Callable, batch: Callable, calls: Callable
) -> None:
    ours, given = bench("ug-mcl", passes=3, noise=0.1, noise_clip=0.15), batch()
    teacher = calls(ours.teacher)
    ours.method.step(given, ours.context())
    noises = [call.image - part for part, group in zip(
        (given.image[:2], given.image[2:]), (teacher[:3], teacher[3:]), strict=True
    ) for call in group]  # fmt: skip
    for noise in noises:
        assert float(noise.abs().max()) == pytest.approx(0.15, abs=1e-5)
        # a normal cut at 1.5 deviations: variance 0.7785 of σ²
        assert float(noise.std()) == pytest.approx(0.1 * math.sqrt(0.7785), rel=0.02)
        assert abs(float(noise.mean())) < 0.002
    drawn = [*noises, *(call.masks.bottleneck for call in teacher)]
    kinds = [drawn[:6], drawn[6:]]
    assert not any(torch.equal(a, b) for k in kinds for i, a in enumerate(k) for b in k[:i])


def test_no_noise_is_a_setting(bench: Callable, batch: Callable, calls: Callable) -> None:
    ours, given = bench("ug-mcl", noise=0.0), batch()
    teacher = calls(ours.teacher)
    ours.method.step(given, ours.context())
    assert torch.equal(teacher[0].image, given.image[:2])


@pytest.mark.parametrize("separate", [True, False])
def test_consistency_on_unlabelled_patches_only(
    separate: bool, bench: Callable, batch: Callable, calls: Callable
) -> None:
    ours = bench("ug-mcl", consistency_on="unlabelled", noise=0.0, separate_passes=separate).sharpen()
    student, teacher, given = calls(ours.student), calls(ours.teacher), batch()
    terms = ours.method.step(given, ours.context())
    assert all(torch.equal(call.image, given.image[2:]) for call in teacher)
    logits = [call.output.logits for call in student]
    gradients = torch.autograd.grad(terms["intra-task consistency"].value, logits, allow_unused=True)
    if separate:
        assert gradients[0] is None and bool(gradients[1].any())
    else:
        assert not gradients[0][:2].any() and bool(gradients[0][2:].any())


def test_without_unlabelled_patches_the_labelled_ones_are_consistent(
    bench: Callable, batch: Callable, calls: Callable
) -> None:
    for on in ("all", "unlabelled"):
        ours = bench("ug-mcl", consistency_on=on)
        student, teacher = calls(ours.student), calls(ours.teacher)
        terms = ours.method.step(batch(unlabelled=0), ours.context())
        assert {"intra-task consistency", "cross-task consistency"} <= set(terms)
        assert len(student) == 1 and len(teacher) == 2


def test_both_ramps(bench: Callable, batch: Callable) -> None:
    for ramp, expected in (("squared", math.exp(-5 * 0.5**2)), ("paper", math.exp(-5 * 0.5))):
        ours = bench("ug-mcl", ramp=ramp, intra_weight=0.3, cross_weight=0.2)
        terms = ours.method.step(batch(10), ours.context(10))
        assert terms["intra-task consistency"].weight == pytest.approx(0.3 * expected)
        assert terms["cross-task consistency"].weight == pytest.approx(0.2 * expected)


@pytest.mark.parametrize(
    ("name", "says"),
    [("target", "mean or single"), ("consistency_on", "all or unlabelled"), ("ramp", "paper")],
)
def test_unknown_words_are_refused(name: str, says: str, bench: Callable, batch: Callable) -> None:
    ours = bench("ug-mcl", **{name: "other"})
    with pytest.raises(ValueError, match=says):
        ours.method.step(batch(), ours.context())

"""A step of UG-MCL recomputed in numpy from what the networks said, and its gradients' ways."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ugmcl.methods.base import total_loss


def array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().double().numpy()


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def recomputed(
    s: SimpleNamespace, student: list, teacher: list, t: int, t_max: int, classes: int
) -> dict[str, float]:
    """Equations 3 to 6 from the outputs: student [labelled, unlabelled], teacher T times each of the two."""
    p = np.concatenate([softmax(array(call.output.logits)) for call in student])
    z = np.concatenate([array(call.output.distance) for call in student])
    means, targets, distances = [], [], []
    calls = len(teacher) // 2
    for part in (teacher[:calls], teacher[calls:]):
        passes = [softmax(array(call.output.logits)) for call in part]
        drawn = [array(call.output.distance) for call in part]
        means.append(np.mean(passes[: s.passes], axis=0))
        single = s.target == "single"
        targets.append(passes[-1] if single else means[-1])
        distances.append(drawn[-1] if single else np.mean(drawn, axis=0))
    mean, target, distance = np.concatenate(means), np.concatenate(targets), np.concatenate(distances)
    u = -(mean * np.log(mean + 1e-6)).sum(axis=1, keepdims=True)
    grown = math.exp(-5 * (1 - t / t_max) ** 2)
    base = math.log(2 if s.mask_base == "ln2" else classes)
    mask = (u < (s.threshold_start + (1 - s.threshold_start) * grown) * base).astype(float)
    segmentation = (mask * ((p - target) ** 2).mean(axis=1, keepdims=True)).sum() / mask.sum()
    regression = (mask * ((z - distance) ** 2).mean(axis=1, keepdims=True)).sum() / mask.sum()
    cross = ((p[:, 1:] - 0.5 * (1 - np.tanh(0.5 * s.sharpness * z))) ** 2).mean(axis=1, keepdims=True)
    return {
        "intra-task consistency": s.beta * segmentation + (1 - s.beta) * regression,
        "cross-task consistency": (mask * cross).sum() / mask.sum() if s.cross_task_mask else cross.mean(),
        "certain share": mask.mean(),
    }


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"passes": 3, "beta": 0.25, "cross_task_mask": True},
        {"target": "single", "mask_base": "lnC", "sharpness": 20.0},
        {"threshold_start": 0.95, "beta": 0.0},
    ],
)
def test_a_step_equals_the_equations(
    changes: dict, bench: Callable, batch: Callable, calls: Callable
) -> None:
    ours = bench("ug-mcl", **changes)
    ours.run(stop=4)  # away from the first moment, when teacher and student are one
    ours.sharpen()
    student, teacher = calls(ours.student), calls(ours.teacher)
    context = ours.context(8)
    terms = ours.method.step(batch(8), context)
    expected = recomputed(ours.method.settings, student, teacher, 8, ours.iterations, 3)
    assert 0 < expected["certain share"] < 1
    assert context.metrics["certain share"] == pytest.approx(expected["certain share"])
    for name in ("intra-task consistency", "cross-task consistency"):
        assert terms[name].value.item() == pytest.approx(expected[name], rel=1e-4)
        assert terms[name].weight == pytest.approx(0.1 * math.exp(-5 * (1 - 8 / 20) ** 2))
    assert context.metrics["consistency weight"] == pytest.approx(terms["intra-task consistency"].weight)


def test_supervised_terms_read_the_labelled_pass_only(
    bench: Callable, batch: Callable, calls: Callable
) -> None:
    ours = bench("ug-mcl")
    student, given = calls(ours.student), batch()
    terms = ours.method.step(given, ours.context())
    p, label = softmax(array(student[0].output.logits)), given.label.numpy()
    known = label != 255
    right = np.take_along_axis(p, np.where(known, label, 0)[:, None], axis=1)[:, 0]
    assert terms["cross-entropy"].value.item() == pytest.approx(-np.log(right[known]).mean(), rel=1e-5)
    squares = ((array(student[0].output.distance) - given.distance.numpy()) ** 2)[
        given.distance_known.numpy()
    ]
    assert terms["distance"].value.item() == pytest.approx(squares.mean(), rel=1e-5)


@pytest.mark.parametrize("beta", [0.25, 0.5, 0.75])
def test_beta_mixes_the_two_ends_of_table_ii(beta: float, bench: Callable, batch: Callable) -> None:
    def intra(value: float) -> float:
        ours = bench("ug-mcl", beta=value).sharpen()
        return ours.method.step(batch(), ours.context())["intra-task consistency"].value.item()

    assert intra(0.0) != intra(1.0)
    assert intra(beta) == pytest.approx(beta * intra(1.0) + (1 - beta) * intra(0.0), rel=1e-5)


def test_the_teacher_learns_by_no_gradient(bench: Callable, batch: Callable, calls: Callable) -> None:
    ours = bench("ug-mcl").sharpen()
    teacher = calls(ours.teacher.requires_grad_(True))
    total_loss(ours.method.step(batch(), ours.context())).backward()
    assert not any(call.output.logits.requires_grad for call in teacher)
    assert all(p.grad is None for p in ours.teacher.parameters())
    assert all(p.grad is not None for p in ours.student.parameters())


@pytest.mark.parametrize(
    ("detach", "silent"), [("none", ()), ("segmentation", ("out_conv2",)), ("distance", ("out_conv",))]
)
def test_ways_of_the_cross_task_gradient(
    detach: str, silent: tuple, bench: Callable, batch: Callable
) -> None:
    ours = bench("ug-mcl", cross_task_detach=detach, sharpness=5.0)
    ours.method.step(batch(), ours.context())["cross-task consistency"].value.backward()
    for head in ("out_conv", "out_conv2"):
        gradient = getattr(ours.student, head).weight.grad
        assert (gradient is None or not gradient.any()) == (head in silent)


def test_the_consistency_gradient_reaches_the_student_from_both_parts(
    bench: Callable, batch: Callable, calls: Callable
) -> None:
    ours = bench("ug-mcl").sharpen()
    student = calls(ours.student)
    terms = ours.method.step(batch(), ours.context())
    logits = [call.output.logits for call in student]
    gradients = torch.autograd.grad(terms["intra-task consistency"].value, logits)
    assert all(bool(g.any()) for g in gradients)

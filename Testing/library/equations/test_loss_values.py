"""Every loss term against plain numpy, voxel by voxel; what is ignored; float32 whatever the network had."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext

import numpy as np
import pytest
import torch

from ugmcl import losses

CLASSES = [2, 4]


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def voxels(array: np.ndarray) -> list[tuple[int, ...]]:
    return list(np.ndindex(array.shape))


@pytest.mark.parametrize("classes", CLASSES)
def test_cross_entropy(classes: int, prediction: Callable) -> None:
    d = prediction(classes)
    p, label = softmax(d.logits.double().numpy()), d.label.numpy()
    logs = [-math.log(p[(b, label[b, *v], *v)]) for b, *v in voxels(label) if label[b, *v] != 255]
    assert float(losses.cross_entropy(d.logits, d.label)) == pytest.approx(np.mean(logs), rel=1e-5)


@pytest.mark.parametrize("background", [False, True])
@pytest.mark.parametrize("classes", CLASSES)
def test_dice_sums_over_the_whole_batch(classes: int, background: bool, prediction: Callable) -> None:
    d = prediction(classes)
    p, label = softmax(d.logits.double().numpy()), d.label.numpy()
    values = []
    for c in range(0 if background else 1, classes):
        overlap = p_squares = g_squares = 0.0
        for b, *v in voxels(label):
            if label[b, *v] == 255:
                continue
            g = float(label[b, *v] == c)
            overlap += p[b, c, *v] * g
            p_squares += p[b, c, *v] ** 2
            g_squares += g**2
        values.append(1 - (2 * overlap + 1e-5) / (p_squares + g_squares + 1e-5))
    value = losses.dice_loss(losses.probabilities(d.logits), d.label, background)
    assert float(value) == pytest.approx(np.mean(values), rel=1e-5)


@pytest.mark.parametrize("classes", CLASSES)
def test_distance_loss(classes: int, prediction: Callable) -> None:
    d = prediction(classes)
    z, target, known = d.distance.double().numpy(), d.target.double().numpy(), d.known.numpy()
    squares = [(z[i] - target[i]) ** 2 for i in voxels(known) if known[i]]
    assert float(losses.distance_loss(d.distance, d.target, d.known)) == pytest.approx(
        np.mean(squares), rel=1e-5
    )


def test_entropy_of_known_distributions() -> None:
    mean = torch.tensor([[1.0, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0.5, 0.5, 0]]).reshape(3, 3, 1, 1, 1)
    found = losses.predictive_entropy(mean)
    assert found.shape == (3, 1, 1, 1, 1)
    np.testing.assert_allclose(found.flatten(), [0, math.log(3), math.log(2)], atol=5e-6)
    # the ε is inside the logarithm
    assert float(found[2, 0, 0, 0, 0]) == pytest.approx(-math.log(0.5 + 1e-6), abs=1e-7)


def test_the_mask_keeps_what_is_below_the_threshold() -> None:
    u = torch.tensor([0.1, 0.5, 0.7])
    assert losses.certainty_mask(u, 0.5).tolist() == [1, 0, 0]


@pytest.mark.parametrize("beta", [0.0, 0.25, 0.75, 1.0])
@pytest.mark.parametrize("classes", CLASSES)
def test_intra_task_consistency(classes: int, beta: float, prediction: Callable) -> None:
    d = prediction(classes)
    p, q = softmax(d.logits.double().numpy()), d.teacher.double().numpy()
    z, w, mask = d.distance.double().numpy(), d.teacher_distance.double().numpy(), d.mask.numpy()[:, 0]
    segmentation = distance = 0.0
    for b, *v in voxels(mask):
        at = (b, slice(None), *v)
        segmentation += mask[b, *v] * ((p[at] - q[at]) ** 2).mean()
        distance += mask[b, *v] * ((z[at] - w[at]) ** 2).mean()
    expected = beta * segmentation / mask.sum() + (1 - beta) * distance / mask.sum()
    probability = losses.probabilities(d.logits)
    value = losses.intra_task_consistency(
        probability, d.teacher, d.distance, d.teacher_distance, d.mask, beta
    )
    assert float(value) == pytest.approx(expected, rel=1e-5)
    if beta == 1:
        same = losses.intra_task_consistency(probability, d.teacher, None, None, d.mask, beta)
        assert torch.equal(same, value)
    else:
        with pytest.raises(ValueError, match="needs the signed distances"):
            losses.intra_task_consistency(probability, d.teacher, None, None, d.mask, beta)


def test_an_empty_mask_gives_zero_and_no_gradient(prediction: Callable) -> None:
    d = prediction(3)
    logits, distance = d.logits.requires_grad_(), d.distance.requires_grad_()
    value = losses.intra_task_consistency(
        losses.probabilities(logits), d.teacher, distance, d.teacher_distance, torch.zeros_like(d.mask)
    )
    value.backward()
    assert value.item() == 0.0
    assert not logits.grad.any() and not distance.grad.any()


def test_the_inverse_transform_is_one_inside() -> None:
    z = torch.tensor([-1.0, -0.001, 0.0, 0.001, 1.0])
    expected = [1.0, 1 / (1 + math.exp(-1.5)), 0.5, 1 / (1 + math.exp(1.5)), 0.0]
    np.testing.assert_allclose(losses.inverse_transform(z), expected, atol=1e-7)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("classes", CLASSES)
def test_cross_task_consistency(classes: int, masked: bool, prediction: Callable) -> None:
    d = prediction(classes)
    p, z = softmax(d.logits.double().numpy()), d.near_zero.double().numpy()
    mask = d.mask.numpy()[:, 0] if masked else np.ones(d.mask[:, 0].shape)
    total = 0.0
    for b, *v in voxels(mask):
        inverse = 1 / (1 + np.exp(1500 * z[(b, slice(None), *v)]))
        total += mask[b, *v] * ((p[(b, slice(1, None), *v)] - inverse) ** 2).mean()
    probability = losses.probabilities(d.logits)
    value = losses.cross_task_consistency(probability, d.near_zero, mask=d.mask if masked else None)
    assert float(value) == pytest.approx(total / mask.sum(), rel=1e-4)


def test_heads_that_agree_cost_nothing() -> None:
    inside = torch.zeros(1, 2, 2, 2, 2)
    inside[:, 1] = 1
    assert float(losses.cross_task_consistency(inside, torch.full((1, 1, 2, 2, 2), -1.0))) == 0
    assert float(losses.cross_task_consistency(inside, torch.full((1, 1, 2, 2, 2), 1.0))) == 1


def supervised(logits: torch.Tensor, distance: torch.Tensor, d: object) -> torch.Tensor:
    p = losses.probabilities(logits)
    return (
        losses.cross_entropy(logits, d.label)
        + losses.dice_loss(p, d.label, background=True)
        + losses.distance_loss(distance, d.target, d.known)
    )


def test_no_supervised_term_reads_an_ignored_voxel(prediction: Callable) -> None:
    d = prediction(3)
    d.known &= (d.label != 255)[:, None]
    ignored = (d.label == 255)[:, None]
    logits, distance = d.logits.requires_grad_(), d.distance.requires_grad_()
    value = supervised(logits, distance, d)
    value.backward()
    assert not logits.grad[ignored.expand_as(logits)].any()
    assert not distance.grad[ignored.expand_as(distance)].any()
    assert logits.grad[~ignored.expand_as(logits)].all()
    other = torch.where(ignored, torch.full_like(logits, 40.0), logits)
    garbage = torch.where(ignored, torch.full_like(distance, -0.9), distance)
    d.target = torch.where(ignored.expand_as(d.target), torch.nan, d.target)
    assert torch.equal(supervised(other, garbage, d), value)


def test_a_batch_without_any_label_costs_nothing(prediction: Callable) -> None:
    d = prediction(3)
    d.label.fill_(255)
    d.known.fill_(False)
    logits, distance = d.logits.requires_grad_(), d.distance.requires_grad_()
    value = supervised(logits, distance, d)
    value.backward()
    assert value.item() == 0.0
    assert not logits.grad.any() and not distance.grad.any()


@pytest.mark.parametrize("autocast", [False, True])
def test_losses_of_half_precision_outputs_are_computed_in_float32(
    autocast: bool, prediction: Callable
) -> None:
    d = prediction(3)
    halved = {name: getattr(d, name).bfloat16() for name in ("logits", "distance", "near_zero")}

    def all_terms(
        logits: torch.Tensor, distance: torch.Tensor, near_zero: torch.Tensor
    ) -> list[torch.Tensor]:
        p = losses.probabilities(logits)
        return [
            losses.cross_entropy(logits, d.label),
            losses.dice_loss(p, d.label),
            losses.distance_loss(distance, d.target, d.known),
            losses.predictive_entropy(p).mean(),
            losses.intra_task_consistency(p, d.teacher, distance, d.teacher_distance, d.mask),
            losses.cross_task_consistency(p, near_zero, mask=d.mask),
            losses.cross_task_consistency(p, near_zero),
        ]

    with torch.autocast("cpu", dtype=torch.bfloat16) if autocast else nullcontext():
        found = all_terms(**halved)
    expected = all_terms(**{name: value.float() for name, value in halved.items()})
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.dtype == torch.float32
        assert torch.equal(ours, theirs)

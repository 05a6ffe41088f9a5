"""Gradients of every loss term against finite differences, in float64."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from ugmcl import losses
from ugmcl.methods.urpc import pyramid_consistency

STEP = 1e-6


def assert_gradient(function: Callable[[Tensor], Tensor], at: Tensor) -> None:
    """The gradient of a scalar function by automatic differentiation is that of central differences."""
    at = at.clone().requires_grad_()
    (found,) = torch.autograd.grad(function(at), at)
    expected = torch.zeros_like(found)
    with torch.no_grad():
        for i in range(at.numel()):
            moved = at.detach().clone().flatten()
            moved[i] += STEP
            above = function(moved.reshape(at.shape))
            moved[i] -= 2 * STEP
            expected.view(-1)[i] = (above - function(moved.reshape(at.shape))) / (2 * STEP)
    assert expected.abs().max() > 1e-4, "a gradient of nothing but zeros proves nothing"
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-8)


@pytest.fixture(params=[2, 3])
def d(request: pytest.FixtureRequest, prediction: Callable) -> object:
    return prediction(request.param, torch.float64, (2, 2, 3, 2))


def test_cross_entropy(d: object) -> None:
    assert_gradient(lambda a: losses.cross_entropy(a, d.label), d.logits)


@pytest.mark.parametrize("background", [False, True])
def test_dice(d: object, background: bool) -> None:
    assert_gradient(lambda a: losses.dice_loss(losses.probabilities(a), d.label, background), d.logits)


def test_distance_loss(d: object) -> None:
    assert_gradient(lambda z: losses.distance_loss(z, d.target, d.known), d.distance)


def test_predictive_entropy(d: object) -> None:
    assert_gradient(lambda a: losses.predictive_entropy(losses.probabilities(a)).mean(), d.logits)


def test_intra_task_consistency(d: object) -> None:
    p, z = losses.probabilities(d.logits), d.distance
    assert_gradient(
        lambda a: losses.intra_task_consistency(
            losses.probabilities(a), d.teacher, z, d.teacher_distance, d.mask
        ),
        d.logits,
    )
    assert_gradient(lambda x: losses.intra_task_consistency(p, d.teacher, x, d.teacher_distance, d.mask), z)


def test_inverse_transform(d: object) -> None:
    assert_gradient(lambda z: losses.inverse_transform(z, 20.0).square().sum(), 0.05 * d.distance)


@pytest.mark.parametrize("masked", [False, True])
def test_cross_task_consistency(d: object, masked: bool) -> None:
    p, z, mask = losses.probabilities(d.logits), 0.05 * d.distance, d.mask if masked else None
    assert_gradient(lambda a: losses.cross_task_consistency(losses.probabilities(a), z, 20.0, mask), d.logits)
    assert_gradient(lambda x: losses.cross_task_consistency(p, x, 20.0, mask), z)


def test_the_band_around_zero_that_has_a_gradient() -> None:
    """Methods reference 1.1: slope 375 at 0, 224 at 0.001, 16 at 0.003, 0.8 at 0.005, 5e-4 at 0.01."""
    z = torch.tensor([0.0, 0.001, 0.003, 0.005, 0.01], dtype=torch.float64, requires_grad=True)
    losses.inverse_transform(z).sum().backward()
    assert [float(f"{-slope:.1g}") if slope > -1 else round(-float(slope)) for slope in z.grad] == [
        375, 224, 16, 0.8, 5e-4,
    ]  # fmt: skip


@pytest.mark.parametrize("detach", ["none", "segmentation", "distance"])
def test_detaching_a_head_from_the_cross_task_term(d: object, detach: str) -> None:
    logits, z = d.logits.clone().requires_grad_(), (0.05 * d.distance).requires_grad_()
    value = losses.cross_task_consistency(losses.probabilities(logits), z, 20.0, detach=detach)
    value.backward()
    assert (logits.grad is not None and bool(logits.grad.any())) == (detach != "segmentation")
    assert (z.grad is not None and bool(z.grad.any())) == (detach != "distance")
    with pytest.raises(ValueError, match="none, segmentation or distance"):
        losses.cross_task_consistency(losses.probabilities(logits), z, detach="both")


def test_pyramid_consistency(d: object) -> None:
    others = [2.0 * d.logits, d.logits.flip(1)]
    assert_gradient(lambda a: pyramid_consistency([a, *others]), d.logits)

"""SASSNet: an adversary with its own optimiser, on the plain contract."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F

from ugmcl.methods.base import total_loss


def test_its_terms_and_optimisers(bench: Callable, batch: Callable) -> None:
    ours = bench("sassnet", consistency_weight=0.01, ramp="paper")
    terms = ours.method.step(batch(20), ours.context(20))
    assert {name: (term.weight, term.optimiser) for name, term in terms.items()} == {
        "dice": (1.0, "student"),
        "distance": (0.3, "student"),
        "adversarial": (0.01, "student"),
        "discriminator": (1.0, "discriminator"),
    }
    adam = ours.optimisers["discriminator"]
    assert isinstance(adam, torch.optim.Adam)
    assert adam.defaults["lr"] == 1e-4 and adam.defaults["betas"] == (0.9, 0.99)
    own = {id(p) for group in adam.param_groups for p in group["params"]}
    assert own == {id(p) for p in ours.auxiliary["discriminator"].parameters()}


def test_what_generator_and_discriminator_are_shown(
    bench: Callable, batch: Callable, calls: Callable
) -> None:
    ours, given = bench("sassnet"), batch()
    student, judge = calls(ours.student), calls(ours.auxiliary["discriminator"])
    terms = ours.method.step(given, ours.context())
    generator, truth = judge
    assert not generator.training and truth.training
    assert torch.equal(generator.masks, given.image[2:])  # second argument: the image
    assert torch.equal(generator.image, student[1].output.distance)
    claim = F.cross_entropy(generator.output, torch.tensor([1, 1]))
    assert terms["adversarial"].value.item() == pytest.approx(claim.item())
    # the discriminator's maps come from the student in evaluation mode, without dropout
    assert not student[2].training and student[2].masks is None
    assert torch.equal(truth.image, student[2].output.distance)
    answer = F.cross_entropy(truth.output, torch.tensor([1, 1, 0, 0]))
    assert terms["discriminator"].value.item() == pytest.approx(answer.item())


def test_no_term_of_one_trains_the_other(bench: Callable, batch: Callable) -> None:
    ours = bench("sassnet")
    terms = ours.method.step(batch(), ours.context())
    terms["discriminator"].value.backward(retain_graph=True)
    assert all(p.grad is None for p in ours.student.parameters())
    assert all(p.grad is not None for p in ours.auxiliary["discriminator"].parameters())
    discriminator = list(ours.auxiliary["discriminator"].parameters())
    before = [p.grad.clone() for p in discriminator]
    torch.autograd.backward(total_loss(terms), inputs=list(ours.student.parameters()))
    assert all(torch.equal(a, p.grad) for a, p in zip(before, discriminator, strict=True))
    assert all(p.grad is not None for p in ours.student.parameters())


def test_both_networks_are_trained(bench: Callable) -> None:
    ours = bench("sassnet")
    before = ours.state()
    ours.run(stop=3)
    after = ours.state()
    for name in ("student", "discriminator"):
        moved = [k for k in before[name] if not torch.equal(before[name][k], after[name][k])]
        assert len(moved) == len(before[name])
    assert len(after["discriminator optimiser"]["state"]) == len(
        list(ours.auxiliary["discriminator"].parameters())
    )


def test_without_its_weight_or_unlabelled_patches_there_is_no_adversary(
    bench: Callable, batch: Callable
) -> None:
    for changes, given in (({"consistency_weight": 0.0}, batch()), ({}, batch(unlabelled=0))):
        ours = bench("sassnet", **changes)
        assert set(ours.method.step(given, ours.context())) == {"dice", "distance"}


def test_the_discriminator_scales_with_the_network(bench: Callable) -> None:
    assert bench("sassnet", width=16).auxiliary["discriminator"].from_image.out_channels == 64

"""Labelled and unlabelled patches apart (methods reference 1.6): what unlabelled patches may not change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

NONE = {"intra_weight": 0.0, "cross_weight": 0.0}
# so small that its gradient drowns in float32's rounding, while every pass is computed
ALMOST_NONE = {"intra_weight": 1e-30, "cross_weight": 1e-30}


def parameters(bench: Callable, name: str, steps: int = 20, **changes: Any) -> dict[str, torch.Tensor]:
    ours = bench(name, **changes)
    ours.run(stop=steps)
    return {key: value.detach() for key, value in ours.student.named_parameters()}


def largest_difference(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> float:
    assert a.keys() == b.keys()
    return max(float((a[key] - b[key]).abs().max()) for key in a)


@pytest.mark.parametrize("norm", ["batch", "group"])
def test_without_consistency_twenty_steps_equal_the_supervised_run(norm: str, bench: Callable) -> None:
    supervised = parameters(bench, "supervised", norm=norm)
    assert largest_difference(parameters(bench, "ug-mcl", norm=norm, **NONE), supervised) == 0.0
    # gradients that are exactly zero without consistency carry its 1e-30 instead
    assert largest_difference(parameters(bench, "ug-mcl", norm=norm, **ALMOST_NONE), supervised) < 1e-28


def test_that_comparison_can_fail(bench: Callable) -> None:
    supervised = parameters(bench, "supervised", 5)
    assert largest_difference(parameters(bench, "ug-mcl", 5), supervised) > 1e-4
    mixed = parameters(bench, "ug-mcl", 5, separate_passes=False, **NONE)
    assert largest_difference(mixed, supervised) > 1e-3  # the fault of the published code


def statistics(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: b.clone() for name, b in network.named_buffers() if "running" in name}


@pytest.mark.parametrize("update", ["both", "labelled", "unlabelled"])
def test_which_pass_moves_the_running_statistics(update: str, bench: Callable, batch: Callable) -> None:
    ours, twin, given = bench("ug-mcl", bn_update=update, dropout=0.0), bench("ug-mcl", dropout=0.0), batch()
    terms = ours.method.step(given, ours.context())
    parts = {
        "both": (given.image[:2], given.image[2:]),
        "labelled": (given.image[:2],),
        "unlabelled": (given.image[2:],),
    }
    with torch.no_grad():
        for part in parts[update]:
            twin.student(part)
    found, expected = statistics(ours.student), statistics(twin.student)
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    momenta = {m.momentum for m in ours.student.modules() if isinstance(m, torch.nn.BatchNorm3d)}
    assert momenta == {0.1}
    again = bench("ug-mcl", dropout=0.0)
    values = again.method.step(given, again.context())
    assert all(terms[name].value.item() == values[name].value.item() for name in terms)


def test_statistics_never_stand_still(bench: Callable, batch: Callable) -> None:
    """Where the pass that should move them does not take place, the labelled one does."""
    for changes, given in (({}, batch(unlabelled=0)), (NONE, batch())):
        ours = bench("ug-mcl", bn_update="unlabelled", **changes)
        before = statistics(ours.student)
        ours.method.step(given, ours.context())
        after = statistics(ours.student)
        assert not any(torch.equal(before[name], after[name]) for name in before)


def test_apart_means_each_part_is_normalised_by_itself(
    bench: Callable, batch: Callable, calls: Callable
) -> None:
    given = batch()
    apart, together = bench("ug-mcl", dropout=0.0), bench("ug-mcl", dropout=0.0, separate_passes=False)
    seen_apart, seen_together = calls(apart.student), calls(together.student)
    apart.method.step(given, apart.context())
    together.method.step(given, together.context())
    assert [len(call.image) for call in seen_apart] == [2, 2]
    assert [len(call.image) for call in seen_together] == [4]
    joint = torch.cat([call.output.logits for call in seen_apart])
    assert not torch.allclose(joint, seen_together[0].output.logits)


def test_a_joint_pass_takes_the_unlabelled_patches_along_even_without_weight(
    bench: Callable, batch: Callable, calls: Callable
) -> None:
    ours = bench("ug-mcl", separate_passes=False, **NONE)
    student = calls(ours.student)
    assert set(ours.method.step(batch(), ours.context())) == {"cross-entropy", "dice", "distance"}
    assert [len(call.image) for call in student] == [4]

"""Equation 2 by settings, and the V-Net without a distance head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

WEIGHTS = [
    ({}, {"cross-entropy": 0.5, "dice": 0.5, "distance": 0.3}),
    ({"distance_weight": 0.7}, {"cross-entropy": 0.5, "dice": 0.5, "distance": 0.7}),
    ({"distance_weight": 0.0}, {"cross-entropy": 0.5, "dice": 0.5}),
    ({"supervised": "paper"}, {"cross-entropy": 1.0, "dice": 1.0, "distance": 1.0}),
    ({"supervised": "paper", "distance_weight": 0.0}, {"cross-entropy": 1.0, "dice": 1.0}),
]


@pytest.mark.parametrize(("changes", "expected"), WEIGHTS)
def test_weights_of_equation_2(changes: dict, expected: dict, bench: Callable, batch: Callable) -> None:
    ours = bench("supervised", **changes)
    terms = ours.method.step(batch(), ours.context())
    assert {name: term.weight for name, term in terms.items()} == expected
    assert (ours.student.out_conv is not None) == ("distance" in expected)


def test_the_v_net_of_the_tables_has_one_head(bench: Callable, batch: Callable) -> None:
    ours = bench("v-net")
    terms = ours.method.step(batch(), ours.context())
    assert {name: term.weight for name, term in terms.items()} == {"cross-entropy": 0.5, "dice": 0.5}
    assert ours.student.out_conv is None and ours.teacher is None


@pytest.mark.parametrize("name", ["supervised", "v-net"])
def test_unlabelled_patches_are_not_read(name: str, bench: Callable, batch: Callable) -> None:
    given = batch()
    changed = given.image.clone()
    changed[2:] = 1000.0
    results = []
    for each in (given, replace(given, image=changed), batch(unlabelled=0)):
        ours = bench(name)
        each = replace(each, image=torch.cat([given.image[:2], each.image[2:]]), label=given.label)
        each = replace(each, distance=given.distance, distance_known=given.distance_known)
        results.append([term.value.item() for term in ours.method.step(each, ours.context()).values()])
    assert results[0] == results[1] == results[2]


def test_background_in_dice_is_a_setting(bench: Callable, batch: Callable) -> None:
    without, with_it = bench("v-net"), bench("v-net", dice_background=True)
    a = without.method.step(batch(), without.context())["dice"].value.item()
    b = with_it.method.step(batch(), with_it.context())["dice"].value.item()
    assert a != b


def test_an_unknown_word_is_refused(bench: Callable, batch: Callable) -> None:
    ours = bench("supervised", supervised="double")
    with pytest.raises(ValueError, match="half or paper"):
        ours.method.step(batch(), ours.context())

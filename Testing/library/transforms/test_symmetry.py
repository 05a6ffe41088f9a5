"""Flips and quarter turns: exact, independent, undone on arrays and tensors alike."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch

from ugmcl.transforms.flips import draw_flips, flip
from ugmcl.transforms.quarter_turns import draw_turns, turn, turn_back
from ugmcl.transforms.symmetry import Symmetry, draw_symmetry


def test_a_flip_mirrors_the_named_axis() -> None:
    array = np.arange(24).reshape(1, 2, 3, 4)
    assert np.array_equal(flip(array, ("x",))[0, 1, 2], [23, 22, 21, 20])
    assert flip(array, ("z",))[0, 0, 0, 0] == 12
    assert np.array_equal(flip(flip(array, ("x", "z")), ("z", "x")), array)


def test_a_quarter_turn_moves_x_onto_y() -> None:
    array = np.zeros((3, 3, 3))
    array[1, 1, 2] = 1  # at +x of the centre
    assert turn(array, [("xy", 1)])[1, 0, 1] == 1
    assert turn(array, [("xy", 2)])[1, 1, 0] == 1
    assert turn(array, [("yz", 1)])[1, 1, 2] == 1


@pytest.mark.parametrize("seed", range(12))
def test_any_draw_is_undone_and_tensors_move_as_arrays_do(seed: int) -> None:
    random = np.random.default_rng(seed)
    array = random.normal(size=(2, 6, 6, 6)).astype(np.float32)
    drawn = draw_symmetry(("x", "y", "z"), ("xy", "xz", "yz"), (6, 6, 6), (1, 1, 1), random)
    moved = drawn.apply(array)
    assert np.array_equal(drawn.undo(moved), array)
    tensor = drawn.apply(torch.from_numpy(array))
    assert np.array_equal(tensor.numpy(), moved)
    assert torch.equal(drawn.undo(tensor), torch.from_numpy(array))


def test_flips_of_axes_are_independent_with_probability_one_half() -> None:
    random = np.random.default_rng(0)
    counts = Counter(draw_flips(("x", "y"), random) for _ in range(4000))
    assert counts.keys() == {(), ("x",), ("y",), ("x", "y")}
    assert all(850 < count < 1150 for count in counts.values())


def test_handedness_is_kept_in_half_of_the_draws() -> None:
    """The published loader always mirrors: the original handedness is never shown (methods reference 4.1)."""
    random = np.random.default_rng(0)
    index = np.eye(3)
    kept = 0
    for _ in range(1000):
        drawn = draw_symmetry(("x", "y"), ("xy",), (4, 4, 4), (1, 1, 1), random)
        columns = []
        for axis in range(3):
            ramp = np.moveaxis(np.broadcast_to(np.arange(4.0), (4, 4, 4)), -1, axis)
            columns.append([np.diff(drawn.apply(ramp), axis=k).mean() for k in range(3)])
        kept += np.linalg.det(np.array(columns) @ index) > 0
    assert 430 < kept < 570


def test_only_half_turns_where_sides_or_spacings_differ() -> None:
    random = np.random.default_rng(0)
    for patch, spacing in (((8, 8, 16), (1, 1, 1)), ((8, 8, 8), (1, 1, 2))):
        counts = Counter(draw_turns(("xy",), patch, spacing, random) for _ in range(400))
        assert counts.keys() == {(), (("xy", 2),)}
    square = Counter(draw_turns(("xy",), (4, 8, 8), (3, 1, 1), random) for _ in range(400))
    assert len(square) == 4 and min(square.values()) > 60


def test_nothing_named_nothing_moved() -> None:
    array = np.arange(8).reshape(2, 2, 2)
    drawn = draw_symmetry((), (), (2, 2, 2), (1, 1, 1), np.random.default_rng(0))
    assert drawn == Symmetry() and drawn.apply(array) is array
    assert turn_back(array, []) is array

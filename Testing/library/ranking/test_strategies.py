"""Orders of cases that a person can compute."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from ugmcl.errors import UserError
from ugmcl.ranking.case_scores import CaseScores, top_mean
from ugmcl.ranking.strategies import rank_cases, sharpness


def scores(
    name: str,
    near: float = 0.1,
    overall: float = 0.1,
    classes: tuple[float, ...] = (0.1, 0.1),
    present: tuple[bool, ...] = (True, True),
    feature: tuple[float, ...] = (),
) -> CaseScores:
    return CaseScores(name, near, overall, classes, present, 0.9, feature or unit(name))


def unit(name: str) -> tuple[float, ...]:
    """A direction of its own for each name."""
    vector = np.random.default_rng(int.from_bytes(name.encode(), "big") % 2**32).normal(size=64)
    return tuple(vector / np.linalg.norm(vector))


def test_most_uncertain_first() -> None:
    order = rank_cases([scores("a", 0.2), scores("b", 0.7), scores("c", 0.5)], "most_uncertain")
    assert [case.case for case in order] == ["b", "c", "a"]
    assert [case.rank for case in order] == [1, 2, 3] and order[0].score == 0.7


def test_the_last_round_is_greedy_and_takes_the_classes_in_turn() -> None:
    """beta = 100: noise of a hundredth in ln s. Two places of three by class, one by overall doubt."""
    cases = [
        scores("front", classes=(0.9, 0.0), overall=0.1),
        scores("back", classes=(0.0, 0.8), overall=0.2),
        scores("both", classes=(0.05, 0.04), overall=0.9),
        scores("calm", classes=(0.001, 0.001), overall=0.01),
    ]
    order = rank_cases(cases, "class_power", names=["front", "back"], round_number=5, rounds=5)
    assert [case.case for case in order[:3]] == ["front", "back", "both"]
    assert "front" in order[0].reason and "overall" in order[2].reason


def test_early_rounds_draw_more_widely() -> None:
    assert sharpness(1, 5) == 1 and sharpness(5, 5) == pytest.approx(100) and sharpness(1, 1) == 100
    cases = [scores(str(i), classes=(0.1 + 0.05 * i, 0.1), overall=0.1) for i in range(8)]
    first = Counter(
        rank_cases(cases, "class_power", round_number=1, seed=seed)[0].case for seed in range(200)
    )
    last = Counter(rank_cases(cases, "class_power", round_number=5, seed=seed)[0].case for seed in range(200))
    assert len(first) >= 6 and last["7"] > 190
    assert first["7"] > first["0"], "chance, but not blind chance"


def test_two_of_three_places_go_to_the_classes() -> None:
    cases = [scores(str(i)) for i in range(9)]
    reasons = [case.reason for case in rank_cases(cases, "class_power", names=["one", "two"])]
    assert sum("overall" in reason for reason in reasons) == 3
    assert sum("one" in reason for reason in reasons) == sum("two" in reason for reason in reasons) == 3


def test_random_among_cases_with_the_structure() -> None:
    cases = [scores("empty", present=(False, False)), scores("full")]
    first = Counter(rank_cases(cases, "fg_random", seed=seed)[0].case for seed in range(400))
    assert first["empty"] / 400 == pytest.approx(1 / 6, abs=0.06)  # a third of the draws is among all
    assert all(case.score is None for case in rank_cases(cases, "fg_random"))


@pytest.mark.parametrize("strategy", ["class_power", "fg_random", "most_uncertain"])
def test_every_case_once_and_the_same_again(strategy: str) -> None:
    cases = [scores(str(i), near=i / 20, classes=(i / 30, 0.1)) for i in range(12)]
    order = rank_cases(cases, strategy, seed=3)
    assert sorted(case.case for case in order) == sorted(case.case for case in cases)
    assert order == rank_cases(cases[::-1], strategy, seed=3), "whatever the order they came in"
    if strategy != "most_uncertain":
        assert order != rank_cases(cases, strategy, seed=4)


def test_a_case_like_a_better_one_waits() -> None:
    twin = unit("x")
    near = tuple(np.array(twin) + 0.01)
    cases = [scores("a", 0.9, feature=twin), scores("b", 0.8, feature=near), scores("c", 0.1)]
    order = rank_cases(cases, "most_uncertain")
    assert [(case.case, case.alike) for case in order] == [("a", ""), ("c", ""), ("b", "a")]


def test_the_top_hundredth() -> None:
    assert top_mean(np.arange(1000.0)) == pytest.approx(np.mean(range(990, 1000)))
    assert top_mean(np.array([0.3])) == pytest.approx(0.3)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(UserError, match="unknown strategy"):
        rank_cases([scores("a")], "alphabet")
    with pytest.raises(UserError, match="round 6"):
        rank_cases([scores("a")], round_number=6, rounds=5)

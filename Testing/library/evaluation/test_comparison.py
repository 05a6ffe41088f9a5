"""Paired comparison: against scipy, by hand, and what cannot be tested."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ugmcl.errors import UserError
from ugmcl.evaluation.comparison import bootstrap_interval, compare, holm, paired_difference
from ugmcl.evaluation.record import ALL, Evaluation


def evaluation(values: dict[str, list[float]], first: int = 0) -> Evaluation:
    rows = [
        {"case": f"case {first + i}", "segment": segment, "empty": "", "dice": value, "hd95_mm": 10 * value}
        for segment, figures in values.items()
        for i, value in enumerate(figures)
    ]
    return Evaluation({}, tuple(rows))


def test_figures_equal_scipy_on_paired_values() -> None:
    random = np.random.default_rng(3)
    a = random.uniform(0.6, 0.9, 20)
    b = a + random.normal(0.02, 0.03, 20)
    row = paired_difference(a, b)
    assert row["difference"] == pytest.approx(np.mean(b) - np.mean(a))
    assert row["p_t"] == pytest.approx(stats.ttest_rel(b, a).pvalue)
    assert row["p_wilcoxon"] == pytest.approx(stats.wilcoxon(b - a).pvalue)
    half = 1.96 * np.std(b - a, ddof=1) / np.sqrt(20)
    assert row["low"] == pytest.approx(row["difference"] - half, abs=0.003)
    assert row["high"] == pytest.approx(row["difference"] + half, abs=0.003)


def test_cases_are_paired_by_name_and_strangers_left_out() -> None:
    rows = compare(evaluation({"a": [0.5, 0.6, 0.7]}), evaluation({"a": [0.8, 0.9]}, first=1))
    dice = next(row for row in rows if row["metric"] == "dice")
    assert dice["n"] == 2 and dice["difference"] == pytest.approx(0.2)
    assert dice["p_wilcoxon"] is None  # two pairs cannot be tested
    with pytest.raises(UserError, match="share no case"):
        compare(evaluation({"a": [0.5]}), evaluation({"a": [0.5]}, first=9))


def test_all_segments_is_the_mean_within_each_case() -> None:
    first = evaluation({"a": [0.5] * 6, "b": [0.7] * 6})
    second = evaluation({"a": [0.6] * 6, "b": [0.9] * 6})
    row = next(r for r in compare(first, second) if r["segment"] == ALL and r["metric"] == "dice")
    assert row["first"] == pytest.approx(0.6) and row["second"] == pytest.approx(0.75)
    assert row["low"] == pytest.approx(0.15) == row["high"] == row["difference"]


def test_no_change_has_no_p_value() -> None:
    row = paired_difference(np.full(8, 0.5), np.full(8, 0.5))
    assert row["difference"] == 0.0 and row["p_t"] is None and row["p_wilcoxon"] is None


def test_holm_by_hand() -> None:
    assert holm([0.01, None, 0.04, 0.03]) == [
        pytest.approx(0.03),
        None,
        pytest.approx(0.06),
        pytest.approx(0.06),
    ]
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_bootstrap_is_the_same_twice() -> None:
    values = np.random.default_rng(0).normal(size=30)
    assert bootstrap_interval(values) == bootstrap_interval(values)


def test_a_structure_found_on_one_side_only_is_counted() -> None:
    first, second = evaluation({"a": [0.8] * 7}), evaluation({"a": [0.8] * 7})
    rightly_empty = {"case": "case 6", "segment": "a", "empty": "both", "dice": None, "hd95_mm": None}
    first = Evaluation({}, (*first.rows[:6], rightly_empty))
    row = next(r for r in compare(first, second) if r["metric"] == "dice")
    assert (row["n"], row["one_side"]) == (6, 1)

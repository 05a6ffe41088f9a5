"""AUROC, Spearman, risk-coverage: known values, ties, and intervals that tell chance from knowledge."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from ugmcl.evaluation.ranking_quality import (
    aurc,
    auroc,
    auroc_of_counts,
    excess_aurc,
    risk_coverage,
    spearman,
    with_interval,
)


def test_auroc_by_hand() -> None:
    # positives 0.8, 0.4; negatives 0.1, 0.4, 0.5: pairs won 1+1+1 and 1+½+0
    assert auroc([0.8, 0.4, 0.1, 0.4, 0.5], [1, 1, 0, 0, 0]) == pytest.approx(4.5 / 6)
    assert auroc([1, 1, 1], [0, 1, 0]) == 0.5
    assert auroc([1, 2], [1, 1]) is None


def test_auroc_from_counts_is_the_same() -> None:
    random = np.random.default_rng(0)
    level, positive = random.integers(0, 8, 300), random.random(300) < 0.3
    counts = [np.bincount(level[kind], minlength=8) for kind in (positive, ~positive)]
    assert auroc_of_counts(*counts) == pytest.approx(auroc(level, positive))


def test_spearman_agrees_with_scipy_and_knows_its_limits() -> None:
    random = np.random.default_rng(1)
    a, b = random.integers(0, 6, (2, 40))
    assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert spearman([1, 2], [1, 2]) is None
    assert spearman([1, 1, 1], [1, 2, 3]) is None


def test_curve_and_area_by_hand() -> None:
    curve = risk_coverage([0.9, 0.5, 0.1, 0.7], [0.0, 0.4, 0.8, 0.2])
    np.testing.assert_allclose(curve.coverage, [1, 0.75, 0.5, 0.25, 0])
    np.testing.assert_allclose(curve.risk, [0.35, 0.2, 0.1, 0.0, 0.0])
    assert curve.aurc == pytest.approx(0.25 * (0.275 + 0.15 + 0.05 + 0.0))


def test_perfect_order_has_no_excess_and_the_reverse_the_most() -> None:
    risk = np.linspace(0, 1, 11)
    assert excess_aurc(-risk, risk) == pytest.approx(0)
    assert aurc(-risk, risk) < risk.mean() < aurc(risk, risk)


def test_confidence_that_knows_nothing_has_the_mean_risk() -> None:
    risk = np.random.default_rng(2).random(25)
    assert aurc(np.ones(25), risk) == pytest.approx(risk.mean())
    random = np.random.default_rng(3)
    orders = [aurc(random.random(25), risk) for _ in range(4000)]
    assert np.mean(orders) == pytest.approx(risk.mean(), abs=0.01)


def test_ties_leave_together_whatever_their_order() -> None:
    assert aurc([1, 1, 0], [0.0, 0.6, 0.9]) == pytest.approx(aurc([1, 1, 0], [0.6, 0.0, 0.9]))
    assert risk_coverage([1, 1, 0], [0.0, 0.6, 0.9]).coverage.size == 3


def test_interval_excludes_chance_only_where_there_is_knowledge() -> None:
    random = np.random.default_rng(4)
    a, noise = random.random(40), random.random(40)
    knows = with_interval(spearman, a, a + 0.3 * noise, draws=300)
    guesses = with_interval(spearman, a, noise, draws=300)
    assert not knows.includes(0.0) and guesses.includes(0.0)
    assert knows.low is not None and knows.high is not None and knows.low < knows.value < knows.high
    assert knows == with_interval(spearman, a, a + 0.3 * noise, draws=300)  # seeded


def test_versions_of_a_case_are_not_new_cases() -> None:
    random = np.random.default_rng(5)
    a = np.repeat(random.random(6), 20)
    b = a + 0.4 * np.repeat(random.random(6), 20)
    alone = with_interval(spearman, a, b, draws=300)
    together = with_interval(spearman, a, b, draws=300, groups=np.repeat(range(6), 20).tolist())
    assert together.high - together.low > 2 * (alone.high - alone.low)
    few = with_interval(spearman, a[:40], b[:40], groups=np.repeat(range(2), 20).tolist())
    assert few.low is None and few.includes(0.0)

"""Ramps against the table of the methods reference, 1.2 (6000 iterations)."""

from __future__ import annotations

import math

import pytest

from ugmcl.ramps import consistency_ramp, threshold_ramp

TABLE = [  # t, λ code, λ paper, u_th / ln 2
    (0, 0.00067, 0.00067, 0.7517),
    (1000, 0.0027, 0.0016, 0.758),
    (2000, 0.0103, 0.0036, 0.777),
    (3000, 0.0287, 0.0082, 0.822),
    (4000, 0.0542, 0.0189, 0.893),
    (5000, 0.0858, 0.0435, 0.968),
    (6000, 0.1, 0.1, 1.0),
]


@pytest.mark.parametrize(("t", "squared", "paper", "threshold"), TABLE)
def test_values_of_the_table(t: int, squared: float, paper: float, threshold: float) -> None:
    def printed(value: float) -> object:
        """The table's last digit; 0.010248 stands there as 0.0103, rounded twice."""
        return pytest.approx(value, abs=0.55 * 10.0 ** -len(str(value).partition(".")[2]))

    assert 0.1 * consistency_ramp("squared", t, 6000) == printed(squared)
    assert 0.1 * consistency_ramp("paper", t, 6000) == printed(paper)
    assert threshold_ramp(t, 6000, classes=2) / math.log(2) == printed(threshold)


def test_the_squared_ramp_moves_in_steps() -> None:
    values = [consistency_ramp("squared", t, 6000) for t in range(601)]
    changes = [t for t in range(1, 601) if values[t] != values[t - 1]]
    assert changes == [150, 300, 450, 600]
    assert consistency_ramp("squared", 7, 10, step=1) == pytest.approx(math.exp(-5 * 0.3**2))


@pytest.mark.parametrize("kind", ["squared", "paper"])
def test_no_ramp_goes_beyond_its_end(kind: str) -> None:
    assert consistency_ramp(kind, 9000, 6000) == 1.0
    assert threshold_ramp(9000, 6000, 2) == pytest.approx(math.log(2))


def test_the_threshold_does_not_grow_with_the_classes_unless_asked() -> None:
    assert threshold_ramp(0, 100, 5) == threshold_ramp(0, 100, 2)
    assert threshold_ramp(100, 100, 5, base="lnC") == pytest.approx(math.log(5))
    # two-way doubt is masked at the start, and with ln C it is not: the reason for ln 2
    assert threshold_ramp(0, 100, 3) < math.log(2) < threshold_ramp(0, 100, 3, base="lnC")
    assert threshold_ramp(0, 100, 2, start=1.0) == pytest.approx(math.log(2))


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="squared or paper"):
        consistency_ramp("linear", 1, 2)
    with pytest.raises(ValueError, match="ln2 or lnC"):
        threshold_ramp(1, 2, 3, base="log")

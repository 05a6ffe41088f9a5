"""Does a score put the bad ones where it should: AUROC, Spearman, risk-coverage (methods.md 7.4)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

DRAWS = 1000
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A value with its bootstrap interval of 95 %; ``low`` and ``high`` are None where none can be had."""

    value: float | None
    low: float | None = None
    high: float | None = None

    def includes(self, chance: float) -> bool:
        """Whether chance cannot be ruled out (also where there is no interval)."""
        return self.low is None or self.high is None or self.low <= chance <= self.high

    def to_json(self) -> dict[str, Any]:
        return {"value": self.value, "interval": None if self.low is None else [self.low, self.high]}


@dataclass(frozen=True)
class RiskCoverage:
    """Selective risk over coverage, descending from 1 to 0, and the area under it."""

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]

    @property
    def aurc(self) -> float:
        """∫ risk d(coverage) by trapezoids; lower is better, chance gives about the mean risk."""
        return float(np.sum((self.risk[1:] + self.risk[:-1]) * 0.5 * -np.diff(self.coverage)))


def auroc(score: ArrayLike, positive: ArrayLike) -> float | None:
    """Probability that a positive has the higher score, ties one half; None without both kinds."""
    score, positive = np.asarray(score), np.asarray(positive, dtype=bool)
    hits, rest = int(positive.sum()), int((~positive).sum())
    if not hits or not rest:
        return None
    ranks = rankdata(score)  # ties share their mean rank
    return float((ranks[positive].sum() - hits * (hits + 1) / 2.0) / (hits * rest))


def auroc_of_counts(positives: NDArray, negatives: NDArray) -> float | None:
    """`auroc` of a score with few levels, from how often each level (ascending) occurs in both kinds."""
    p, n = np.asarray(positives, np.float64), np.asarray(negatives, np.float64)
    if not p.sum() or not n.sum():
        return None
    below = np.cumsum(n) - n
    return float((p * (below + 0.5 * n)).sum() / (p.sum() * n.sum()))


def spearman(a: ArrayLike, b: ArrayLike) -> float | None:
    """Rank correlation, ties sharing their mean rank; None for fewer than 3 pairs or a constant side."""
    x, y = rankdata(a), rankdata(b)
    if x.size < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def risk_coverage(confidence: ArrayLike, risk: ArrayLike) -> RiskCoverage:
    """Mean risk of the k most confident, from all of them downwards; equal confidence leaves together.

    Below the most confident group the curve stays at that group's risk down to coverage 0 (FD-Shifts), so
    that a score that is the same for all has the mean risk as area.
    """
    confidence, risk = np.asarray(confidence, np.float64), np.asarray(risk, np.float64)
    order = np.argsort(-confidence, kind="stable")
    sorted_confidence, total = confidence[order], np.cumsum(risk[order])
    last_of_group = np.flatnonzero(np.append(np.diff(sorted_confidence) != 0, True))
    kept = (last_of_group + 1)[::-1]
    selective = total[kept - 1] / kept
    return RiskCoverage(np.append(kept / risk.size, 0.0), np.append(selective, selective[-1]))


def aurc(confidence: ArrayLike, risk: ArrayLike) -> float:
    """Area under the risk-coverage curve."""
    return risk_coverage(confidence, risk).aurc


def excess_aurc(confidence: ArrayLike, risk: ArrayLike) -> float:
    """E-AURC: the area less that of the ordering by the true risk; 0 is perfect."""
    return aurc(confidence, risk) - aurc(-np.asarray(risk, np.float64), risk)


def with_interval(
    statistic: Callable[..., float | None],
    *values: ArrayLike,
    groups: Sequence[Hashable] | None = None,
    seed: int = 0,
    draws: int = DRAWS,
) -> Interval:
    """A statistic with its percentile bootstrap interval.

    Args:
        statistic: of arrays of equal length.
        values: those arrays.
        groups: what belongs together (versions of one case) is drawn together; None draws one by one.
        seed: of the draws.
        draws: how many; those in which the statistic does not exist are left out.

    Returns:
        Without an interval where there are fewer than 3 groups.
    """
    arrays = [np.asarray(v, np.float64) for v in values]
    value = statistic(*arrays)
    names = list(range(arrays[0].size)) if groups is None else list(groups)
    members = [np.flatnonzero([n == name for n in names]) for name in dict.fromkeys(names)]
    if value is None or len(members) < 3:
        return Interval(value)
    random = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        chosen = np.concatenate([members[i] for i in random.integers(len(members), size=len(members))])
        drawn = statistic(*(a[chosen] for a in arrays))
        if drawn is not None:
            found.append(drawn)
    if not found:
        return Interval(value)
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(found, [tail, 1.0 - tail])
    return Interval(value, float(low), float(high))

"""Two evaluations of the same cases, paired: differences, tests, intervals (methods reference 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ugmcl.errors import UserError
from ugmcl.evaluation.record import ALL, Evaluation

METRICS = ("dice", "hd95_mm", "asd_mm", "surface_dice_1mm")
SAMPLES = 10_000
SEED = 1337
FEWEST = 6  # below six pairs no two-sided signed-rank test can reach 5 %


def compare(first: Evaluation, second: Evaluation, metrics: Sequence[str] = METRICS) -> list[dict[str, Any]]:
    """Second minus first, one row a segment and metric, over the cases that both have.

    Each row: n, ``one_side`` (cases with a figure on one side only, because the other rightly found
    nothing), means, mean difference with a bootstrap 95 % interval (10,000 samples, seeded), p of the
    paired t-test and of the Wilcoxon signed-rank test (two-sided, zeros dropped), that p after Holm's
    correction over the table, and Cohen's d of the differences. Tests need six pairs.

    Raises:
        UserError: the two share no case.
    """
    shared = set(first.cases) & set(second.cases)
    if not shared:
        raise UserError("the two evaluations share no case", None, "Compare evaluations of the same dataset")
    segments = [s for s in first.segments if s in second.segments]
    rows = []
    for segment in (*segments, *([ALL] if len(segments) > 1 else [])):
        name = None if segment == ALL else segment
        for metric in metrics:
            a, b = first.values(metric, name), second.values(metric, name)
            cases = [case for case in first.cases if case in a and case in b]
            if cases:
                pair = np.array([[a[c], b[c]] for c in cases])
                figures = paired_difference(pair[:, 0], pair[:, 1])
                one_side = len((set(a) ^ set(b)) & shared)
                rows.append({"segment": segment, "metric": metric, "one_side": one_side, **figures})
    corrected = holm([row["p_wilcoxon"] for row in rows])
    return [row | {"p_holm": p} for row, p in zip(rows, corrected, strict=True)]


def paired_difference(first: NDArray[np.floating], second: NDArray[np.floating]) -> dict[str, Any]:
    """Figures of ``second - first`` over paired values (n,)."""
    difference = second - first
    n, mean = len(difference), float(difference.mean())
    low, high = bootstrap_interval(difference)
    spread = float(difference.std(ddof=1)) if n > 1 else 0.0
    changed = difference[difference != 0]
    tested = n >= FEWEST and len(changed) > 0
    return {
        "n": n,
        "first": float(first.mean()),
        "second": float(second.mean()),
        "difference": mean,
        "low": low,
        "high": high,
        "p_t": float(stats.ttest_rel(second, first).pvalue) if tested and spread > 0 else None,
        "p_wilcoxon": float(stats.wilcoxon(changed).pvalue) if tested else None,
        "effect_size": mean / spread if spread > 0 else None,
    }


def bootstrap_interval(
    values: NDArray[np.floating], samples: int = SAMPLES, seed: int = SEED
) -> tuple[float, float]:
    """95 % percentile interval of the mean over resampled cases."""
    random = np.random.default_rng(seed)
    means = values[random.integers(0, len(values), (samples, len(values)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down correction over the values that are there."""
    known = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, index) in enumerate(known):
        largest = max(largest, min(1.0, (len(known) - rank) * p))
        corrected[index] = largest
    return corrected

"""Old, new and control side by side, case by case and segment by segment; the best and the worst case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ugmcl.evaluation.record import Evaluation
from ugmcl.outcome.measure import AFTER, BEFORE, CONTROL

MODELS = (BEFORE, AFTER, CONTROL)


def case_rows(found: Mapping[str, Evaluation]) -> list[dict[str, Any]]:
    """One row a case and segment of the new model, cases numbered from 1 in their order."""
    if AFTER not in found:
        return []
    dice = {
        which: {(row["case"], row["segment"]): row.get("dice") for row in evaluation.rows}
        for which, evaluation in found.items()
    }
    numbers = {case: number for number, case in enumerate(found[AFTER].cases, 1)}
    return [
        {
            "case": row["case"],
            "number": numbers[row["case"]],
            "segment": row["segment"],
            **{which: dice.get(which, {}).get((row["case"], row["segment"])) for which in MODELS},
        }
        for row in found[AFTER].rows
    ]


def case_means(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row a case: mean Dice over the segments that both old and new have a figure for.

    Without an old model over the new one's; ``control`` likewise over the same segments.
    """
    means = []
    compared = any(row[BEFORE] is not None for row in rows)
    for case in dict.fromkeys(row["case"] for row in rows):
        mine = [row for row in rows if row["case"] == case and row[AFTER] is not None]
        if compared:
            mine = [row for row in mine if row[BEFORE] is not None]
        if mine:
            first = {"case": case, "number": mine[0]["number"]}
            means.append(first | {which: _mean([row[which] for row in mine]) for which in MODELS})
    return means


def ends(rows: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The cases that gained most and least Dice; without an old model those with the highest and lowest."""
    means = case_means(rows)
    if not means:
        return None, None

    def gain(row: Mapping[str, Any]) -> float:
        return float(row[AFTER] - (row[BEFORE] or 0.0))

    best, worst = max(means, key=gain), min(reversed(means), key=gain)  # of equals two different ones
    return best, worst if worst is not best else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None

"""Is the new model better? Paired over the held-out cases, in one sentence, with what speaks against it.

The verdict rests on one test: the mean Dice over all segments of a case, old and new, by Wilcoxon's
signed-rank test and the bootstrap interval of the difference. Rows of single segments tell more and carry
Holm's correction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ugmcl.evaluation.comparison import FEWEST, compare
from ugmcl.evaluation.record import ALL, Evaluation
from ugmcl.outcome.measure import AFTER, BEFORE, CONTROL
from ugmcl.training.report_outcome import signed

LEVEL = 0.05
BETTER, WORSE, NOT_BETTER, TOO_FEW, CANNOT = "better", "worse", "not better", "too few", "cannot compare"
PAIRS = ((BEFORE, AFTER), (BEFORE, CONTROL), (CONTROL, AFTER))  # first, second: second minus first


@dataclass(frozen=True)
class Verdict:
    """``verdict`` and ``sentence`` as in `ugmcl.outcome.record.Outcome`; ``control`` is a sentence or ""."""

    verdict: str
    sentence: str
    control: str
    warnings: list[str]
    paired: list[dict[str, Any]]


def judge(found: Mapping[str, Evaluation], role: str | None, reason: str = "") -> Verdict:
    """The verdict on what was measured.

    Args:
        found: evaluations by ``before``, ``after``, ``control``, those that there are.
        role: of the cases.
        reason: why there is no ``before``, in words that follow "cannot be compared:".
    """
    paired = [row for first, second in PAIRS for row in compared(found, first, second)]
    control = _control_sentence(paired, role)
    overall = _overall(paired, BEFORE, AFTER)
    if overall is None:
        reached = _reached(found.get(AFTER), role)
        sentence = f"The new model cannot be compared: {reason or 'nothing was measured'}.{reached}"
        return Verdict(CANNOT, sentence, control, [sentence], paired)
    verdict = _verdict(overall)
    sentence = _sentence(verdict, overall, role)
    warnings = [] if verdict == BETTER else [sentence]
    warnings += _single_segments(paired)
    return Verdict(verdict, sentence, control, warnings, paired)


def compared(found: Mapping[str, Evaluation], first: str, second: str) -> list[dict[str, Any]]:
    """Rows of ``second - first`` in Dice over the segments that both have; [] where one is missing."""
    if first not in found or second not in found:
        return []
    shared = set(found[first].segments) & set(found[second].segments)
    a, b = (_restricted(found[which], shared) for which in (first, second))
    if not set(a.values("dice")) & set(b.values("dice")):
        return []
    return [{"pair": f"{second}-{first}", **row} for row in compare(a, b, ["dice"])]


def _restricted(evaluation: Evaluation, segments: set[str]) -> Evaluation:
    return replace(evaluation, rows=tuple(row for row in evaluation.rows if row["segment"] in segments))


def _overall(paired: list[dict[str, Any]], first: str, second: str) -> dict[str, Any] | None:
    """The row over all segments, or the only one."""
    mine = [row for row in paired if row["pair"] == f"{second}-{first}"]
    for row in mine:
        if row["segment"] == ALL:
            return row
    return mine[0] if mine else None


def _verdict(row: Mapping[str, Any]) -> str:
    if row["n"] < FEWEST:
        return TOO_FEW
    if row["p_wilcoxon"] is not None and row["p_wilcoxon"] < LEVEL:
        if row["low"] > 0:
            return BETTER
        if row["high"] < 0:
            return WORSE
    return NOT_BETTER


def _sentence(verdict: str, row: Mapping[str, Any], role: str | None) -> str:
    cases = f"{row['n']} {role} {'case' if row['n'] == 1 else 'cases'}"
    moved = "rose" if row["difference"] > 0 else "fell" if row["difference"] < 0 else "went"
    course = f"the mean Dice {moved} from {row['first']:.3f} to {row['second']:.3f}"
    if verdict == TOO_FEW:
        return f"Too few cases to tell: on {cases} {course}; at least {FEWEST} are needed for a test."
    lead = {
        BETTER: "The new model is better",
        WORSE: "The new model is worse than the starting model",
        NOT_BETTER: "The new model is not better than the starting model",
    }[verdict]
    return f"{lead}: on {cases} {course} ({_figures(row)})."


def _figures(row: Mapping[str, Any]) -> str:
    p = row["p_wilcoxon"]
    test = "no case changed" if p is None else f"p {'< 0.001' if p < 0.001 else f'= {p:.3f}'}"
    return f"{signed(row['difference'])}, 95 % interval {signed(row['low'])} to {signed(row['high'])}, {test}"


def _reached(after: Evaluation | None, role: str | None) -> str:
    values = list(after.values("dice").values()) if after is not None else []
    if not values:
        return ""
    cases = f"{len(values)} {role} {'case' if len(values) == 1 else 'cases'}"
    return f" On {cases} its mean Dice is {sum(values) / len(values):.3f}."


def _control_sentence(paired: list[dict[str, Any]], role: str | None) -> str:
    row = _overall(paired, CONTROL, AFTER)
    if row is None:
        return ""
    lead = f"Trained on the labelled cases alone, the control reaches {row['first']:.3f}"
    if row["n"] < FEWEST:
        return f"{lead}, with the unlabelled cases it is {row['second']:.3f}; too few cases to tell."
    word = {BETTER: "raised it", WORSE: "lowered it", NOT_BETTER: "made no difference that shows"}[
        _verdict(row)
    ]
    return f"{lead}, with the unlabelled cases it is {row['second']:.3f}: they {word} ({_figures(row)})."


def _single_segments(paired: list[dict[str, Any]]) -> list[str]:
    """Segments that became worse, whatever the mean says; none where the mean is of one segment alone."""
    if not any(row["segment"] == ALL for row in paired):
        return []
    return [
        f"The segment {row['segment']} became worse: Dice {row['first']:.3f} before, {row['second']:.3f} now "
        f"(p after Holm's correction {row['p_holm']:.3f})."
        for row in paired
        if row["pair"] == f"{AFTER}-{BEFORE}"
        and row["segment"] != ALL
        and row["p_holm"] is not None
        and row["p_holm"] < LEVEL
        and row["high"] < 0
    ]

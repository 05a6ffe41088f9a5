"""Orders of cases (methods reference 7.6): the unit is a whole case, predicted labels stand for true ones.

``class_power`` is ClaSP PE (TMLR 2026, arXiv:2601.13677) for whole cases, ``fg_random`` the foreground-aware
draw that any strategy has to beat, ``most_uncertain`` the plain one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from ugmcl.errors import UserError
from ugmcl.ranking.case_scores import CaseScores

ROUNDS = 5
CLASS_SHARE = 0.66  # of the places go to the classes in turn, the rest to overall entropy
SHARPEST = 100.0  # beta of the last round; 1 in the first one: diverse first, greedy later
ALIKE = 0.98  # cosine similarity from which two cases are much the same
_AREAS = ("all", "segment", "border")


@dataclass(frozen=True)
class Ranked:
    """A case in its place.

    Attributes:
        case: its id.
        rank: from 1.
        score: what the strategy ranks by (``class_power``: ln s plus noise; ``fg_random``: none).
        plain: the same without noise.
        reason: in a user's words.
        alike: id of a better case that this one much resembles, for which it was put back; "" otherwise.
    """

    case: str
    rank: int
    score: float | None
    plain: float | None
    reason: str
    alike: str = ""


@dataclass(frozen=True)
class _Candidate:
    scores: CaseScores
    score: float | None
    plain: float | None
    reason: str


def rank_cases(
    cases: Sequence[CaseScores],
    strategy: str = "class_power",
    *,
    names: Sequence[str] = (),
    round_number: int = 1,
    rounds: int = ROUNDS,
    seed: int = 1337,
) -> list[Ranked]:
    """All cases, the one to label first at the head; no case twice.

    Args:
        cases: scored by the same model.
        strategy: a key of `STRATEGIES`.
        names: of the segments, for the reasons.
        round_number: of labelling, from 1; ``class_power`` draws more widely in early rounds.
        rounds: how many are planned.
        seed: of every draw.

    Raises:
        UserError: an unknown strategy, or a round that is none.
    """
    if strategy not in STRATEGIES:
        raise UserError(f"unknown strategy {strategy}", "strategy", f"Choose from {', '.join(STRATEGIES)}")
    if not 1 <= round_number <= rounds:
        raise UserError(
            f"round {round_number} is not one of {rounds}", "round", "Count the rounds of labelling from 1"
        )
    random = np.random.default_rng([seed, round_number])
    return _spread(STRATEGIES[strategy](cases, names, sharpness(round_number, rounds), random))


def sharpness(round_number: int, rounds: int) -> float:
    """beta_i = 100^(i / (n - 1)), i from 0: 1 in the first round, 100 in the last."""
    return float(SHARPEST ** ((round_number - 1) / (rounds - 1))) if rounds > 1 else SHARPEST


def _most_uncertain(
    cases: Sequence[CaseScores], names: Sequence[str], beta: float, random: np.random.Generator
) -> list[_Candidate]:
    order = sorted(cases, key=lambda case: (-case.near, case.case))
    return [
        _Candidate(case, case.near, case.near, f"uncertainty {case.near:.2f} near the structures")
        for case in order
    ]


def _class_power(
    cases: Sequence[CaseScores], names: Sequence[str], beta: float, random: np.random.Generator
) -> list[_Candidate]:
    """Places cycle over the classes (66 %) and overall entropy (34 %); each takes the best case left."""
    left = {case.case: case for case in sorted(cases, key=lambda case: case.case)}
    count = len(cases[0].classes) if cases else 0

    def of_class(c: int) -> Callable[[CaseScores], float]:
        return lambda case: case.classes[c]

    keys: list[tuple[str, Callable[[CaseScores], float]]] = [
        (f"uncertain about {names[c] if c < len(names) else f'segment {c + 1}'}", of_class(c))
        for c in range(count)
    ]
    keys.append(("uncertain overall", lambda s: s.overall))
    noisy = [
        {name: log(key(case) + 1e-8) + random.gumbel(0.0, 1.0 / beta) for name, case in left.items()}
        for _, key in keys
    ]
    found = []
    for which in _turns(count, len(cases)):
        words, key = keys[which]
        best = max(left, key=lambda name, which=which: noisy[which][name])  # type: ignore[misc]
        case = left.pop(best)
        found.append(_Candidate(case, noisy[which][best], key(case), f"{words} ({key(case):.2g})"))
    return found


def _turns(classes: int, places: int) -> list[int]:
    """Which score fills each place: two of three times the next class, else overall (number ``classes``)."""
    turns, given, next_class = [], 0, 0
    for place in range(1, places + 1):
        if classes and given < CLASS_SHARE * place:
            turns.append(next_class)
            next_class, given = (next_class + 1) % classes, given + 1
        else:
            turns.append(classes)
    return turns


def _fg_random(
    cases: Sequence[CaseScores], names: Sequence[str], beta: float, random: np.random.Generator
) -> list[_Candidate]:
    """Each place: from all cases, or from those with a drawn class (for its inside or its border)."""
    left, found = sorted(cases, key=lambda case: case.case), []
    while left:
        area = _AREAS[int(random.integers(len(_AREAS)))]
        pool, words = left, "drawn from all cases"
        present = sorted({c for case in left for c, there in enumerate(case.present) if there})
        if area != "all" and present:
            c = present[int(random.integers(len(present)))]
            pool = [case for case in left if case.present[c]]
            words = f"drawn from cases with {names[c] if c < len(names) else f'segment {c + 1}'}"
        case = pool[int(random.integers(len(pool)))]
        left.remove(case)
        found.append(_Candidate(case, None, None, words))
    return found


STRATEGIES: dict[str, Callable[..., list[_Candidate]]] = {
    "class_power": _class_power,
    "most_uncertain": _most_uncertain,
    "fg_random": _fg_random,
}


def _spread(candidates: Sequence[_Candidate]) -> list[Ranked]:
    """Cases that much resemble a better one go behind the others: labelling both teaches little more."""
    kept: list[_Candidate] = []
    back: list[tuple[_Candidate, str]] = []
    for candidate in candidates:
        feature = np.asarray(candidate.scores.feature)
        twin = next(
            (
                k.scores.case
                for k in kept
                if feature.any() and float(np.dot(feature, k.scores.feature)) > ALIKE
            ),
            "",
        )
        if twin:
            back.append((candidate, twin))
        else:
            kept.append(candidate)
    ordered = [(candidate, "") for candidate in kept] + back
    return [
        Ranked(c.scores.case, rank, c.score, c.plain, c.reason, alike)
        for rank, (c, alike) in enumerate(ordered, start=1)
    ]

"""Who trains and who judges, where the data set does not say it: one labelled case in five validates.

Cases of one patient stay together. The draw hashes the seed with the group's name, so it does not depend on
the order of files, and adding a case moves hardly any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from ugmcl.data.case import Case

VALIDATION_SHARE = 0.2
FEWEST_LABELLED = 10  # under it nobody validates: too few to judge by, each one needed for training


def draw_roles(cases: Sequence[Case], seed: int) -> tuple[list[Case], list[str]]:
    """Some of the labelled cases with the role validation, and remarks for the user.

    Args:
        cases: with roles labelled, unlabelled, test or excluded.
        seed: of the draw.

    Returns:
        The cases in their order. An unlabelled case of a patient who validates becomes excluded.
    """
    labelled = [case for case in cases if case.role == "labelled"]
    if len(labelled) < FEWEST_LABELLED:
        note = (
            f"{len(labelled)} labelled cases, fewer than {FEWEST_LABELLED}: none validates, "
            "so no report can compare"
        )
        return list(cases), [note] if labelled else []
    groups: dict[str, int] = {}
    for case in labelled:
        groups[_group(case)] = groups.get(_group(case), 0) + 1
    wanted = round(VALIDATION_SHARE * len(labelled))
    chosen: set[str] = set()
    count = 0
    for group in sorted(groups, key=lambda name: _draw(seed, name)):
        if count + groups[group] <= wanted:
            chosen.add(group)
            count += groups[group]
    if not chosen and len(groups) > 1:  # every patient has more cases than wanted
        chosen = {min(groups, key=lambda name: (groups[name], _draw(seed, name)))}
    result, excluded = [], 0
    for case in cases:
        if _group(case) in chosen and case.role in ("labelled", "unlabelled"):
            role = "validation" if case.role == "labelled" else "excluded"
            excluded += role == "excluded"
            case = replace(case, role=role)
        result.append(case)
    count = sum(case.role == "validation" for case in result)
    notes = [f"{count} of {len(labelled)} labelled cases drawn for validation by seed {seed}"]
    if excluded:
        notes.append(f"{excluded} unlabelled cases left out: their patients validate")
    return result, notes


def _group(case: Case) -> str:
    return f"patient {case.patient}" if case.patient is not None else f"case {case.id}"


def _draw(seed: int, group: str) -> str:
    return hashlib.sha256(f"{seed}/{group}".encode()).hexdigest()

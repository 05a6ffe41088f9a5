"""What a validation makes a user ask about while nothing is wrong: not found yet, no better any more."""

from __future__ import annotations

from collections.abc import Sequence

from ugmcl.training.alarms import PATIENCE, Alarm
from ugmcl.training.validation import Validation

STILL = 0.3  # share of the iterations without a gain that is called a standstill
WORTH = 0.005  # of mean Dice: less is no gain
UNTIL = 0.8  # share of the iterations after which stopping would save little
LEAST = 3  # validations since the best one


def remark(history: Sequence[Validation], last_iteration: int) -> list[Alarm]:
    """Remarks on the newest validation of ``history``; kinds ``not yet`` and ``stagnation``."""
    if not history:
        return []
    return [*_not_yet(history[-1], last_iteration), *_stagnation(history, last_iteration)]


def _not_yet(newest: Validation, last_iteration: int) -> list[Alarm]:
    if newest.iteration >= PATIENCE * last_iteration:
        return []
    missing = [
        segment
        for segment, voxels in newest.present.items()
        if voxels and not any(result.predicted[segment] for result in newest.sources.values())
    ]
    if not missing:
        return []
    whole = len(missing) == sum(voxels > 0 for voxels in newest.present.values())
    what = "No segment is" if whole else f"{', '.join(missing)}: not"
    text = (
        f"{what} found yet in the {newest.role} cases (step {newest.iteration}). "
        "So early this is usual; an alarm follows if it stays so"
    )
    return [Alarm("not yet", ", ".join(missing), text)]


def _stagnation(history: Sequence[Validation], last_iteration: int) -> list[Alarm]:
    newest = history[-1]
    if newest.role != "validation" or newest.iteration > UNTIL * last_iteration:
        return []
    best, at = _mean(history[0]), 0
    for place, past in enumerate(history):
        if _mean(past) > best + WORTH:
            best, at = _mean(past), place
    still = newest.iteration - history[at].iteration
    if best == 0.0 or still < STILL * last_iteration or len(history) - 1 - at < LEAST:
        return []
    text = (
        f"No better since step {history[at].iteration}: the mean Dice on the validation cases is "
        f"{_mean(newest):.2f}, its best was {best:.2f}. More labelled cases help more than more steps; the "
        "run may be stopped, or left to its end, where smaller steps sometimes gain a little"
    )
    return [Alarm("stagnation", "", text)]


def _mean(validation: Validation) -> float:
    return max((result.mean or 0.0 for result in validation.sources.values()), default=0.0)

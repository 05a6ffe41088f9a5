"""What goes wrong in a training, said in time: loss not finite, a class never predicted, Dice that falls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ugmcl.training.validation import Validation

PATIENCE = 0.25  # share of the iterations within which a class may still be unlearnt
COLLAPSE_SHARE, COLLAPSE_FLOOR = 0.5, 0.3  # Dice below half of its best, once the best was above the floor
SKIPS_IN_ROW = 20


@dataclass(frozen=True)
class Alarm:
    """``kind`` is never predicted, collapsed or not finite; ``text`` says what to do."""

    kind: str
    segment: str
    text: str


def judge(history: Sequence[Validation], last_iteration: int) -> list[Alarm]:
    """Alarms that the newest validation of ``history`` gives.

    A segment alarms only if no network predicts it (or every network's Dice has collapsed), so that an
    untrained teacher does not cry. Nothing is said about a class that is still in time to be learnt.
    """
    if not history:
        return []
    newest = history[-1]
    alarms = []
    for segment, voxels in newest.present.items():
        if voxels == 0:
            continue
        if all(result.predicted[segment] == 0 for result in newest.sources.values()):
            if newest.iteration >= PATIENCE * last_iteration or _was_predicted(history[:-1], segment):
                alarms.append(_never_predicted(newest, segment))
        elif _collapsed(history, segment):
            alarms.append(_collapse(history, segment))
    return alarms


def not_finite(skipped_in_row: int, iteration: int) -> str:
    """Advice where the loss is not finite any more."""
    return (
        f"The loss was not a finite number in {skipped_in_row} steps in a row (iteration {iteration}). "
        "Use a smaller learning_rate or precision = fp32, or look for damaged images (ugmcl prepare --check)"
    )


def _was_predicted(earlier: Sequence[Validation], segment: str) -> bool:
    return any(result.predicted[segment] > 0 for past in earlier for result in past.sources.values())


def _best_dice(validation: Validation, segment: str) -> float:
    return max(result.dice[segment] or 0.0 for result in validation.sources.values())


def _collapsed(history: Sequence[Validation], segment: str) -> bool:
    best = max((_best_dice(past, segment) for past in history[:-1]), default=0.0)
    return best > COLLAPSE_FLOOR and _best_dice(history[-1], segment) < COLLAPSE_SHARE * best


def _never_predicted(newest: Validation, segment: str) -> Alarm:
    return Alarm(
        "never predicted",
        segment,
        f"The segment {segment} is in the {newest.role} cases but was predicted in none of them at iteration "
        f"{newest.iteration}. Often it helps to drop channels at the bottleneck only "
        "(dropout_at = bottleneck), to centre patches on foreground (foreground_share = 0.33), "
        "or to use another seed",
    )


def _collapse(history: Sequence[Validation], segment: str) -> Alarm:
    best = max(_best_dice(past, segment) for past in history[:-1])
    now = _best_dice(history[-1], segment)
    return Alarm(
        "collapsed",
        segment,
        f"Dice of {segment} fell from {best:.2f} to {now:.2f} at iteration {history[-1].iteration}. Use a "
        "smaller learning_rate, or smaller intra_weight and cross_weight; the best checkpoint is kept",
    )

"""The outcome's figures as rows of a table; no Qt, VTK or MRML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slicer.i18n import tr as _

PAIR = "after-before"
NONE = "–"


def titles(outcome: Mapping[str, Any]) -> list[str]:
    """Heads of the columns; the control's only where one was trained."""
    control = [_("Control")] if has_control(outcome) else []
    return [
        _("Segment"),
        _("Before"),
        _("After"),
        *control,
        _("Change"),
        _("p"),
    ]


def rows(outcome: Mapping[str, Any]) -> list[list[str]]:
    """Mean Dice of each segment before and after, their difference, and how sure it is."""
    return [_row(outcome, segment) for segment in _segments(outcome)]


def has_control(outcome: Mapping[str, Any]) -> bool:
    """Whether a control was measured."""
    return any(row.get("control") is not None for row in _dicts(outcome.get("rows")))


def _segments(outcome: Mapping[str, Any]) -> list[str]:
    """Those of the pairs too, which may hold a mean of all."""
    named = [str(name) for name in outcome.get("segments") or ()]
    paired = [str(pair.get("segment")) for pair in _dicts(outcome.get("paired"))]
    return list(dict.fromkeys([*named, *paired]))


def _row(outcome: Mapping[str, Any], segment: str) -> list[str]:
    pair = next(
        (
            pair
            for pair in _dicts(outcome.get("paired"))
            if pair.get("segment") == segment and pair.get("pair") == PAIR
        ),
        {},
    )
    cells = [segment, _mean(outcome, segment, "before"), _mean(outcome, segment, "after")]
    if has_control(outcome):
        cells.append(_mean(outcome, segment, "control"))
    return [*cells, _difference(pair), _p(pair.get("p_holm"))]


def _mean(outcome: Mapping[str, Any], segment: str, model: str) -> str:
    means = outcome.get("means")
    for row in _dicts(means.get(model)) if isinstance(means, dict) else []:
        if row.get("segment") == segment and row.get("mean") is not None:
            return f"{row['mean']:.3f}"
    return NONE


def _difference(pair: Mapping[str, Any]) -> str:
    if pair.get("difference") is None:
        return NONE
    text = f"{pair['difference']:+.3f}"
    if pair.get("low") is None or pair.get("high") is None:
        return text
    return f"{text}\n{pair['low']:+.3f} … {pair['high']:+.3f}"


def _p(value: Any) -> str:
    if value is None:
        return NONE
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _dicts(value: Any) -> Sequence[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []

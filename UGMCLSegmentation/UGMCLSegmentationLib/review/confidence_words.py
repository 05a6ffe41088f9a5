"""How sure a result is, segment by segment, in words; what the words stand for is said with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slicer.i18n import tr as _


@dataclass(frozen=True)
class ConfidenceRow:
    """A line of the table: structure, volume with its spread, confidence; ``tip`` explains the confidence."""

    name: str
    volume: str
    confidence: str
    tip: str


def confidence_rows(report: dict[str, Any]) -> list[ConfidenceRow]:
    """One row a segment of report.json."""
    return [
        ConfidenceRow(str(segment["name"]), _volume(segment), *_confidence(segment, report))
        for segment in report.get("segments", [])
    ]


def _volume(segment: dict[str, Any]) -> str:
    """mL, with the standard deviation of the passes' volumes; a small one never reads as none at all."""
    volume, spread = segment["volume_ml"], segment.get("passes_sd_ml")
    if spread is None:
        return f"{volume:.2f}"
    if 0 < spread < 0.0005:
        return f"{volume:.3f} ± <0.001"
    digits = 3 if 0 < spread < 0.01 else 2
    return f"{volume:.{digits}f} ± {spread:.{digits}f}"


def _confidence(segment: dict[str, Any], report: dict[str, Any]) -> tuple[str, str]:
    agreement, expected = segment.get("pairwise_dice"), segment.get("expected_dice")
    passes = (report.get("way") or {}).get("passes", 0)
    if agreement is None:
        return _("none"), _(
            "Nothing was found, or there was a single pass: the passes cannot agree or disagree."
        )
    same = _(
        "The {passes} passes of the network overlap by {agreement:.3f} on average (mean pairwise Dice)."
    ).format(passes=passes, agreement=agreement)
    if expected is None:
        return _("passes overlap {agreement:.3f}").format(agreement=agreement), same + " " + _(
            "What Dice with an expert that stands for was not measured for this model."
        )
    interval = segment.get("expected_dice_interval")
    text = _("Dice about {expected:.2f}").format(expected=expected)
    if interval:
        text += _(" ({low:.2f} to {high:.2f})").format(low=interval[0], high=interval[1])
    return text, same + " " + _(
        "On the validation cases of this model such results had this Dice with the expert's outline; nine of "
        "ten lay within the interval. A case unlike those may be worse."
    )

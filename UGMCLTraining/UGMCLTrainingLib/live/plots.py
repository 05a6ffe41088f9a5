"""Which curves a choice shows: their columns, names, colours and line styles; no Qt, VTK or MRML."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

from slicer.i18n import tr as _

from UGMCLTrainingLib.live.curve_rows import (
    CERTAIN,
    CONSISTENCY,
    ITERATION,
    LOSS,
    RATE,
    STUDENT,
    TEACHER,
    Curves,
    Row,
    Thinned,
)

# Told apart with any colour vision (Okabe and Ito), without the yellow that white swallows.
COLOURS = (
    (0.00, 0.45, 0.70), (0.84, 0.37, 0.00), (0.00, 0.62, 0.45), (0.80, 0.47, 0.65), (0.34, 0.71, 0.91),
    (0.90, 0.62, 0.00), (0.35, 0.35, 0.35),
)  # fmt: skip
SOLID, DASHED, DOTTED = "solid", "dashed", "dotted"


@dataclass(frozen=True)
class Line:
    """One curve.

    Attributes:
        name: of the curve. group: what its colour stands for.
        x, y: values by iteration.
        colour: RGB 0..1. style: solid, dashed or dotted. points: each value is marked.
    """

    name: str
    group: str
    x: list[float]
    y: list[float]
    colour: tuple[float, float, float]
    style: str = SOLID
    points: bool = False


def choices() -> list[tuple[str, str]]:
    """What can be shown: value of the parameter, words."""
    return [
        ("dice", _("Dice on the validation cases")),
        ("loss", _("Total loss")),
        ("losses", _("Single losses")),
        ("consistency", _("Consistency: weight, certain voxels")),
        ("rate", _("Learning rate")),
    ]


def axis_title(choice: str) -> str:
    """What the vertical axis means."""
    return {
        "dice": _("Dice, 0 to 1"),
        "loss": _("Loss"),
        "losses": _("Loss"),
        "consistency": _("Share, 0 to 1"),
        "rate": _("Learning rate"),
    }[choice]


def caption(lines: Sequence[Line]) -> str:
    """What colours and styles mean, as rich text; "" where there are no lines."""
    colours = {line.group: line.colour for line in lines}
    parts = [
        '<span style="color:#{:02x}{:02x}{:02x}">■</span>&nbsp;{}'.format(
            *(round(255 * value) for value in colour), html.escape(group).replace(" ", "&nbsp;")
        )
        for group, colour in colours.items()
    ]
    words = {
        SOLID: _("student solid"),
        DASHED: _("teacher dashed"),
        DOTTED: _("starting model dotted"),
    }
    styles = {line.style for line in lines}
    parts += [", ".join(word for style, word in words.items() if style in styles)] if len(styles) > 1 else []
    return " &nbsp; ".join(parts)


def lines_of(choice: str, curves: Curves) -> list[Line]:
    """The curves of a choice; those without any value are left out."""
    if choice == "dice":
        found = _dice_lines(curves)
    else:
        names = {
            "loss": [(LOSS, _("total loss"))],
            "losses": [(name, name) for name in curves.single_losses()],
            "consistency": [(CONSISTENCY, _("consistency weight")), (CERTAIN, _("share of certain voxels"))],
            "rate": [(RATE, _("learning rate"))],
        }[choice]
        found = [
            _line(curves.steps, column, name, name, COLOURS[index % len(COLOURS)])
            for index, (column, name) in enumerate(names)
        ]
    return [line for line in found if any(map(math.isfinite, line.y))]


def _dice_lines(curves: Curves) -> list[Line]:
    """Student solid, teacher dashed, the starting model's Dice as a horizontal line."""
    lines = []
    last = max([row[ITERATION] for row in _ends(curves)], default=1.0)
    for index, segment in enumerate(curves.segments()):
        colour = COLOURS[index % len(COLOURS)]
        networks = ((STUDENT, _("{segment}: student"), SOLID), (TEACHER, _("{segment}: teacher"), DASHED))
        for column, words, style in networks:
            name = words.format(segment=segment)
            lines.append(_line(curves.validations, f"{column}{segment}", name, segment, colour, style, True))
        if segment in curves.start:
            name = _("{segment}: starting model").format(segment=segment)
            value = curves.start[segment]
            lines.append(Line(name, segment, [0.0, last], [value, value], colour, DOTTED))
    return lines


def _ends(curves: Curves) -> list[Row]:
    return [rows[-1] for rows in (curves.validations.rows(), curves.steps.rows()) if rows]


def _line(
    rows: Thinned,
    column: str,
    name: str,
    group: str,
    colour: tuple[float, float, float],
    style: str = SOLID,
    points: bool = False,
) -> Line:
    """Rows without this value are passed over, so that the curve has no gaps."""
    pairs = [(row[ITERATION], row[column]) for row in rows.rows() if column in row]
    return Line(name, group, [x for x, _y in pairs], [y for _x, y in pairs], colour, style, points)

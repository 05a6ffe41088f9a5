"""How long a model takes for one scan, as its maker measured it: a row among the figures of its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import Any

from ugmcl.models.description import ModelPackage

METRIC = "seconds per scan"


def time_figure(seconds: Sequence[float], computer: str, about: Mapping[str, Any]) -> dict[str, Any]:
    """The card's row.

    Args:
        seconds: of each measured scan, from the image in memory to the result; at least one.
        computer: on which, in words: processor or card, cores.
        about: ``dataset``, ``split``, ``command`` and what else rows of the card say.
    """
    spread = {"sd": round(stdev(seconds), 2)} if len(seconds) > 1 else {}
    return {
        "metric": METRIC, "value": round(mean(seconds), 2), **spread, "cases": len(seconds),
        **about, "computer": computer, "note": f"on {computer}",
    }  # fmt: skip


def with_time(package: ModelPackage, figure: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The package's figures with this time in place of an earlier one of the same computer."""
    others = [
        known
        for known in package.figures
        if (known.get("metric"), known.get("computer")) != (METRIC, figure.get("computer"))
    ]
    return [*others, dict(figure)]


def time_elsewhere(package: ModelPackage) -> tuple[float, str] | None:
    """Seconds per scan and the computer on which the maker measured them; None where nobody did."""
    for figure in package.figures:
        if figure.get("metric") == METRIC and figure.get("computer"):
            return float(figure["value"]), str(figure["computer"])
    return None

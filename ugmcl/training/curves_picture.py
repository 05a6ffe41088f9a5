"""`curves.png`: loss terms, consistency, learning rate and validation Dice of a run in one picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ugmcl.jobs.run_files import START
from ugmcl.training.curves import read_curves

RATES = ("learning rate", "gradient norm")
GUIDANCE = ("consistency weight", "certain share")
STYLES = {"student": "-", "teacher": "--"}
MARK = " Dice "


def draw_curves(folder: Path) -> Path | None:
    """Draw ``curves.csv`` of a run into ``curves.png``; None where there is nothing to draw."""
    rows = read_curves(folder)
    if not rows:
        return None
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(14, 7.5), dpi=130, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 2, sharex=True)
    names = list(dict.fromkeys(name for row in rows for name in row if name != "iteration"))
    losses = [n for n in names if MARK not in n and n not in RATES + GUIDANCE]
    _lines(axes[0, 0], rows, losses, "Loss terms (unweighted) and loss")
    _logarithmic_if_positive(axes[0, 0], rows, losses)
    _dice(axes[0, 1], rows, [n for n in names if MARK in n])
    _guidance(axes[1, 0], rows, [n for n in GUIDANCE if n in names])
    _lines(axes[1, 1], rows, [n for n in RATES if n in names], "Learning rate and gradient norm")
    _logarithmic_if_positive(axes[1, 1], rows, RATES)
    for axis in axes[1]:
        axis.set_xlabel("iteration")
    path = folder / "curves.png"
    part = folder / f".curves.{os.getpid()}.png"
    figure.savefig(part)
    os.replace(part, path)
    return path


def _series(rows: Sequence[dict[str, float]], name: str) -> tuple[list[float], list[float]]:
    known = [(row["iteration"], row[name]) for row in rows if name in row]
    return [t for t, _ in known], [value for _, value in known]


def _lines(axis: Any, rows: Sequence[dict[str, float]], names: Sequence[str], title: str) -> None:
    for name in names:
        strong = name == "loss"
        axis.plot(
            *_series(rows, name), label=name, linewidth=1.8 if strong else 1.0,
            color="black" if strong else None,
        )  # fmt: skip
    _finish(axis, title, bool(names))


def _dice(axis: Any, rows: Sequence[dict[str, float]], names: Sequence[str]) -> None:
    """One colour a segment; the student solid, the teacher dashed, the starting model dotted."""
    segments = list(dict.fromkeys(name.split(MARK, 1)[1] for name in names))
    for name in names:
        source, segment = name.split(MARK, 1)
        if source == START:  # one value, before the first step: what there is to be surpassed
            axis.axhline(
                _series(rows, name)[1][-1], linestyle=":", linewidth=1.4, label=f"{segment}, {source}",
                color=f"C{segments.index(segment) % 10}",
            )  # fmt: skip
            continue
        axis.plot(
            *_series(rows, name), STYLES.get(source, ":"), label=f"{segment}, {source}",
            color=f"C{segments.index(segment) % 10}", marker=".", markersize=4, linewidth=1.2,
        )  # fmt: skip
    axis.set_ylim(0, 1)
    _finish(axis, "Dice on whole volumes", bool(names))


def _guidance(axis: Any, rows: Sequence[dict[str, float]], names: Sequence[str]) -> None:
    """The weight on the left axis, the share of certain voxels, which is near 1, on the right one."""
    for i, name in enumerate(names):
        side = axis if i == 0 else axis.twinx()
        side.plot(*_series(rows, name), color=f"C{i}", linewidth=1.2)
        side.set_ylabel(name, color=f"C{i}", fontsize=9)
    _finish(axis, "Consistency", False)


def _finish(axis: Any, title: str, has_lines: bool) -> None:
    axis.set_title(title, fontsize=10)
    axis.grid(alpha=0.3, linewidth=0.5)
    if has_lines:
        axis.legend(fontsize=7.5, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _logarithmic_if_positive(axis: Any, rows: Sequence[dict[str, float]], names: Sequence[str]) -> None:
    values = [row[name] for row in rows for name in names if name in row]
    if values and min(values) > 0:
        axis.set_yscale("log")

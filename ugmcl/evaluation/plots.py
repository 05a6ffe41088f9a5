"""Pictures of an evaluation: reliability diagram, risk-coverage curve, Dice under perturbations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ugmcl.evaluation.ranking_quality import risk_coverage
from ugmcl.evaluation.reliability import Reliability, pooled
from ugmcl.evaluation.uncertain_case import CLEAN, UncertainCase
from ugmcl.evaluation.uncertainty import confidence_pairs

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#777777"  # told apart by colour-blind people too
DPI = 150


def draw_reliability(path: Path, after: Reliability, before: Reliability | None = None) -> Path:
    """Accuracy over confidence, with and without temperature, above the number of voxels."""
    figure = Figure(figsize=(5.2, 6.0), layout="constrained")
    curve, counts = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [3, 1]})
    curve.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="perfect")
    if before is None:
        _reliability_line(curve, after, BLUE, "o", "model")
    else:
        _reliability_line(curve, before, ORANGE, "s", "before, temperature 1")
        _reliability_line(curve, after, BLUE, "o", "after")
    used = after.count + (before.count if before is not None else 0)
    left = np.flatnonzero(used)[0] / used.size if used.any() else 0.0
    curve.set(xlim=(max(0.0, left - 0.02), 1.0), ylim=(0.0, 1.02), ylabel="share of correct voxels")
    curve.set_title("Reliability within 5 mm of the structures")
    curve.legend(frameon=False, loc="lower right")
    edges = np.linspace(0.0, 1.0, used.size + 1)
    counts.bar(edges[:-1], after.count, width=1.0 / used.size, align="edge", color=BLUE, edgecolor="white")
    counts.set(xlabel="probability of the most probable class", ylabel="voxels", yscale="log")
    counts.set_ylim(bottom=1)
    for axes in (curve, counts):
        _plain(axes)
    return _save(figure, path)


def draw_risk_coverage(
    path: Path, scores: Mapping[str, tuple[Sequence[float], Sequence[float]]], *, title: str = ""
) -> Path:
    """Mean of 1 - Dice over the share of images kept.

    Args:
        scores: by name of the score its confidence and risk of every image.
    """
    figure = Figure(figsize=(5.8, 4.2), layout="constrained")
    axes = figure.subplots()
    highest = 0.0
    for (name, (confidence, risk)), color in zip(scores.items(), (BLUE, ORANGE, GREY), strict=False):
        curve = risk_coverage(confidence, risk)
        axes.plot(
            curve.coverage, curve.risk, color=color, linewidth=1.8, label=f"{name}, AURC {curve.aurc:.3f}"
        )
        highest = max(highest, float(curve.risk.max()))
    _, risk = next(iter(scores.values()))
    best, mean = risk_coverage(-np.asarray(risk), risk), float(np.mean(risk))
    axes.plot(
        best.coverage, best.risk, color=GREY, linestyle=":", label=f"best possible, AURC {best.aurc:.3f}"
    )
    axes.axhline(mean, color=GREY, linestyle="--", linewidth=1, label=f"chance, AURC {mean:.3f}")
    axes.set(xlim=(0, 1), ylim=(0, max(highest, mean) * 1.35 + 1e-3))  # room for the legend
    axes.set(xlabel="share of images kept, most confident first", ylabel="mean of 1 - Dice")
    axes.set_title(title or "Risk and coverage")
    axes.legend(frameon=False, fontsize="small", ncols=2, loc="upper left")
    _plain(axes)
    return _save(figure, path)


def draw_uncertainty(cases: Sequence[UncertainCase], folder: Path) -> list[Path]:
    """reliability.png and, where there is more than one pass, risk_coverage.png; the paths written."""
    folder.mkdir(parents=True, exist_ok=True)
    clean = [case for case in cases if case.condition == CLEAN]
    before = [case.reliability_before for case in clean if case.reliability_before is not None]
    written = [
        draw_reliability(
            folder / "reliability.png",
            pooled(case.reliability for case in clean),
            pooled(before) if before else None,
        )
    ]
    scores = {}
    kinds = {
        "pairwise Dice": [case.pairwise_dice for case in cases],
        "mean entropy": [None if (u := case.shell_uncertainty) is None else -u for case in cases],
    }
    for name, confidence in kinds.items():
        score, dice, _ = confidence_pairs(cases, confidence)
        if score.size >= 2:
            scores[name] = (score.tolist(), (1.0 - dice).tolist())
    if scores:
        what = "clean images" if len(clean) == len(cases) else "clean and degraded images"
        title = f"Risk and coverage, {len(cases)} {what}"
        written.append(draw_risk_coverage(folder / "risk_coverage.png", scores, title=title))
    return written


def draw_robustness(path: Path, rows: Sequence[Mapping[str, Any]], title: str = "") -> Path:
    """Dice of every case under every perturbation, as it is on top; the means as bars' ends.

    Args:
        rows: ``case``, ``perturbation``, ``dice``, as `ugmcl.evaluation.robustness.Robustness.rows`.
    """
    names = list(dict.fromkeys(str(row["perturbation"]) for row in rows))
    figure = Figure(figsize=(7.4, 0.36 * len(names) + 1.1), layout="constrained")
    axes = figure.subplots()
    lowest = 1.0
    for place, name in enumerate(names):
        dice = [float(r["dice"]) for r in rows if r["perturbation"] == name and r["dice"] is not None]
        if not dice:
            continue
        lowest = min(lowest, *dice)
        color = GREY if place == 0 else BLUE
        axes.scatter(dice, [place] * len(dice), s=16, color=color, alpha=0.55, linewidths=0, zorder=3)
        mean = float(np.mean(dice))
        axes.plot([mean, mean], [place - 0.32, place + 0.32], color=ORANGE, linewidth=2.2, zorder=4)
        if place == 0:
            axes.axvline(mean, color=GREY, linestyle="--", linewidth=1)
    axes.set_yticks(range(len(names)), names)
    axes.set(ylim=(len(names) - 0.4, -0.6), xlim=(max(0.0, lowest - 0.05), 1.0), xlabel="Dice")
    figure.suptitle(title or "Dice when the scan comes in another way (dots: cases, line: mean)", fontsize=12)
    _plain(axes)
    return _save(figure, path)


def _reliability_line(axes: Axes, bins: Reliability, color: str, marker: str, name: str) -> None:
    filled = bins.count > 0
    label = name if bins.ece is None else f"{name}, ECE {bins.ece:.3f}"
    axes.plot(
        bins.mean_confidence[filled],
        bins.accuracy[filled],
        color=color,
        marker=marker,
        markersize=5,
        linewidth=1.5,
        clip_on=False,
        zorder=3,
        label=label,
    )


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)


def _save(figure: Figure, path: Path) -> Path:
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    return path

"""`runs.png`: validation Dice over the iterations of every development run in one picture."""

from __future__ import annotations

from pathlib import Path

from left_atrium.plan import Run
from ugmcl.training.curves import read_curves

STYLES = {"student": "-", "teacher": "--"}
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")  # told apart by all eyes


def draw_runs(output: Path, runs: list[Run]) -> Path | None:
    """Only runs with validation scans; None where none of them has validated yet."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 4.4), dpi=130, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    lowest = 1.0
    judged = [run for run in runs if run.split.startswith("development")]
    shown = [(run, read_curves(output / run.name)) for run in judged if (output / run.name).is_dir()]
    for number, (run, curves) in enumerate(shown):
        for source, style in STYLES.items():
            points = [
                (row["iteration"], value)
                for row in curves
                for name, value in row.items()
                if name.startswith(f"{source} Dice ")
            ]
            if points:
                axes.plot(
                    *zip(*points, strict=True), style, color=COLORS[number % len(COLORS)], marker="o",
                    markersize=3, linewidth=1.5, label=f"{run.name}, {source}",
                )  # fmt: skip
                lowest = min(lowest, *(value for _, value in points))
    if not axes.lines:
        return None
    axes.set(xlabel="iteration", ylabel="mean Dice", ylim=(0.01 * int(lowest * 100), None))
    axes.set_title("Validation scans of the development split, one pass without dropout")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside right upper", frameon=False)
    path = output / "runs.png"
    figure.savefig(path)
    return path

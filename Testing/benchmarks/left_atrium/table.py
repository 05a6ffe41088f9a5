"""The table of the runs, from what they wrote: length, seed, minutes, Dice of both networks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from left_atrium.plan import NOT_SCREENED, Run
from ugmcl.training.curves import read_curves


def rows_of(output: Path, runs: list[Run]) -> list[dict[str, Any]]:
    """One row for each run that has validated; runs not made yet are left out."""
    rows = []
    for run in runs:
        curves = read_curves(output / run.name)
        found = [row for row in curves if any(" Dice " in name for name in row)]
        if not found:
            continue
        settings = json.loads((output / run.name / "settings.json").read_text(encoding="utf-8"))
        last = found[-1]
        # a final run has no validation scans; its curves end with the Dice on scans that it learnt from
        judged = run.split.startswith("development")
        rows.append(
            {
                "run": run.name,
                "split": run.split,
                "iterations": int(last["iteration"]),
                "of": settings["iterations"],
                "T": settings["passes"],
                "seed": settings["seed"],
                "student": _mean(last, "student") if judged else None,
                "teacher": _mean(last, "teacher") if judged else None,
                "minutes": _minutes(output / run.name),
            }
        )
    return rows


def write_table(output: Path, runs: list[Run]) -> Path:
    """``runs.md`` in ``output``."""
    rows = rows_of(output, runs)
    head = ["run", "split", "iterations", "of", "T", "seed", "student", "teacher", "minutes"]
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    lines += ["| " + " | ".join(_cell(row[name]) for name in head) + " |" for row in rows]
    done = {row["run"] for row in rows}
    missing = [run.name for run in runs if run.name not in done]
    text = [
        "Mean Dice on the development split's 8 validation scans at the last validation; "
        "a final run has none.",
        "",
        *lines,
        "",
        f"Not run yet: {', '.join(missing) or 'none'}.",
        f"Switches that are not part of the plan: {', '.join(NOT_SCREENED)}.",
    ]
    file = output / "runs.md"
    file.write_text("\n".join(text) + "\n", encoding="utf-8")
    return file


def _mean(row: dict[str, float], source: str) -> float | None:
    values = [value for name, value in row.items() if name.startswith(f"{source} Dice ")]
    return sum(values) / len(values) if values else None


def _minutes(folder: Path) -> float | None:
    """Of the steps, over all attempts, as the newest checkpoint counts them."""
    try:
        newest = (folder / "checkpoints" / "latest").read_text(encoding="ascii").strip()
        state = json.loads((folder / "checkpoints" / newest / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return float(state["counters"]["seconds"]) / 60


def _cell(value: Any) -> str:
    return (
        ""
        if value is None
        else f"{value:.4f}"
        if isinstance(value, float) and value < 1
        else (f"{value:.1f}" if isinstance(value, float) else str(value))
    )

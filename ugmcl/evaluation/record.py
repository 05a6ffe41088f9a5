"""An evaluation: rows per case and segment, their summary, and the files that keep them."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ugmcl.errors import UserError
from ugmcl.metrics.case import METRICS

FORMAT = "ugmcl-evaluation/1"
RECORD, TABLE = "evaluation.json", "cases.csv"
ALL = "all segments"


@dataclass(frozen=True)
class Evaluation:
    """Figures of many cases.

    Attributes:
        about: what was measured: model, dataset, role, command.
        rows: one a case and segment: its names, ``empty`` and the metrics of `ugmcl.metrics.case`.
        skipped: cases without a figure, by name, with the reason.
        uncertainty: figures of the uncertainty, where they were asked for.
    """

    about: dict[str, Any]
    rows: tuple[dict[str, Any], ...]
    skipped: dict[str, str] = field(default_factory=dict)
    uncertainty: dict[str, Any] | None = None

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row["segment"] for row in self.rows))

    @property
    def cases(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row["case"] for row in self.rows))

    def values(self, metric: str, segment: str | None = None) -> dict[str, float]:
        """A metric by case; without a segment the mean over the case's segments that have a figure."""
        found: dict[str, list[float]] = {}
        for row in self.rows:
            if segment in (None, row["segment"]) and row.get(metric) is not None:
                found.setdefault(row["case"], []).append(float(row[metric]))
        return {case: float(np.mean(values)) for case, values in found.items()}

    def summary(self) -> list[dict[str, Any]]:
        """One row a segment and one for all: mean, SD and n of each metric, and how many masks were empty."""
        rows = []
        for segment in (*self.segments, *([ALL] if len(self.segments) > 1 else [])):
            name = None if segment == ALL else segment
            mine = [row for row in self.rows if name in (None, row["segment"])]
            row: dict[str, Any] = {
                "segment": segment,
                "cases": len({r["case"] for r in mine if r["empty"] != "both"}),
                "left out (both empty)": sum(r["empty"] == "both" for r in mine),
                "one empty": sum(r["empty"] in ("prediction", "reference") for r in mine),
            }
            for metric in METRICS:
                values = list(self.values(metric, name).values())
                row[metric] = _mean_and_sd(values)
            rows.append(row)
        return rows

    def save(self, folder: Path | str) -> dict[str, Path]:
        """Write evaluation.json and cases.csv; returns their paths."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        document = {
            "format": FORMAT,
            "about": self.about,
            "summary": self.summary(),
            "uncertainty": self.uncertainty,
            "skipped": self.skipped,
            "rows": list(self.rows),
        }
        _write(folder / RECORD, json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False))
        columns = ["case", "segment", "empty", *METRICS]
        lines = [columns, *([row.get(name, "") for name in columns] for row in self.rows)]
        _write(folder / TABLE, _csv_text(lines))
        return {"record": folder / RECORD, "cases": folder / TABLE}


def load_evaluation(path: Path | str) -> Evaluation:
    """An evaluation from its folder or its evaluation.json.

    Raises:
        UserError: there is none, or it is damaged or foreign.
    """
    file = Path(path) / RECORD if Path(path).is_dir() else Path(path)
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        raise UserError("there is no evaluation here", path, "Name a folder of ugmcl evaluate") from fault
    except json.JSONDecodeError as fault:
        raise UserError("the evaluation is damaged", file, "Run ugmcl evaluate again") from fault
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UserError("this is not an evaluation that this version reads", file, "Run ugmcl evaluate again")
    try:
        rows = tuple(document["rows"])
        return Evaluation(document["about"], rows, document["skipped"], document.get("uncertainty"))
    except (KeyError, TypeError) as fault:
        raise UserError("the evaluation is damaged", file, "Run ugmcl evaluate again") from fault


def _mean_and_sd(values: Sequence[float]) -> dict[str, float | int | None]:
    """Mean, sample SD (None below two values) and number."""
    n = len(values)
    sd = float(np.std(values, ddof=1)) if n > 1 else None
    return {"mean": float(np.mean(values)) if n else None, "sd": sd, "n": n}


def _csv_text(lines: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        ["" if cell is None else f"{cell:.6g}" if isinstance(cell, float) else cell for cell in line]
        for line in lines
    )
    return text.getvalue()


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text + ("" if text.endswith("\n") else "\n"), encoding="utf-8")
        os.replace(temporary, path)
    except OSError as fault:
        temporary.unlink(missing_ok=True)
        raise UserError(f"cannot be written ({fault.strerror})", path, "Check space and rights") from fault

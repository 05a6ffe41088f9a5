"""`curves.csv`, a row every few iterations and one a validation, and the picture made of it."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Mapping
from pathlib import Path

CSV = "curves.csv"


class CurveLog:
    """Collects figures of iterations and appends their means to ``curves.csv``.

    Args:
        folder: the run folder.
        start: iteration at which this attempt begins; rows from it on (of an attempt that got further than
            its last checkpoint) are removed.
    """

    def __init__(self, folder: Path, start: int = 0) -> None:
        self.path = folder / CSV
        self._sums: dict[str, list[float]] = {}
        rows = [row for row in read_curves(folder) if row["iteration"] <= start] if start else []
        self._columns = ["iteration"]
        for row in rows:
            self._learn(row)
        self._rewrite(rows)

    def add(self, values: Mapping[str, float]) -> None:
        """Figures of one iteration."""
        for name, value in values.items():
            self._sums.setdefault(name, []).append(value)

    def write(self, iteration: int) -> dict[str, float]:
        """Append the means since the last row (of finite values) and return them."""
        means = {}
        for name, values in self._sums.items():
            finite = [value for value in values if math.isfinite(value)]
            means[name] = sum(finite) / len(finite) if finite else float("nan")
        self._sums.clear()
        self.append(iteration, means)
        return means

    def append(self, iteration: int, values: Mapping[str, float]) -> None:
        """Append one row; a new name widens the table."""
        row = {"iteration": float(iteration), **values}
        if self._learn(row):
            self._rewrite([*read_curves(self.path.parent), row])
            return
        with self.path.open("a", encoding="utf-8", newline="") as stream:
            stream.write(self._line(row))

    def _learn(self, row: Mapping[str, float]) -> bool:
        new = [name for name in row if name not in self._columns]
        self._columns += new
        return bool(new)

    def _rewrite(self, rows: list[dict[str, float]]) -> None:
        part = self.path.with_name(f".{CSV}.{os.getpid()}")
        header = io.StringIO()
        csv.writer(header, lineterminator="\n").writerow(self._columns)
        part.write_text(header.getvalue() + "".join(self._line(row) for row in rows), encoding="utf-8")
        os.replace(part, self.path)

    def _line(self, row: Mapping[str, float]) -> str:
        line = io.StringIO()
        cells = [_cell(name, row[name]) if name in row else "" for name in self._columns]
        csv.writer(line, lineterminator="\n").writerow(cells)
        return line.getvalue()


def read_curves(folder: Path) -> list[dict[str, float]]:
    """Rows of ``curves.csv``; cells that are empty are absent; a half-written last line is left out."""
    path = folder / CSV
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8")
    lines = text[: text.rfind("\n") + 1]
    rows = []
    for row in csv.DictReader(io.StringIO(lines)):
        rows.append({name: float(cell) for name, cell in row.items() if name and cell})
    return [row for row in rows if "iteration" in row]


def _cell(name: str, value: float) -> str:
    return str(int(value)) if name == "iteration" else f"{value:.6g}"

"""`curves.csv` read on from where one stopped, thinned, and sorted into columns; no Qt, VTK or MRML.

A run of a day writes tens of thousands of rows; a window that shows them needs a thousand.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from pathlib import Path

CURVES = "curves.csv"
MOST_ROWS = 1000
ITERATION = "iteration"
STUDENT, TEACHER, START = "student Dice ", "teacher Dice ", "start Dice "
CONSISTENCY, CERTAIN = "consistency weight", "certain share"
RATE, LOSS, NORM = "learning rate", "loss", "gradient norm"

Row = dict[str, float]


class CurveReader:
    """Reads rows that are new since the last call.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / CURVES
        self._header = b""
        self._identity = 0
        self._offset = 0

    def read(self) -> tuple[list[Row], bool]:
        """New rows, and whether they begin anew: the file was rewritten (a wider table, a resumed run)."""
        try:
            with self._file.open("rb") as stream:
                header = stream.readline()
                if not header.endswith(b"\n"):
                    return [], False
                identity = self._file.stat().st_ino
                anew = (header, identity) != (self._header, self._identity)
                anew = anew or stream.seek(0, 2) < self._offset
                stream.seek(len(header) if anew else self._offset)
                piece = stream.read()
        except OSError:  # not there yet, or being renamed
            return [], False
        complete = piece[: piece.rfind(b"\n") + 1]
        self._offset = (len(header) if anew else self._offset) + len(complete)
        self._header, self._identity = header, identity
        return _rows(header + complete), anew


@dataclass
class Curves:
    """The rows that are shown: every n-th, n doubling whenever there are too many, and always the newest.

    Attributes:
        steps: rows of training steps. validations: rows with a Dice.
        start: Dice of the starting model by segment.
    """

    steps: Thinned = field(default_factory=lambda: Thinned())
    validations: Thinned = field(default_factory=lambda: Thinned())
    start: dict[str, float] = field(default_factory=dict)

    def add(self, rows: list[Row]) -> None:
        """Take new rows."""
        for row in rows:
            names = [name for name in row if " Dice " in name]
            for name in names:
                if name.startswith(START):
                    self.start[name.removeprefix(START)] = row[name]
            if any(name.startswith((STUDENT, TEACHER)) for name in names):
                self.validations.add(row)
            if LOSS in row:
                self.steps.add(row)

    def segments(self) -> list[str]:
        """Names of the segments with a Dice, in the order of the file."""
        names = {name.partition(" Dice ")[2]: None for row in self.validations.rows() for name in row}
        return [name for name in {**names, **dict.fromkeys(self.start)} if name]

    def single_losses(self) -> list[str]:
        """Names of the parts of the loss."""
        known = {ITERATION, LOSS, CONSISTENCY, CERTAIN, RATE, NORM}
        names = {name: None for row in self.steps.rows() for name in row}
        return [name for name in names if name not in known and " Dice " not in name]


class Thinned:
    """Rows in the order of iterations, at most twice `MOST_ROWS`."""

    def __init__(self, most: int = MOST_ROWS) -> None:
        self._most, self._stride, self._seen = most, 1, 0
        self._kept: list[Row] = []
        self._newest: Row | None = None

    def add(self, row: Row) -> None:
        """One more."""
        if self._seen % self._stride == 0:
            self._kept.append(row)
        self._seen += 1
        self._newest = row
        if len(self._kept) > 2 * self._most:
            self._kept = self._kept[::2]
            self._stride *= 2

    def rows(self) -> list[Row]:
        """Those that are kept, and the newest."""
        last = self._newest
        return self._kept if last is None or last is self._kept[-1] else [*self._kept, last]

    def column(self, name: str) -> list[float]:
        """Values of one name; not a number where a row lacks it."""
        return [row.get(name, math.nan) for row in self.rows()]


def _rows(table: bytes) -> list[Row]:
    """Damaged cells and rows without an iteration are passed over: the next rows tell as much."""
    rows = []
    for cells in csv.DictReader(table.decode("utf-8", "replace").splitlines()):
        row = {name: value for name, cell in cells.items() if name and (value := _number(cell)) is not None}
        if ITERATION in row:
            rows.append(row)
    return rows


def _number(cell: object) -> float | None:
    try:
        return float(cell) if isinstance(cell, str) and cell else None
    except ValueError:
        return None

"""The list's widget: rows filled in place, so that a refresh moves neither selection nor scroll bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from UGMCLTrainingLib.runs import words

ROWS_SHOWN = 5


class RunTable:
    """Shows summaries.

    Args:
        table: QTableWidget.
        state: gives the words of a summary's state.
        on_select: gets the folder of the chosen run.
    """

    def __init__(self, table: Any, state: Callable[[Any], str], on_select: Callable[[Path], None]) -> None:
        self._table, self._state, self._on_select = table, state, on_select
        self._folders: list[Path] = []
        self._showing = False
        columns = (
            (_("Run"), _("Name of its folder, and what that takes on the disk")),
            (_("State"), _("What it does now, and how long it is expected to take")),
            (_("Steps"), _("Training steps done of all")),
            (_("Dice"), _("Newest mean Dice on the validation cases, 0 to 1, and the starting model's")),
        )
        table.setColumnCount(len(columns))
        table.setHorizontalHeaderLabels([name for name, _tip in columns])
        for column, (_name, tip) in enumerate(columns):
            table.horizontalHeaderItem(column).setToolTip(tip)
            mode = qt.QHeaderView.Stretch if column == 0 else qt.QHeaderView.ResizeToContents
            table.horizontalHeader().setSectionResizeMode(column, mode)
        table.verticalHeader().hide()
        table.connect("itemSelectionChanged()", self._selected)

    def show(self, summaries: Sequence[Any], chosen: Path | None) -> None:
        """A row for each run; ``chosen`` is marked."""
        self._showing = True
        self._folders = [summary.folder for summary in summaries]
        self._table.setRowCount(len(summaries))
        for number, summary in enumerate(summaries):
            tip = words.tip_words(summary)
            for column, text in enumerate(self._cells(summary)):
                self._set(number, column, text, tip)
        self._mark(chosen)
        self._fit(len(summaries))
        self._showing = False

    def _cells(self, summary: Any) -> tuple[str, ...]:
        return (
            words.name_words(summary),
            self._state(summary),
            words.iteration_words(summary),
            words.dice_words(summary),
        )

    def _set(self, row: int, column: int, text: str, tip: str) -> None:
        item = self._table.item(row, column)
        if item is None:
            item = qt.QTableWidgetItem(text)
            self._table.setItem(row, column, item)
        elif item.text() != text:
            item.setText(text)
        if item.toolTip() != tip:
            item.setToolTip(tip)

    def _mark(self, chosen: Path | None) -> None:
        row = self._folders.index(chosen) if chosen in self._folders else -1
        if row < 0:
            self._table.clearSelection()
        elif self._chosen_row() != row:
            self._table.selectRow(row)

    def _chosen_row(self) -> int:
        rows = [index.row() for index in self._table.selectionModel().selectedRows()]
        return rows[0] if rows else -1

    def _selected(self) -> None:
        row = self._chosen_row()
        if not self._showing and 0 <= row < len(self._folders):
            self._on_select(self._folders[row])

    def _fit(self, rows: int) -> None:
        """As high as its rows, up to some; empty it is hidden."""
        table = self._table
        table.setVisible(rows > 0)
        table.resizeRowsToContents()
        height = table.horizontalHeader().height + 2 * table.frameWidth + 2
        height += sum(table.rowHeight(row) for row in range(min(rows, ROWS_SHOWN)))
        table.setMinimumHeight(height)
        table.setMaximumHeight(height)

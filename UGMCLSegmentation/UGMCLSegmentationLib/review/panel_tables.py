"""The two tables of the panel: confidence by structure, uncertain regions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import qt
from slicer.i18n import tr as _

from UGMCLSegmentationLib.review.confidence_words import ConfidenceRow
from UGMCLSegmentationLib.review.region_table import RegionRow, state_words

ROWS_SHOWN = 6


def set_up_tables(confidence: Any, regions: Any) -> None:
    """Headers, once."""
    _headers(confidence, (_("Structure"), _("Volume (mL)"), _("Confidence")), wide=2)
    columns = (
        (_("Rank"), _("1: the most doubtful")),
        (_("Structure"), _("The structure whose outline is in doubt here")),
        (_("mL"), _("Volume of the place in mL")),
        (_("Doubt"), _("Mean uncertainty, 0 certain to 1 undecided")),
        (_("Score"), _("Doubt beyond what is normal at a border, summed over the volume, in mL")),
        (_("State"), _("What was decided")),
    )
    _headers(regions, [name for name, _tip in columns], wide=1)
    for column, (_name, tip) in enumerate(columns):
        regions.horizontalHeaderItem(column).setToolTip(tip)


def show_confidence(table: Any, rows: Sequence[ConfidenceRow]) -> None:
    """A row for each structure."""
    cells = [[(row.name, row.name), (row.volume, row.volume), (row.confidence, row.tip)] for row in rows]
    _fill(table, cells, len(cells))


def show_regions(table: Any, rows: Sequence[RegionRow]) -> None:
    """A row for each region."""
    cells = []
    for row in rows:
        texts = (
            str(row.rank),
            ", ".join(row.segments) or _("background"),
            f"{row.volume_ml:.3f}",
            f"{row.uncertainty:.2f}",
            f"{row.score_ml:.3f}",
            state_words(row.state),
        )
        cells.append([(text, text) for text in texts])
    _fill(table, cells, ROWS_SHOWN)


def _fill(table: Any, cells: Sequence[Sequence[tuple[str, str]]], shown: int) -> None:
    table.setRowCount(len(cells))
    for number, row in enumerate(cells):
        for column, (text, tip) in enumerate(row):
            item = qt.QTableWidgetItem(text)
            item.setToolTip(tip)
            table.setItem(number, column, item)
    _fit(table, min(len(cells), shown))


def _headers(table: Any, names: Sequence[str], wide: int) -> None:
    """Column ``wide`` takes the room that the others leave, so that nothing has to be scrolled sideways."""
    table.setColumnCount(len(names))
    table.setHorizontalHeaderLabels(list(names))
    header = table.horizontalHeader()
    for column in range(len(names)):
        fitting = qt.QHeaderView.Stretch if column == wide else qt.QHeaderView.ResizeToContents
        header.setSectionResizeMode(column, fitting)


def _fit(table: Any, rows: int) -> None:
    """As high as its rows, so that a table of two does not fill the panel."""
    table.resizeRowsToContents()
    height = max(table.horizontalHeader().height, table.fontMetrics().height() + 8)
    height += sum(table.rowHeight(row) for row in range(rows)) + 2 * table.frameWidth + 2
    table.setMinimumHeight(height)
    table.setMaximumHeight(height)

"""The table of cases: rows filled in place, so that a refresh moves neither selection nor scroll bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from ugmcl.data.case import LABEL_ROLES
from UGMCLTrainingLib.cases.project_case import ProjectCase
from UGMCLTrainingLib.cases.words import check_words, confidence_words, role_words, severity_of

NAME, ROLE, CHECK, LABEL, IMAGE, CONFIDENCE = range(6)
ROWS_SHOWN = 10
LONGEST = {NAME: 24, LABEL: 18, IMAGE: 18}  # letters before a name is shortened in the middle


class WheelPasses(qt.QObject):
    """Lets the mouse wheel scroll the table where it would change a role."""

    def eventFilter(self, _watched: Any, event: Any) -> bool:  # Qt's name
        if event.type() == qt.QEvent.Wheel:
            event.ignore()
            return True
        return False


class CaseTable:
    """Shows cases.

    Args:
        table: QTableWidget.
        on_role: gets id and role when a cell's menu was used.
        on_rename: gets id and the new name.
        on_select: called after another selection.
    """

    def __init__(
        self,
        table: Any,
        on_role: Callable[[str, str], None],
        on_rename: Callable[[str, str], None],
        on_select: Callable[[], None],
    ) -> None:
        self._table, self._on_role, self._on_rename = table, on_role, on_rename
        self._rows: list[tuple[str, Any]] = []
        self._showing = False
        self._wheel = WheelPasses(table)
        columns = (
            (_("Name"), _("Of the case, and of its files in the project's folder")),
            (_("Role"), _("What the case is for")),
            (_("Check"), _("Select a case to see what was found and what to do")),
            (_("Segmentation"), _("File of the label")),
            (_("Image"), _("File, or folder of a DICOM series; several for several channels")),
            (_("Agreement"), _("How well the current model's passes agree about it, 0 to 1")),
        )
        table.setColumnCount(len(columns))
        table.setHorizontalHeaderLabels([name for name, _tip in columns])
        for column, (_name, tip) in enumerate(columns):
            table.horizontalHeaderItem(column).setToolTip(tip)
        table.verticalHeader().hide()
        table.horizontalHeader().setHighlightSections(False)
        table.connect("itemSelectionChanged()", lambda: None if self._showing else on_select())
        table.connect("itemChanged(QTableWidgetItem*)", self._edited)

    def show(self, cases: Sequence[ProjectCase], checked: bool) -> None:
        """A row for each case; ``checked``: whether their findings are those of now."""
        self._showing = True
        known = [case_id for case_id, _combo in self._rows]
        if known != [case.id for case in cases]:
            chosen = set(self.selected())
            self._table.clearSelection()
            self._table.setRowCount(len(cases))
            self._rows = [(case.id, self._role_combo(row, case)) for row, case in enumerate(cases)]
            self._select(chosen)
        for row, case in enumerate(cases):
            self._show_case(row, case, checked)
        self._fit(len(cases))
        self._showing = False

    def selected(self) -> list[str]:
        """Ids of the selected cases, in order."""
        rows = {index.row() for index in self._table.selectionModel().selectedRows()}
        return [self._rows[row][0] for row in sorted(rows) if row < len(self._rows)]

    def combo_of(self, case_id: str) -> Any:
        """The menu of a case's role."""
        return dict(self._rows)[case_id]

    def _select(self, chosen: set[str]) -> None:
        model = self._table.selectionModel()
        for row, (case_id, _combo) in enumerate(self._rows):
            if case_id in chosen:
                index = self._table.model().index(row, 0)
                model.select(index, qt.QItemSelectionModel.Select | qt.QItemSelectionModel.Rows)

    def _show_case(self, row: int, case: ProjectCase, checked: bool) -> None:
        worst = "" if case.role == "excluded" or not checked else severity_of(case.findings)
        label = case.source or case.label
        files = "\n".join(str(path) for path in case.images)
        self._set(row, NAME, case.id, case.id, editable=True)
        self._set(row, IMAGE, _file_words(case.images), files)
        self._set(row, LABEL, "–" if label is None else label.name, "" if label is None else str(label))
        self._set(row, CHECK, check_words(case, checked), "", icon=worst)
        self._set(row, CONFIDENCE, confidence_words(case.confidence), "")
        combo = self._rows[row][1]
        roles = list(role_words())
        for index, role in enumerate(roles):
            possible = case.has_label or role not in LABEL_ROLES
            combo.model().item(index).setEnabled(possible)
        combo.setToolTip("" if case.has_label else _("A case without a label is unlabelled or excluded."))
        if combo.currentIndex != roles.index(case.role):
            combo.setCurrentIndex(roles.index(case.role))

    def _set(
        self, row: int, column: int, text: str, tip: str, *, editable: bool = False, icon: str = ""
    ) -> None:
        item = self._table.item(row, column)
        if item is None:
            item = qt.QTableWidgetItem()
            flags = qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable
            item.setFlags(flags | qt.Qt.ItemIsEditable if editable else flags)
            self._table.setItem(row, column, item)
        if item.text() != text:
            item.setText(text)
        item.setToolTip(tip)
        if column == CHECK:
            item.setIcon(_icon(icon))

    def _role_combo(self, row: int, case: ProjectCase) -> Any:
        combo = qt.QComboBox()
        combo.setObjectName(f"casesRoleOf_{case.id}")
        for words in role_words().values():
            combo.addItem(words)
        combo.setFocusPolicy(qt.Qt.StrongFocus)
        combo.installEventFilter(self._wheel)
        combo.connect("activated(int)", lambda index, case_id=case.id: self._role_chosen(case_id, index))
        self._table.setCellWidget(row, ROLE, combo)
        return combo

    def _role_chosen(self, case_id: str, index: int) -> None:
        if not self._showing:
            self._on_role(case_id, list(role_words())[index])

    def _edited(self, item: Any) -> None:
        if self._showing or item.column() != NAME or item.row() >= len(self._rows):
            return
        case_id, name = self._rows[item.row()][0], item.text().strip()
        if name != case_id:
            self._on_rename(case_id, name)

    def _fit(self, rows: int) -> None:
        """As wide as its content, names shortened; as high as its rows up to a limit."""
        table = self._table
        table.resizeColumnsToContents()
        table.resizeRowsToContents()
        for column, letters in LONGEST.items():
            widest = table.fontMetrics().averageCharWidth() * letters
            if table.columnWidth(column) > widest:
                table.setColumnWidth(column, widest)
        shown = min(rows, ROWS_SHOWN)
        height = table.horizontalHeader().height + sum(table.rowHeight(row) for row in range(shown))
        height += 2 * table.frameWidth + table.fontMetrics().height()
        table.setMinimumHeight(height)
        table.setMaximumHeight(height)
        table.setVisible(rows > 0)


def _file_words(images: Sequence[Path]) -> str:
    if len(images) == 1:
        return images[0].name
    return _("{name} and {count} more").format(name=images[0].name, count=len(images) - 1)


def _icon(severity: str) -> Any:
    """The system's small icon of a severity."""
    kinds = {
        "error": qt.QStyle.SP_MessageBoxCritical,
        "warning": qt.QStyle.SP_MessageBoxWarning,
        "note": qt.QStyle.SP_MessageBoxInformation,
    }
    return slicer.app.style().standardIcon(kinds[severity]) if severity else qt.QIcon()

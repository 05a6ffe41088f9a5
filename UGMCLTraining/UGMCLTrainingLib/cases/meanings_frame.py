"""The frame that asks what values of label files mean, wherever names and codes do not tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import qt
from slicer.i18n import tr as _

from ugmcl.slicer.panel.section import set_text, show_icon
from ugmcl.volumes.segment import Segment
from UGMCLTrainingLib.cases.meanings import (
    BACKGROUND,
    IGNORED,
    SEGMENT,
    Meaning,
    key_of,
    meanings_of,
    with_new,
    words_of,
)
from UGMCLTrainingLib.cases.project import Project

HOW = 3  # column
ROWS_SHOWN = 8


@dataclass(frozen=True)
class Row:
    """One value or name, as far as its meaning is known, and the cases whose label holds it."""

    meaning: Meaning
    cases: tuple[str, ...]


def rows_of(project: Project, *, known_too: bool) -> list[Row]:
    """What is to be asked, or with ``known_too`` everything that labels of the project hold."""
    meanings: dict[str, Meaning] = {}
    cases: dict[str, list[str]] = {}
    for case in project.cases:
        if case.role == "excluded":
            continue
        for meaning in meanings_of(case.entries or (), project.segments, project.meanings):
            key = key_of(meaning.entry)
            meanings.setdefault(key, meaning)
            cases.setdefault(key, []).append(case.id)
    rows = [Row(meaning, tuple(cases[key])) for key, meaning in meanings.items()]
    rows = [row for row in rows if known_too or not row.meaning.target]
    return sorted(rows, key=lambda row: bool(row.meaning.target))


class MeaningsFrame:
    """The frame; ``ui`` has its children, by their names in the .ui."""

    def __init__(self, ui: Any) -> None:
        self.ui = ui
        self._rows: list[Row] = []
        self._segments: tuple[Segment, ...] = ()
        self._combos: list[Any] = []
        table = ui.casesMeaningsTable
        table.setColumnCount(HOW + 1)
        table.setHorizontalHeaderLabels([_("In the file"), _("Cases"), _("Means"), _("Known by")])
        table.horizontalHeader().setSectionResizeMode(2, qt.QHeaderView.Stretch)
        for column in (0, 1, HOW):
            table.horizontalHeader().setSectionResizeMode(column, qt.QHeaderView.ResizeToContents)
        table.verticalHeader().hide()

    def show(self, rows: Sequence[Row], segments: Sequence[Segment]) -> None:
        """Ask about these; what the user has begun to choose stays while the question is the same."""
        self.ui.casesMeaningsFrame.setVisible(bool(rows))
        if list(rows) == self._rows and tuple(segments) == self._segments:
            return
        self._rows, self._segments = list(rows), tuple(segments)
        waiting = sum(not row.meaning.target for row in rows)
        words = _("What do these values of the labels mean? Their cases wait until it is said.")
        set_text(self.ui.casesMeaningsLabel, words if waiting else _("What values of the labels mean:"))
        show_icon(self.ui.casesMeaningsIconLabel, "warning" if waiting else "")
        table = self.ui.casesMeaningsTable
        table.setRowCount(len(rows))
        self._combos = []
        for number, row in enumerate(rows):
            count = str(len(row.cases))
            texts = {0: words_of(row.meaning.entry), 1: count, HOW: _how_words(row.meaning.how)}
            for column, text in texts.items():
                item = qt.QTableWidgetItem(text)
                item.setToolTip(", ".join(row.cases) if column == 1 else text)
                table.setItem(number, column, item)
            self._combos.append(self._combo(number, row))
        table.resizeRowsToContents()
        shown = range(min(len(rows), ROWS_SHOWN))
        height = table.horizontalHeader().height + sum(table.rowHeight(number) for number in shown)
        table.setMinimumHeight(height + 2 * table.frameWidth)
        table.setMaximumHeight(height + 2 * table.frameWidth)

    def answer(self) -> tuple[dict[str, str], tuple[Segment, ...]]:
        """What was said, by `key_of`, and the project's segments with new ones."""
        told: dict[str, str] = {}
        segments = self._segments
        for row, combo in zip(self._rows, self._combos, strict=True):
            text = combo.currentText.strip()
            if not text:
                continue
            target = self._targets(row).get(text, SEGMENT + text)
            name = target[len(SEGMENT) :]
            if target.startswith(SEGMENT) and name not in {segment.name for segment in segments}:
                segments = with_new(segments, name, row.meaning.entry)
            if target != row.meaning.target:
                told[key_of(row.meaning.entry)] = target
        return told, segments

    def _targets(self, row: Row) -> dict[str, str]:
        """Words of the menu, and what they stand for."""
        targets = {segment.name: SEGMENT + segment.name for segment in self._segments}
        name = row.meaning.entry.name or _("segment {value}").format(value=row.meaning.entry.value)
        if name not in targets:
            targets[_("new segment “{name}”").format(name=name)] = SEGMENT + name
        targets[_("ignore (255): not judged, not learnt from")] = IGNORED
        targets[_("background")] = BACKGROUND
        return targets

    def _combo(self, number: int, row: Row) -> Any:
        combo = qt.QComboBox()
        combo.setObjectName(f"casesMeaningOf_{number}")
        combo.setEditable(True)
        combo.setToolTip(_("Choose one, or type the name of a new segment."))
        targets = self._targets(row)
        for words in targets:
            combo.addItem(words)
        chosen = list(targets.values()).index(row.meaning.target) if row.meaning.target else -1
        if chosen < 0 and not self._segments:  # nothing it could be but itself
            chosen = 0
        combo.setCurrentIndex(chosen)
        if chosen < 0:
            combo.setEditText("")
            combo.lineEdit().setPlaceholderText(_("choose, or type a name"))
        combo.lineEdit().setCursorPosition(0)  # a long name is shown from its beginning
        self.ui.casesMeaningsTable.setCellWidget(number, 2, combo)
        return combo


def _how_words(how: str) -> str:
    return {
        "told": _("your choice"),
        "name": _("name"),
        "code": _("terminology"),
        "value": _("value"),
    }.get(how, _("unknown"))

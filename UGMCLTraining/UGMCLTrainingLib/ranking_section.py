"""What to label next: the unlabelled cases in order, and one click to correct the first of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.panel.added_section import AddedSection
from ugmcl.slicer.panel.bindings import ComboBinding
from ugmcl.slicer.panel.section import sentence, set_enabled, set_text
from ugmcl.slicer.panel.words import time_words
from ugmcl.slicer.short_job import ShortJob
from UGMCLTrainingLib.ranking import correction
from UGMCLTrainingLib.ranking.order import (
    FOLDER,
    Order,
    confidence_words,
    count_labelling_round,
    kept_order,
    labelling_rounds,
    order_of,
    score_words,
    strategies,
)

BAR = 1000
ROUNDS = 5  # that the strategies plan with


class RankingSection(AddedSection):
    """What to label next.

    Attributes:
        order: the project's last ranking, or None.
        job: the ranking at work, or None.
    """

    layout_file = "UGMCLTrainingRanking.ui"

    def __init__(self, root: Any, widget: Any) -> None:
        super().__init__(root, widget)
        self.order: Order | None = None
        self.job: ShortJob | None = None
        self._shown: tuple[Any, ...] = ()
        self.strategy = ComboBinding(self.ui.rankingStrategyCombo, "rankingStrategy", strategies())
        self.ui.rankingTable.setColumnCount(5)
        self.ui.rankingTable.setHorizontalHeaderLabels(
            [_("Place"), _("Case"), _("Score"), _("Agreement"), _("Why")]
        )
        self.ui.rankingTable.horizontalHeader().setStretchLastSection(True)
        self.ui.rankingTable.verticalHeader().hide()
        self.ui.rankingTable.connect("itemSelectionChanged()", lambda *_a: self._show_buttons())
        for button, call in (
            (self.ui.rankingButton, self._clicked),
            (self.ui.rankingCorrectButton, self.correct),
            (self.ui.rankingReturnButton, self.take_back),
        ):
            button.connect("clicked(bool)", _without_argument(call))
        self.ui.rankingProgressBar.setRange(0, BAR)
        self.ui.rankingProgressBar.hide()
        set_text(self.ui.rankingMessageLabel, "")

    def connect(self, parameters: Any) -> None:
        super().connect(parameters)
        self._shown = ()
        self.strategy.connect(parameters)

    def disconnect(self) -> None:
        self.strategy.connect(None)
        super().disconnect()

    def enter(self) -> None:
        """Back from the correction: what was approved there is labelled now."""
        self.take_back(silent=True)

    def cleanup(self) -> None:
        if self.job is not None:
            self.job.abandon()
            self.job = None

    def refresh(self) -> None:
        self.strategy.show()
        project = self.widget.project()
        if project is None:
            self.order = None
        elif self._shown[:1] != (str(project.folder),):
            self.order = kept_order(project.folder)
        self._show_table(project)
        self._show_buttons()

    # --- ranking

    def rank(self) -> None:
        """Begin; the order appears when it is there."""
        project = self.widget.project()
        arguments = {
            "dataset": str(project.manifest),
            "model": self.parameters.startModel,
            "strategy": self.parameters.rankingStrategy,
            "round": min(ROUNDS, 1 + labelling_rounds(project.folder)),
            "rounds": ROUNDS,
            "device": self.parameters.device,
            "output": str(project.folder / FOLDER),
            "allow_outside": True,
        }
        folder = project.folder
        self.job = ShortJob(
            "rank", arguments, lambda result: self._ranked(folder, result), self._failed, self._says
        )
        try:
            self.job.start()
        except UserError as fault:
            self._failed(sentence(fault))
        self._show_buttons()

    def _clicked(self) -> None:
        set_text(self.ui.rankingMessageLabel, "")
        if self.job is not None:
            self.job.cancel()
            set_text(self.ui.rankingMessageLabel, _("Stopping…"))
        else:
            self.rank()

    def _says(self, update: Any) -> None:
        progress = update.progress
        share = progress.done / progress.total if progress.total else 0.0
        self.ui.rankingProgressBar.setValue(int(BAR * share))
        words = progress.stage or _("Starting the computation")
        if progress.remaining_s is not None:
            words = _("{stage} – about {time} left").format(
                stage=words, time=time_words(progress.remaining_s)
            )
        set_text(self.ui.rankingMessageLabel, words)

    def _ranked(self, folder: Path, result: dict[str, Any]) -> None:
        self.job = None
        self.order = order_of(result)
        self._shown = ()
        words = _("{count} cases ranked by {model}.").format(
            count=len(self.order.places), model=self.order.model
        )
        if self.order.failed:
            words += " " + _("{count} could not be read: {cases}.").format(
                count=len(self.order.failed), cases=", ".join(sorted(self.order.failed))
            )
        set_text(self.ui.rankingMessageLabel, words)
        project = self.widget.project()
        if project is not None and project.folder == folder:
            self._note_confidence(project)
            self.widget.project_changed()
        self.refresh()

    def _note_confidence(self, project: Any) -> None:
        """The agreement of the passes stands in the table of cases too."""
        found = {place.case: place.confidence for place in self.order.places}
        try:
            project.update(replace(c, confidence=found[c.id]) for c in project.cases if c.id in found)
        except UserError as fault:
            set_text(self.ui.rankingMessageLabel, sentence(fault))

    def _failed(self, text: str) -> None:
        self.job = None
        set_text(self.ui.rankingMessageLabel, text or _("Stopped. What was looked at is kept."))
        self._show_buttons()

    # --- correcting

    def chosen(self) -> str:
        """The case of the selected row, else the first one."""
        rows = self._rows()
        row = self.ui.rankingTable.currentRow()
        return rows[row].case if 0 <= row < len(rows) else (rows[0].case if rows else "")

    def correct(self) -> None:
        """Open the chosen case in the Segmentation module."""
        try:
            correction.open_for_correction(self.widget.project(), self.chosen(), self.parameters.startModel)
        except UserError as fault:
            set_text(self.ui.rankingMessageLabel, sentence(fault))

    def take_back(self, silent: bool = False) -> None:
        """Take approved labels of this project's cases into it; they are labelled then."""
        project = self.widget.project() if self.parameters is not None else None
        if project is None:
            return
        taken, said = [], ""
        for case, node in correction.returned_labels(project):
            try:
                correction.take_label(project, case, node)
                taken.append(case)
            except UserError as fault:
                said = sentence(fault)
        if taken:
            said = _("Labelled now: {cases}. {rest}").format(cases=", ".join(taken), rest=said).strip()
            count_labelling_round(project.folder)
            self.widget.project_changed()
        elif not said and not silent:
            said = _("No approved label waits. In UG-MCL Segmentation, correct the case and hand it over.")
        if said:
            set_text(self.ui.rankingMessageLabel, said)

    # --- painting

    def _rows(self) -> list[Any]:
        """Places whose case is still unlabelled."""
        project = self.widget.project()
        if project is None or self.order is None:
            return []
        open_cases = {case.id for case in project.cases if case.role == "unlabelled"}
        return [place for place in self.order.places if place.case in open_cases]

    def _show_table(self, project: Any) -> None:
        rows = self._rows()
        shown = (
            "" if project is None else str(project.folder),
            tuple(place.case for place in rows),
            self.order,
        )
        if shown == self._shown:
            return
        self._shown = shown
        table = self.ui.rankingTable
        table.setRowCount(len(rows))
        for row, place in enumerate(rows):
            why = place.reason
            if place.alike:
                why = _("{why} (much like {case}, put back)").format(why=why, case=place.alike)
            words = (
                str(row + 1), place.case, score_words(place), confidence_words(place.confidence), why
            )  # fmt: skip
            for column, text in enumerate(words):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(text)
                table.setItem(row, column, item)
        table.resizeColumnsToContents()

    def _show_buttons(self) -> None:
        running = self.job is not None
        project = self.widget.project() if self.parameters is not None else None
        self.ui.rankingButton.setText(_("Stop") if running else _("Rank the unlabelled cases"))
        set_enabled(self.ui.rankingButton, "" if running else self._missing(project))
        self.ui.rankingProgressBar.setVisible(running)
        nothing = "" if self.chosen_possible() else _("Rank the cases first.")
        set_enabled(self.ui.rankingCorrectButton, nothing)
        set_enabled(self.ui.rankingReturnButton, "" if project else _("Open a project first."))

    def chosen_possible(self) -> bool:
        """Whether there is a case to correct."""
        return self.parameters is not None and bool(self._rows())

    def _missing(self, project: Any) -> str:
        """Why nothing can be ranked now."""
        if project is None:
            return _("Open a project first.")
        if not any(case.role == "unlabelled" for case in project.cases):
            return _("No case is unlabelled.")
        if not self.parameters.startModel:
            return _("Choose the model that ranks under “Model and settings”.")
        return "" if self.widget.logic.can_compute() else _("Set up the computation first.")


def _without_argument(call: Any) -> Any:
    return lambda *_args: call()

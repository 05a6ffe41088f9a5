"""Start: what it would take, the last checks, and the run."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.jobs.runs import gpu_holders, runs_at_work
from ugmcl.slicer.panel.added_section import AddedSection
from ugmcl.slicer.panel.section import sentence, set_enabled, set_text, show_icon
from ugmcl.slicer.panel.words import time_words
from ugmcl.slicer.short_job import ShortJob
from UGMCLTrainingLib.plan.estimate import budget_rows, estimate_job, need_words
from UGMCLTrainingLib.plan.request import start_run, why_not
from UGMCLTrainingLib.plan_section import PlanSection

BAR = 1000
BIG = 2.2  # height of the big button in lines of its font


class BeginSection(AddedSection):
    """Estimate and Start.

    Attributes:
        estimate: the last measurement, or None where cases or settings changed since.
        measuring: the measurement at work, or None.
    """

    layout_file = "UGMCLTrainingBegin.ui"

    def __init__(self, root: Any, widget: Any) -> None:
        super().__init__(root, widget)
        self.estimate: dict[str, Any] | None = None
        self.measuring: ShortJob | None = None
        self._measured: tuple[Any, ...] = ()
        self._then_start = False
        ui = self.ui
        ui.beginProgressBar.setRange(0, BAR)
        ui.beginProgressBar.hide()
        ui.beginQuestionFrame.hide()
        ui.beginButton.setMinimumHeight(int(BIG * ui.beginButton.fontMetrics().height()))
        ui.beginTable.setColumnCount(3)
        ui.beginTable.setHorizontalHeaderLabels([_("Budget"), _("Iterations"), _("Time")])
        ui.beginTable.verticalHeader().hide()
        ui.beginTable.horizontalHeader().setStretchLastSection(True)
        ui.beginNameEdit.connect("editingFinished()", self._named)
        for button, call in (
            (ui.beginEstimateButton, self._estimate_clicked),
            (ui.beginButton, self.begin),
            (ui.beginAnywayButton, self._anyway),
            (ui.beginNotNowButton, self._not_now),
        ):
            button.connect("clicked(bool)", lambda *_a, call=call: call())
        self.say("")

    def cleanup(self) -> None:
        if self.measuring is not None:
            self.measuring.abandon()
            self.measuring = None

    def say(self, text: str, kind: str = "information") -> None:
        """A line for the user."""
        set_text(self.ui.beginMessageLabel, text)
        show_icon(self.ui.beginMessageIconLabel, kind if text else "")

    def refresh(self) -> None:
        if self._measured and self._measured != self._state():
            self.estimate, self._measured = None, ()
        if self.ui.beginNameEdit.text != self.parameters.runName:
            self.ui.beginNameEdit.setText(self.parameters.runName)
        self._show_estimate()
        reason = self._reason()
        busy = _("Measuring…") if self.measuring is not None else ""
        set_enabled(self.ui.beginButton, busy or reason)
        set_enabled(self.ui.beginEstimateButton, "" if self.measuring is not None else reason)
        self.ui.beginEstimateButton.setText(_("Stop measuring") if busy else _("Estimate"))
        self.ui.beginProgressBar.setVisible(bool(busy))
        if reason and not self.ui.beginMessageLabel.text:
            self.ui.beginButton.setToolTip(reason)

    # --- what it would take

    def _estimate_clicked(self) -> None:
        self._then_start = False
        if self.measuring is not None:
            self.measuring.cancel()
        else:
            self.measure()

    def measure(self) -> None:
        """Begin to measure."""
        self.say("")
        self._measured = self._state()
        try:
            request = self.widget.section(PlanSection).request()
            self.measuring = estimate_job(request, self._estimated, self._not_estimated, self._says)
            self.measuring.start()
        except UserError as fault:
            self._not_estimated(sentence(fault))
        self.refresh()

    def _says(self, update: Any) -> None:
        progress = update.progress
        share = progress.done / progress.total if progress.total else 0.0
        self.ui.beginProgressBar.setValue(int(BAR * share))
        self.say(progress.stage or _("Starting the computation"))

    def _estimated(self, result: dict[str, Any]) -> None:
        self.measuring, self.estimate = None, result
        self.say("")
        self.refresh()
        if self._then_start:
            self._then_start = False
            self.begin()

    def _not_estimated(self, text: str) -> None:
        self.measuring, self.estimate, self._measured, self._then_start = None, None, (), False
        self.say(text or _("Stopped measuring."), "critical" if text else "information")
        self.refresh()

    def _show_estimate(self) -> None:
        table, found = self.ui.beginTable, self.estimate
        table.setVisible(found is not None)
        if found is None:
            set_text(self.ui.beginNeedLabel, "")
            return
        own = self.widget.section(PlanSection).own().get("iterations")
        rows = budget_rows(found, own)
        table.setRowCount(len(rows))
        for row, (key, words, iterations, seconds) in enumerate(rows):
            chosen = key == self.parameters.budget
            for column, text in enumerate((words, str(iterations), time_words(seconds))):
                item = qt.QTableWidgetItem(text)
                font = item.font()
                font.setBold(chosen)
                item.setFont(font)
                table.setItem(row, column, item)
        table.resizeColumnsToContents()
        height = table.horizontalHeader().height + sum(table.rowHeight(row) for row in range(len(rows))) + 4
        table.setMaximumHeight(height)
        table.setMinimumHeight(height)
        text, _enough = need_words(found, self.widget.project().folder)
        if self.parameters.control:
            text += " " + _("The control takes up to as long again.")
        set_text(self.ui.beginNeedLabel, text)

    # --- starting

    def begin(self) -> None:
        """Start; first measure where the budget needs it, and ask where the computer is taken."""
        if self.estimate is None and self.parameters.budget != "own":
            self._then_start = True
            self.measure()
            return
        if question := _taken():
            self.ui.beginQuestionLabel.setText(question)
            self.ui.beginQuestionFrame.show()
            return
        self._start()

    def _anyway(self) -> None:
        self.ui.beginQuestionFrame.hide()
        self._start()

    def _not_now(self) -> None:
        self.ui.beginQuestionFrame.hide()
        self.say(_("Nothing was started."))

    def _start(self) -> None:
        from UGMCLTrainingLib.runs_section import RunsSection

        iterations = None
        if self.parameters.budget != "own" and self.estimate is not None:
            iterations = int(self.estimate["budgets"][self.parameters.budget]["iterations"])
        try:
            folder, launched = start_run(self.widget.section(PlanSection).request(iterations))
        except UserError as fault:
            self.say(sentence(fault), "critical")
            return
        self.parameters.runName = ""
        self.say(_("The run {name} has begun. Slicer stays free and may be closed.").format(name=folder.name))
        self.widget.section(RunsSection).watch_start(folder, launched)
        self.widget.refresh_soon()

    def _named(self) -> None:
        self.parameters.runName = self.ui.beginNameEdit.text.strip()

    def _reason(self) -> str:
        """Why nothing can be started or measured now."""
        if not self.widget.logic.can_compute():
            return _("Set up the computation first.")
        if reason := why_not(self.widget.project()):
            return reason
        plan = self.widget.section(PlanSection)
        return plan.fault

    def _state(self) -> tuple[Any, ...]:
        """Of what a measurement is true."""
        project = self.widget.project()
        cases = () if project is None else tuple((case.id, case.role) for case in project.cases)
        parameters = self.parameters
        return (
            parameters.startModel, parameters.preset, parameters.settingsJson, parameters.device, cases,
        )  # fmt: skip


def _taken() -> str:
    """The question to ask where another run is at work; "" where the computer is free."""
    holders = gpu_holders()
    if holders:
        return _(
            "The run {name} computes on the graphics card. Two at once take each other's memory and time."
        ).format(name=holders[0].name)
    running = runs_at_work()
    if running:
        return _("The run {name} is at work. Two at once are slower than one after the other.").format(
            name=running[0].name
        )
    return ""

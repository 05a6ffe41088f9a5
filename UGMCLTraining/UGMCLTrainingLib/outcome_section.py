"""Result: whether the new model is better, its report, and its way into the list of models."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.background import Background
from ugmcl.slicer.panel.added_section import AddedSection
from ugmcl.slicer.panel.section import sentence, set_enabled, set_text, show_icon
from UGMCLTrainingLib.outcome.finished import Finished, look_at
from UGMCLTrainingLib.outcome.library_actions import export_to, offer_model
from UGMCLTrainingLib.outcome.report_job import ReportJob

ROWS_SHOWN = 6


class OutcomeSection(AddedSection):
    """The selected run's result.

    Attributes:
        finished: what was found in its folder, None before the first look.
        report_job: a report that is being made again, or None.
    """

    layout_file = "UGMCLTrainingOutcome.ui"

    def __init__(self, root: Any, widget: Any) -> None:
        super().__init__(root, widget)
        self.finished: Finished | None = None
        self.report_job: ReportJob | None = None
        self._look: Background | None = None
        self._work: Background | None = None
        self._seen: tuple[Any, ...] = ()
        for button, call in (
            (self.ui.outcomeReportButton, self.open_report),
            (self.ui.outcomeAgainButton, self.make_report),
            (self.ui.outcomeUseButton, self.use_model),
            (self.ui.outcomeExportButton, self.export),
            (self.ui.outcomeRemoveButton, self.ask_removal),
            (self.ui.outcomeYesButton, self._remove),
            (self.ui.outcomeNoButton, self.ui.outcomeQuestionFrame.hide),
        ):
            button.connect("clicked(bool)", _without_argument(call))
        self.ui.outcomeNameEdit.connect("textChanged(QString)", lambda *_a: self._show_buttons())
        self.ui.outcomeQuestionFrame.hide()
        self._forget()

    def disconnect(self) -> None:
        self._stop()
        self.ui.outcomeTableView.setMRMLTableNode(None)
        super().disconnect()

    def cleanup(self) -> None:
        """A report that is being made goes on without us."""
        self._stop()
        if self.report_job is not None:
            self.report_job.leave()

    def enter(self) -> None:
        self.look()

    # --- showing

    def refresh(self) -> None:
        summary = self._summary()
        folder = self.widget.run()
        seen = (folder, *((summary.state, summary.has_model, summary.has_report) if summary else ()))
        if seen != self._seen:
            if not self._seen or self._seen[0] != folder:
                self._forget()
            self._seen = seen
            self.look()
        self._show_buttons()

    def look(self) -> None:
        """Read the run's folder again, in a thread."""
        if self._look is not None:
            self._look.cancel()
            self._look = None
        folder = self.widget.run()
        if folder is not None:
            self._look = Background(lambda: look_at(folder), self._found, self._failed)

    def _summary(self) -> Any:
        from UGMCLTrainingLib.runs_section import RunsSection

        found = [section for section in self.widget.sections if isinstance(section, RunsSection)]
        return found[0].chosen() if found else None

    def _found(self, finished: Finished) -> None:
        from UGMCLTrainingLib.outcome.table import outcome_table

        self._look = None
        if self.parameters is None or finished.folder != self.widget.run():
            return
        before, self.finished = self.finished, finished
        outcome = finished.outcome
        has_rows = bool(outcome.get("segments"))
        self.ui.outcomeTableView.setVisible(has_rows)
        if has_rows:
            self._show_table(outcome_table(finished.folder, outcome))
        self._show_verdict(finished)
        self._show_model(finished)
        first_model = finished.package is not None and (before is None or before.package is None)
        if before is None or before.folder != finished.folder or first_model:
            self.ui.outcomeNameEdit.setText(finished.package.name if finished.package else "")
            self.ui.outcomeControlBox.setChecked(finished.control)
        self.ui.outcomeContentFrame.setVisible(bool(outcome) or finished.package is not None)
        hint = "" if outcome or finished.package else _("The run has no result yet.")
        set_text(self.ui.outcomeHintLabel, hint or finished.fault)
        self._show_buttons()

    def _show_table(self, node: Any) -> None:
        """Fitted to its content, so that a table of two segments does not fill the panel."""
        view = self.ui.outcomeTableView
        view.setMRMLTableNode(node)
        view.verticalHeader().hide()
        view.resizeColumnsToContents()
        view.resizeRowsToContents()
        rows = min(node.GetTable().GetNumberOfRows(), ROWS_SHOWN)
        height = view.horizontalHeader().height + sum(view.rowHeight(row) for row in range(rows))
        height += 2 * view.frameWidth + view.fontMetrics().height()  # room for a scroll bar
        view.setMinimumHeight(height)
        view.setMaximumHeight(height)

    def _show_verdict(self, finished: Finished) -> None:
        outcome = finished.outcome
        control = outcome.get("control")
        lines = [str(outcome.get("sentence") or "")]
        lines += [str(text) for text in outcome.get("warnings") or () if text != lines[0]]
        lines += [str(control.get("sentence") or "")] if isinstance(control, dict) else []
        if outcome.get("seen_by_choice"):
            lines.append(_("These cases also chose the weights; untouched test cases would tell more."))
        if not outcome and finished.package is not None:
            lines = [_("The model was not compared yet; make the report.")]
        set_text(self.ui.outcomeVerdictLabel, "\n".join(filter(None, lines)))
        icon = "warning" if finished.warns else "information"
        show_icon(self.ui.outcomeIconLabel, icon if any(lines) else "")

    def _show_model(self, finished: Finished) -> None:
        copies = ", ".join(copy.id for copy in finished.copies)
        text = _("In the list of models as {names}.").format(names=copies) if copies else ""
        if not copies and finished.package is not None:
            text = _("This model is not in the list of models yet.")
        set_text(self.ui.outcomeModelLabel, text)

    def _show_buttons(self) -> None:
        finished = self.finished
        summary = self._summary()
        at_work = summary is not None and summary.state in ("running", "queued")
        busy = _("Please wait.") if self._work is not None else ""
        none = "" if finished is not None and finished.package else _("There is no model yet.")
        name = "" if self.ui.outcomeNameEdit.text.strip() else _("Give the model a name.")
        report = finished is not None and finished.report is not None
        again = none or (_("The run is at work.") if at_work else "")
        making = self.report_job is not None
        for control, reason in (
            (self.ui.outcomeReportButton, "" if report else _("There is no report yet.")),
            (self.ui.outcomeAgainButton, "" if making else again),
            (self.ui.outcomeControlBox, again or (_("The report is being made.") if making else "")),
            (self.ui.outcomeUseButton, none or busy or name),
            (self.ui.outcomeExportButton, none or busy),
            (
                self.ui.outcomeRemoveButton,
                busy or ("" if self._copy() else _("It is not in the list of models.")),
            ),
        ):
            set_enabled(control, reason)
        self.ui.outcomeAgainButton.setText(_("Cancel") if making else _("Make the report again"))

    # --- buttons

    def open_report(self) -> None:
        """In the browser."""
        if self.finished is not None and self.finished.report is not None:
            qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(self.finished.report)))

    def make_report(self) -> None:
        """Measure and compare again, as a job; pressed again, stop it."""
        if self.report_job is not None:
            self.report_job.cancel()
            return
        job = ReportJob(
            self.widget.run(), self.ui.outcomeControlBox.checked, self._report_says, self._report_ended
        )
        try:
            job.start()
        except UserError as fault:
            self._say(sentence(fault), "critical")
            return
        self.report_job = job
        self._say(_("Making the report…"))
        self._show_buttons()

    def use_model(self) -> None:
        """Into the list of models, under the name that is shown."""
        from ugmcl.models.registration import register_run_model

        folder, name = self.widget.run(), self.ui.outcomeNameEdit.text.strip()
        self._do(lambda: register_run_model(folder, name), self._registered)

    def export(self, file: Path | None = None) -> None:
        """As a zip; asks for its place where none is given."""
        package = self._copy() or self.finished.package
        if file is None:
            chosen = qt.QFileDialog.getSaveFileName(
                self.root, _("Export the model"), f"{package.id}.zip", _("Model (*.zip)")
            )
            chosen = chosen[0] if isinstance(chosen, tuple) else chosen
            if not chosen:
                return
            file = Path(chosen if chosen.lower().endswith(".zip") else f"{chosen}.zip")
        target = file
        text = _("The model was written to {file}.").format(file=target)
        self._do(lambda: export_to(package, target), lambda _path: self._say(text))

    def ask_removal(self) -> None:
        """The question before the model leaves the list."""
        text = _("Delete {name} from the list of models? The run keeps its own copy.")
        self.ui.outcomeQuestionLabel.setText(text.format(name=self._copy().id))
        self.ui.outcomeQuestionFrame.show()

    # --- inside

    def _copy(self) -> Any:
        """The model's copy in the list: that of the name that is shown, else the first; None for none."""
        copies = self.finished.copies if self.finished is not None else ()
        name = self.ui.outcomeNameEdit.text.strip()
        named = [copy for copy in copies if copy.name == name]
        return next(iter([*named, *copies]), None)

    def _remove(self) -> None:
        from ugmcl.models.exchange import remove_model

        self.ui.outcomeQuestionFrame.hide()
        model_id = self._copy().id
        self._do(lambda: remove_model(model_id), lambda _path: self._removed(model_id))

    def _registered(self, package: Any) -> None:
        offer_model(package.id)
        text = _("{name} is in the list of the Segmentation module now.")
        self._say(text.format(name=package.id))
        self.look()

    def _removed(self, model_id: str) -> None:
        offer_model("")
        self._say(_("{name} was deleted from the list of models.").format(name=model_id))
        self.look()

    def _report_says(self, stage: str) -> None:
        if stage:
            self._say(_("Making the report: {stage}").format(stage=stage))

    def _report_ended(self, fault: str) -> None:
        self.report_job = None
        self._say(fault or _("The report was made."), "critical" if fault else "information")
        self.look()
        self._show_buttons()

    def _do(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """In a thread, one thing at a time."""
        self.ui.outcomeQuestionFrame.hide()
        self._say("")

        def ended(value: Any) -> None:
            self._work = None
            done(value)
            self._show_buttons()

        def failed(fault: BaseException) -> None:
            self._work = None
            self._failed(fault)

        self._work = Background(work, ended, failed)
        self._show_buttons()

    def _failed(self, fault: BaseException) -> None:
        self._look = None
        if not isinstance(fault, UserError):
            logging.error("UG-MCL: %s", fault, exc_info=fault)
        self._say(sentence(fault) if isinstance(fault, UserError) else str(fault), "critical")
        self._show_buttons()

    def _say(self, text: str, kind: str = "information") -> None:
        set_text(self.ui.outcomeMessageLabel, text)
        show_icon(self.ui.outcomeMessageIconLabel, kind if text else "")

    def _stop(self) -> None:
        for work in (self._look, self._work):
            if work is not None:
                work.cancel()
        self._look = self._work = None
        self._seen = ()

    def _forget(self) -> None:
        """Nothing of the run before stays."""
        self.finished = None
        self.ui.outcomeQuestionFrame.hide()
        self.ui.outcomeContentFrame.hide()
        self.ui.outcomeTableView.setMRMLTableNode(None)
        self._say("")
        set_text(self.ui.outcomeHintLabel, _("Select a run above."))


def _without_argument(call: Callable[[], Any]) -> Callable[..., None]:
    return lambda *_args: call()

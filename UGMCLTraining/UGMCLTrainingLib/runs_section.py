"""Runs: what was started, in which state it is, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.background import Background
from ugmcl.slicer.panel.added_section import AddedSection
from ugmcl.slicer.panel.section import sentence, set_enabled, set_text
from ugmcl.slicer.panel.words import size_words
from UGMCLTrainingLib.runs import words
from UGMCLTrainingLib.runs.ending import Endings
from UGMCLTrainingLib.runs.listing import RunListing
from UGMCLTrainingLib.runs.starting import Starts
from UGMCLTrainingLib.runs.table import RunTable


class RunsSection(AddedSection):
    """The list of runs.

    Attributes:
        summaries: of all runs, as they were at the last look.
    """

    layout_file = "UGMCLTrainingRuns.ui"

    def __init__(self, root: Any, widget: Any) -> None:
        super().__init__(root, widget)
        self.summaries: list[Any] = []
        self._yes: Callable[[], None] | None = None
        self._asked_about: Path | None = None
        self._deleting: Any = None
        self._table = RunTable(self.ui.runsTable, self.state_words, self._choose)
        self._endings = Endings(lambda _folder: self.listing.look(), self._not_ended)
        self._starts = Starts(lambda _folder: self.listing.look(), self._never_began)
        self.listing = RunListing(self._places, self._listed, self._not_listed)
        for button, call in (
            (self.ui.runsPauseButton, lambda: self.end("paused")),
            (self.ui.runsStopButton, lambda: self.end("cancelled")),
            (self.ui.runsResumeButton, self.resume),
            (self.ui.runsFolderButton, self.open_folder),
            (self.ui.runsDuplicateButton, self.duplicate),
            (self.ui.runsDeleteButton, self.ask_delete),
            (self.ui.runsOpenButton, self.open_run),
            (self.ui.runsYesButton, self._answer_yes),
            (self.ui.runsNoButton, self._close_question),
        ):
            button.connect("clicked(bool)", _without_argument(call))
        self.ui.runsQuestionFrame.hide()
        set_text(self.ui.runsMessageLabel, "")
        self._table.show([], None)

    # --- following

    def connect(self, parameters: Any) -> None:
        super().connect(parameters)
        self.listing.start()

    def disconnect(self) -> None:
        self.listing.stop()
        self._close_question()
        super().disconnect()

    def enter(self) -> None:
        self.listing.start()
        self.listing.look()

    def cleanup(self) -> None:
        """Runs go on without us, and what was asked of them happens."""
        self.listing.stop()
        self._endings.forget()
        self._starts.forget()
        if self._deleting is not None:
            self._deleting.cancel()

    def refresh(self) -> None:
        if self.widget.run() != self._asked_about:
            self._close_question()  # it was about another run
        self._table.show(self.summaries, self.widget.run())
        chosen = self.chosen()
        state = self.state(chosen) if chosen is not None else ""
        none = "" if chosen is not None else _("Select a run first.")
        asked = self._endings.asked(chosen.folder) if chosen is not None else ""
        at_work = state in words.AT_WORK
        ending = _("It is being ended.") if asked else ""
        idle = "" if at_work else _("This run is not at work.")
        busy = _("It is at work; pause or stop it first.") if at_work else ""
        done = _("This run is done.") if state == "done" else ""
        for button, reason in (
            (self.ui.runsPauseButton, none or ending or idle),
            (self.ui.runsStopButton, none or ending or idle),
            (self.ui.runsResumeButton, none or busy or done),
            (self.ui.runsFolderButton, none),
            (self.ui.runsDuplicateButton, none),
            (self.ui.runsDeleteButton, none or busy or (_("It is being deleted.") if self._deleting else "")),
        ):
            set_enabled(button, reason)

    # --- for other sections

    def chosen(self) -> Any:
        """Summary of the selected run, or None."""
        folder = self.widget.run()
        return next((summary for summary in self.summaries if summary.folder == folder), None)

    def state(self, summary: Any) -> str:
        """As the library says, and "queued" for a process that was started a moment ago."""
        return "queued" if self._starts.waiting(summary.folder) is not None else str(summary.state)

    def state_words(self, summary: Any) -> str:
        """The state for the user."""
        asked = self._endings.asked(summary.folder)
        if self._starts.waiting(summary.folder) is not None and not asked:
            return _("about to begin")
        return words.state_words(summary, asked)

    def watch_start(self, folder: Path, launched: Any) -> None:
        """A run was started here: list and choose it, and say so if its process never begins."""
        self._starts.watch(folder, launched)
        set_text(self.ui.runsMessageLabel, "")
        self.widget.select_run(folder)
        self.listing.look()

    # --- buttons

    def end(self, reason: str) -> None:
        """Pause ("paused") or stop ("cancelled") the selected run."""
        folder = self.widget.run()
        self._endings.ask(folder, reason, self._starts.waiting(folder))
        set_text(self.ui.runsMessageLabel, "")
        self.refresh()

    def resume(self, ask: bool = True) -> None:
        """Go on with the selected run; asks first where another one computes on the graphics card."""
        from ugmcl.jobs.runs import gpu_holders
        from UGMCLTrainingLib.runs.resuming import resume_run, uses_gpu

        folder = self.widget.run()
        others = [run for run in gpu_holders() if run.folder != folder] if ask and uses_gpu(folder) else []
        if others:
            text = _(
                "The run {name} computes on the graphics card. Two at once take each other's memory and time."
            )
            self._ask(text.format(name=others[0].name), _("Resume all the same"), lambda: self.resume(False))
            return
        try:
            self.watch_start(folder, resume_run(folder))
        except UserError as fault:
            set_text(self.ui.runsMessageLabel, sentence(fault))

    def open_folder(self) -> None:
        """Show the files."""
        qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(self.widget.run())))

    def duplicate(self) -> None:
        """Take the selected run's settings for the next one."""
        from UGMCLTrainingLib.runs.duplicate import duplicate_settings

        try:
            duplicate_settings(self.widget.run(), self.parameters)
        except UserError as fault:
            set_text(self.ui.runsMessageLabel, sentence(fault))
            return
        text = _("The settings above are those of {name} now.")
        set_text(self.ui.runsMessageLabel, text.format(name=self.widget.run().name))

    def ask_delete(self) -> None:
        """The question before a run is deleted."""
        chosen = self.chosen()
        text = _("Delete the run {name} with its checkpoints and report ({size}): {folder}?")
        size = size_words(chosen.disk_bytes or 0)
        self._ask(
            text.format(name=chosen.name, size=size, folder=chosen.folder),
            _("Delete"),
            lambda: self._delete(chosen.folder),
        )

    def open_run(self, folder: Path | None = None) -> None:
        """List a run of any folder, and choose it; asks for the folder where none is given."""
        from ugmcl.jobs.runs import is_run
        from UGMCLTrainingLib.runs.remembered import remember_run

        if folder is None:
            chosen = qt.QFileDialog.getExistingDirectory(self.root, _("Folder of a run"), "")
            if not chosen:
                return
            folder = Path(chosen)
        if not is_run(folder):
            text = _("{folder}: this folder holds no run. Choose the folder that holds its checkpoints.")
            set_text(self.ui.runsMessageLabel, text.format(folder=folder))
            return
        remember_run(folder)
        set_text(self.ui.runsMessageLabel, "")
        self.widget.select_run(folder)
        self.listing.look()

    # --- inside

    def _places(self) -> list[Path]:
        """Where runs lie besides those that this computer's jobs know."""
        from UGMCLTrainingLib.runs.remembered import opened_runs

        project = self.widget.project() if self.parameters is not None else None
        return [*([project.runs_folder] if project is not None else []), *opened_runs()]

    def _listed(self, summaries: list[Any]) -> None:
        before = self.chosen()
        self.summaries = summaries
        if self.parameters is None:
            return
        self.refresh()
        after = self.chosen()
        if _figures(before) != _figures(after):
            self.widget.refresh_soon()  # the sections below show the selected run

    def _not_listed(self, fault: BaseException) -> None:
        set_text(
            self.ui.runsMessageLabel, _("The runs cannot be listed: {fault}").format(fault=_words(fault))
        )

    def _choose(self, folder: Path) -> None:
        self._close_question()
        set_text(self.ui.runsMessageLabel, "")
        self.widget.select_run(folder)

    def _not_ended(self, folder: Path, fault: BaseException) -> None:
        set_text(self.ui.runsMessageLabel, _("{name}: {fault}").format(name=folder.name, fault=_words(fault)))
        self.listing.look()

    def _never_began(self, folder: Path, reason: str) -> None:
        text = _("{name} could not begin: {reason}").format(name=folder.name, reason=reason)
        set_text(self.ui.runsMessageLabel, text)
        self.listing.look()

    def _delete(self, folder: Path) -> None:
        from ugmcl.jobs.runs import delete_run

        self._deleting = Background(
            lambda: delete_run(folder),
            lambda _none: self._deleted(folder),
            lambda fault: self._deleted(folder, fault),
        )
        self.refresh()

    def _deleted(self, folder: Path, fault: BaseException | None = None) -> None:
        from UGMCLTrainingLib.runs.remembered import forget_run

        self._deleting = None
        if fault is not None:
            set_text(self.ui.runsMessageLabel, _words(fault))
        else:
            forget_run(folder)
            set_text(self.ui.runsMessageLabel, _("{name} was deleted.").format(name=folder.name))
            if self.parameters is not None and self.widget.run() == folder:
                self.widget.select_run(None)
        self.listing.look()

    def _ask(self, text: str, yes: str, action: Callable[[], None]) -> None:
        self._yes, self._asked_about = action, self.widget.run()
        self.ui.runsQuestionLabel.setText(text)
        self.ui.runsYesButton.setText(yes)
        self.ui.runsQuestionFrame.show()
        set_text(self.ui.runsMessageLabel, "")

    def _answer_yes(self) -> None:
        action = self._yes
        self._close_question()
        if action is not None:
            action()

    def _close_question(self) -> None:
        self._yes = None
        self.ui.runsQuestionFrame.hide()


def _figures(summary: Any) -> tuple[Any, ...]:
    """What tells the sections below that they have to look again."""
    return () if summary is None else (summary.folder, summary.state, summary.has_model, summary.has_report)


def _words(fault: BaseException) -> str:
    return sentence(fault) if isinstance(fault, UserError) else str(fault)


def _without_argument(call: Callable[[], None]) -> Callable[..., None]:
    return lambda *_args: call()

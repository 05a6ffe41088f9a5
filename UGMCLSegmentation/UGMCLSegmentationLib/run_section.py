"""The big button, progress with stage and remaining time, messages, log."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.panel.section import Section, sentence, set_enabled, set_text, show_icon
from ugmcl.slicer.panel.words import time_words
from UGMCLSegmentationLib.logic import NeedsSetUp
from UGMCLSegmentationLib.request import request_from_parameters
from UGMCLSegmentationLib.segmentation_run import Listener, SegmentationRun

BAR = 1000  # steps of the progress bar
BIG = 2.2  # height of the big button in lines of its font


class RunSection(Section):
    """Segment and Cancel.

    Attributes:
        run: the present or last SegmentationRun.
    """

    def __init__(self, root: Any, widget: Any) -> None:
        super().__init__(root, widget)
        self.run: SegmentationRun | None = None
        self._diagnostics: Any = None  # must live until its text is there
        self.ui.segmentButton.connect("clicked(bool)", lambda *_a: self._clicked())
        self.ui.setUpButton.connect("clicked(bool)", lambda *_a: self.widget.open_set_up())
        self.ui.copyDiagnosticsButton.connect("clicked(bool)", lambda *_a: self._copy_diagnostics())
        self.ui.segmentButton.setMinimumHeight(int(BIG * self.ui.segmentButton.fontMetrics().height()))
        self.ui.progressBar.setRange(0, BAR)
        self.ui.progressBar.hide()
        for label in (self.ui.stageLabel, self.ui.messageLabel):
            label.hide()
        self.say("")

    @property
    def running(self) -> bool:
        """A segmentation is at work."""
        return self.run is not None and not self.run.ended

    def refresh(self) -> None:
        self._show_button()
        needs = not self.running and not self.widget.logic.can_compute()
        self.ui.setUpButton.setVisible(needs)

    def say(self, text: str, kind: str = "") -> None:
        """A line for the user: kind "information", "warning", "critical"; an empty text removes it."""
        set_text(self.ui.messageLabel, text)
        show_icon(self.ui.messageIconLabel, kind if text else "")

    def begin(self) -> None:
        """Start with the present settings, as the button does; nothing where none can be started."""
        if not self.running and not self._missing():
            self._start()

    def cancel(self) -> None:
        """Stop the present run, if there is one."""
        if self.running:
            self.run.cancel()
            if self.running:
                self._show_button()

    def cleanup(self) -> None:
        self.cancel()

    def _clicked(self) -> None:
        if self.running:
            self.cancel()
        else:
            self._start()

    def _start(self) -> None:
        from ugmcl.slicer.gpu_share import device_beside_trainings

        self.say(device_beside_trainings(self.parameters.device)[1], "information")
        self.ui.logText.clear()
        self.ui.commandLine.setText("")
        listener = Listener(
            on_progress=self._progress,
            on_log=self._log,
            on_command=self._command,
            on_done=self._done,
            on_failed=self._failed,
            on_cancelled=self._cancelled,
        )
        try:
            self.run = self.widget.logic.start(request_from_parameters(self.parameters), listener)
        except NeedsSetUp as need:
            self.say(sentence(need), "information")
            self.widget.open_set_up(ask=True)
        except UserError as fault:
            self.say(sentence(fault), "critical")
        self._show_button()

    def _progress(self, stage: str, share: float, remaining_s: float | None) -> None:
        self.ui.progressBar.setValue(int(BAR * share))
        text = stage
        if remaining_s is not None:
            text = _("{stage} – about {time} left").format(stage=stage, time=time_words(remaining_s))
        if self.ui.stageLabel.text != text:
            self.ui.stageLabel.setText(text)

    def _log(self, text: str) -> None:
        self.ui.logText.appendPlainText(text.rstrip("\n"))

    def _command(self, text: str) -> None:
        self.ui.commandLine.setText(text)
        self.ui.commandLine.setCursorPosition(0)

    def _done(self, nodes: Any) -> None:
        from UGMCLSegmentationLib.located_region import show_located

        self._show_button()
        self.widget.show_result(nodes)
        if text := show_located(nodes, self.parameters):
            self.say(text, "information")

    def _failed(self, message: str) -> None:
        self._show_button()
        self.say(message, "critical")

    def _cancelled(self) -> None:
        self._show_button()
        self.say(_("Cancelled. Nothing was changed."), "information")

    def _show_button(self) -> None:
        """Segment or Cancel in the same place; disabled with its reason below."""
        button, running = self.ui.segmentButton, self.running
        stopping = running and self.run.state == "stopping"
        reason = _("Stopping…") if stopping else "" if running else self._missing()
        button.setText(_("Cancel") if running else _("Segment"))
        set_enabled(button, reason)
        self.ui.progressBar.setVisible(running)
        if not running:
            set_text(self.ui.stageLabel, reason)
        else:
            self.ui.stageLabel.show()
            if stopping:
                self.ui.stageLabel.setText(reason)

    def _missing(self) -> str:
        """Why nothing can be segmented now."""
        if self.parameters is None:
            return _("Choose a volume first.")
        if self.parameters.inputVolume is None:
            return _("Choose a volume first.")
        try:
            request_from_parameters(self.parameters)
        except UserError as fault:
            return sentence(fault)
        return ""

    def _copy_diagnostics(self) -> None:
        from ugmcl.slicer.diagnostics import collect_diagnostics

        set_enabled(self.ui.copyDiagnosticsButton, _("Collecting…"))
        self._diagnostics = collect_diagnostics(self._copied)

    def _copied(self, text: str) -> None:
        set_enabled(self.ui.copyDiagnosticsButton, "")
        slicer.app.clipboard().setText(text)
        self.say(
            _("The diagnostics are on the clipboard; they hold no names of people or files."), "information"
        )

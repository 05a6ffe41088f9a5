"""Live: the selected run's progress, curves, log, alarms, and a preview of what it has learnt."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.jobs.follow import SILENT_SECONDS
from ugmcl.slicer.panel.added_section import AddedSection
from ugmcl.slicer.panel.bindings import ComboBinding
from ugmcl.slicer.panel.section import sentence, set_enabled, set_text, show_icon
from ugmcl.slicer.panel.words import time_words
from UGMCLTrainingLib.live.chart import LiveChart
from UGMCLTrainingLib.live.following import Following
from UGMCLTrainingLib.live.look import MOST_LINES, Live
from UGMCLTrainingLib.live.plots import axis_title, caption, choices, lines_of
from UGMCLTrainingLib.live.preview_nodes import Preview

BAR = 1000


class LiveSection(AddedSection):
    """The live view of one run."""

    layout_file = "UGMCLTrainingLive.ui"

    def __init__(self, root: Any, widget: Any) -> None:
        super().__init__(root, widget)
        self._following = Following(self._show, self._lost)
        self._chart = LiveChart(self.ui.livePlotView)
        self._preview = Preview(self._preview_shown, self._preview_failed)
        self._plot = ComboBinding(self.ui.livePlotCombo, "livePlot", choices())
        self._drawn: tuple[str, Path | None] = ("", None)
        self._newest_preview: Path | None = None
        self.ui.liveLogEdit.setMaximumBlockCount(MOST_LINES)
        self.ui.livePreviewButton.connect("clicked(bool)", lambda *_a: self.show_preview())
        self.ui.liveRemovePreviewButton.connect("clicked(bool)", lambda *_a: self.remove_preview())
        self.ui.liveFollowPreviewBox.connect("toggled(bool)", lambda *_a: self._show_newer_preview())
        self.ui.liveCollapsibleButton.connect("contentsCollapsed(bool)", widget.refresh_soon)
        self._forget()

    def connect(self, parameters: Any) -> None:
        super().connect(parameters)
        self._plot.connect(parameters)

    def disconnect(self) -> None:
        self._stop()
        self._plot.connect(None)
        self._chart.remove()
        self._preview.remove()
        super().disconnect()

    def cleanup(self) -> None:
        self._stop()
        self._preview.stop()

    def refresh(self) -> None:
        self._plot.show()
        folder = self.widget.run()
        shown = folder is not None and not self.ui.liveCollapsibleButton.collapsed
        if shown and folder != self._following.folder:
            self._forget()
        if self._preview.file is not None and folder not in self._preview.file.parents:
            self._preview.remove()  # of another run
        if not shown:
            self._stop()
        self._following.follow(folder if shown else None)
        if self._drawn[0] and self._drawn[0] != self.parameters.livePlot:
            self._following.look_now()
        self.ui.liveContentFrame.setVisible(folder is not None)
        set_text(self.ui.liveHintLabel, "" if folder is not None else _("Select a run above."))
        self._show_preview_buttons()

    # --- preview

    def show_preview(self) -> None:
        """The newest preview into the scene."""
        if self._newest_preview is not None:
            set_text(self.ui.livePreviewLabel, _("Reading the preview…"))
            self._preview.show(self._newest_preview)

    def remove_preview(self) -> None:
        """Out of the scene; no newer one comes by itself."""
        self.ui.liveFollowPreviewBox.setChecked(False)
        self._preview.remove()
        set_text(self.ui.livePreviewLabel, "")
        self._show_preview_buttons()

    def _show_newer_preview(self) -> None:
        newer = self._newest_preview is not None and self._newest_preview != self._preview.file
        if self.ui.liveFollowPreviewBox.checked and newer and not self._preview.busy:
            self.show_preview()

    def _preview_shown(self, steps: int) -> None:
        text = _("Shown: what the network found after {steps} steps.")
        set_text(self.ui.livePreviewLabel, text.format(steps=steps))
        self._show_preview_buttons()

    def _preview_failed(self, fault: BaseException) -> None:
        text = sentence(fault) if isinstance(fault, UserError) else str(fault)
        set_text(self.ui.livePreviewLabel, _("The preview cannot be shown: {fault}").format(fault=text))

    def _show_preview_buttons(self) -> None:
        none = _("This run has written no preview yet; it does where previews are chosen in its settings.")
        set_enabled(self.ui.livePreviewButton, "" if self._newest_preview is not None else none)
        set_enabled(self.ui.liveRemovePreviewButton, "" if self._preview.shown else _("No preview is shown."))

    # --- the run

    def _show(self, live: Live) -> None:
        if self.parameters is None:
            return
        self._show_progress(live)
        self._show_alarms(live)
        for line in live.lines:
            self.ui.liveLogEdit.appendPlainText(line)
        drawn = (self.parameters.livePlot, self._following.folder)
        if live.curves_changed or drawn != self._drawn:
            self._draw(live)
            self._drawn = drawn
        if live.preview != self._newest_preview:
            self._newest_preview = live.preview
            self._show_preview_buttons()
        self._show_newer_preview()

    def _show_progress(self, live: Live) -> None:
        running = live.state == "running"
        share = live.done / live.total if live.total else 0.0
        self.ui.liveProgressBar.setValue(round(BAR * share))
        steps = _("{done} of {all} steps").format(done=round(live.done), all=round(live.total or 0))
        parts = [live.stage] if running and live.stage else []
        parts += [steps] if live.total else []
        if running and live.remaining_s is not None:
            parts.append(_("about {time} left").format(time=time_words(live.remaining_s)))
        if live.device:
            parts.append(live.device)
        set_text(self.ui.liveStageLabel, " · ".join(parts))
        silent = ""
        if running and live.silent_s >= SILENT_SECONDS:
            silent = _("No sign of life for {time}. It may be busy with something long, or hang.")
            silent = silent.format(time=time_words(live.silent_s))
        set_text(self.ui.liveSilentLabel, silent or live.error)

    def _show_alarms(self, live: Live) -> None:
        alarms = live.alarms.shown()
        text = "\n".join(f"{alarm.text.rstrip('.')}." for alarm in alarms)
        if text != self.ui.liveAlarmLabel.text:
            set_text(self.ui.liveAlarmLabel, text)
        show_icon(self.ui.liveAlarmIconLabel, live.alarms.icon())

    def _draw(self, live: Live) -> None:
        choice = self.parameters.livePlot
        if choice not in self._plot.values:
            choice = self._plot.values[0]
        lines = lines_of(choice, live.curves)
        self._chart.show(lines, axis_title(choice), self.parameters.parameterNode)
        set_text(self.ui.livePlotHintLabel, caption(lines) or _("No values of this kind yet."))

    def _lost(self, fault: BaseException) -> None:
        if not isinstance(fault, OSError | UserError):
            logging.error("UG-MCL: %s", fault, exc_info=fault)
        text = _("The run's folder cannot be read now: {fault}").format(fault=fault)
        set_text(self.ui.liveSilentLabel, text)

    def _stop(self) -> None:
        self._following.stop()
        self._drawn = ("", None)

    def _forget(self) -> None:
        """Nothing of the run before stays."""
        self._newest_preview = None
        self._drawn = ("", None)
        self.ui.liveProgressBar.setValue(0)
        self.ui.liveLogEdit.clear()
        for label in (
            self.ui.liveStageLabel, self.ui.liveSilentLabel, self.ui.liveAlarmLabel,
            self.ui.livePlotHintLabel, self.ui.livePreviewLabel,
        ):  # fmt: skip
            set_text(label, "")
        show_icon(self.ui.liveAlarmIconLabel, "")
        self.ui.livePlotView.setVisible(False)

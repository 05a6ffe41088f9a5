"""Review: how sure, where to look, accept or correct, log, hand over for training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ctk
import qt
import slicer
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.slicer.panel.added_section import AddedSection
from ugmcl.slicer.panel.section import set_enabled, set_text
from UGMCLSegmentationLib.review import log, panel_tables, region_table
from UGMCLSegmentationLib.review.confidence_words import confidence_rows
from UGMCLSegmentationLib.review.plot_panel import PlotPanel
from UGMCLSegmentationLib.segmentation_run import report_of


class ReviewSection(AddedSection):
    """Everything that was decided lives in nodes of the scene; the section only shows it."""

    layout_file = "UGMCLSegmentationReview.ui"

    def __init__(self, root: Any, widget: Any) -> None:
        super().__init__(root, widget)
        self._shown: tuple[Any, ...] = ()
        self._outlined: tuple[str, int] = ("", 0)
        self._showing = False
        self._steps: Any = None
        ui = self.ui
        self.plot = PlotPanel(ui.slicePlotView, self._no_plot)
        panel_tables.set_up_tables(ui.confidenceTable, ui.regionTable)
        ui.handOverFolderEdit.filters = ctk.ctkPathLineEdit.Dirs
        for button, action in (
            (ui.nextRegionButton, self.next_region),
            (ui.previousRegionButton, self.previous_region),
            (ui.acceptRegionButton, self.accept_region),
            (ui.acceptAllButton, self.accept_all),
            (ui.correctButton, self.correct),
            (ui.correctedButton, self.corrected),
            (ui.saveLogButton, self.choose_log_file),
            (ui.handOverButton, self.hand_over),
        ):
            button.connect("clicked(bool)", lambda _on, act=action: act())
        ui.regionTable.connect("itemSelectionChanged()", self._row_chosen)

    # --- panel

    def enter(self) -> None:
        """Back from the Segment Editor: what is edited there from now on is not limited by us."""
        from UGMCLSegmentationLib.review.segment_editor import end_limit

        end_limit()

    def disconnect(self) -> None:
        self.cleanup()
        self._shown, self._outlined = (), ("", 0)
        super().disconnect()

    def cleanup(self) -> None:
        self.plot.stop()
        if self._steps is not None:
            self._steps.cancel()
            self._steps = None

    def refresh(self) -> None:
        nodes = self.widget.result()
        report = report_of(nodes) if nodes else {}
        rows = region_table.region_rows(nodes, report) if nodes else []
        key = (nodes.segmentation.GetID() if nodes else "", tuple(rows))
        if key != self._shown:
            if (
                self._shown and self._shown[0] and key[0] != self._shown[0]
            ):  # another result: no region of it is chosen yet
                self.parameters.currentRegion = 0
                set_text(self.ui.reviewMessageLabel, "")
            self._shown = key
            panel_tables.show_confidence(self.ui.confidenceTable, confidence_rows(report) if report else [])
            self._showing = True
            panel_tables.show_regions(self.ui.regionTable, rows)
            self._showing = False
        current = self.parameters.currentRegion
        current = current if any(row.rank == current for row in rows) else 0
        self.plot.show(nodes, self.parameters.parameterNode)
        self._select(current)
        self._outline(nodes, current)
        self._show_summary(nodes, rows)
        self._enable(nodes, rows, current)

    def _show_summary(self, nodes: Any, rows: list[region_table.RegionRow]) -> None:
        if not nodes:
            set_text(self.ui.reviewSummaryLabel, _("There is no result to review yet."))
            return
        counts = {state: sum(row.state == state for row in rows) for state in region_table.STATES}
        text = _("{left} to look at, {accepted} accepted, {corrected} corrected.").format(
            left=counts[region_table.OPEN],
            accepted=counts[region_table.ACCEPTED],
            corrected=counts[region_table.CORRECTED],
        )
        if not rows:
            text = _("No region stands out. That is no proof: look through the outline all the same.")
        if log.whole_accepted(log.log_rows(nodes.segmentation)):
            text += " " + _("The whole result was accepted.")
        set_text(self.ui.reviewSummaryLabel, text)

    def _enable(self, nodes: Any, rows: list[region_table.RegionRow], current: int) -> None:
        ui = self.ui
        none = "" if nodes else _("There is no result yet.")
        working = _("The last step is not finished yet.") if self.busy else ""
        no_region = none or ("" if rows else _("There is no uncertain region."))
        no_choice = no_region or working or ("" if current else _("Choose a region first."))
        for button in (ui.nextRegionButton, ui.previousRegionButton):
            set_enabled(button, no_region)
        set_enabled(ui.acceptRegionButton, no_choice)
        for button in (ui.acceptAllButton, ui.correctButton):
            set_enabled(button, none or working)
        limit = none
        if nodes and nodes.uncertainty is None:
            limit = _("There is no uncertainty volume.")
        elif nodes and self.parameters.overlayThreshold <= 0.0:
            limit = _("Hide below (under Result) is 0, so nothing would be limited.")
        set_enabled(ui.limitCheckBox, limit)
        copied = nodes is not None and nodes.segmentation.GetNodeReference("UGMCL.corrected") is not None
        uncorrected = none or ("" if copied else _("Nothing was corrected yet."))
        set_enabled(ui.correctedButton, uncorrected or working)
        decided = nodes and bool(log.log_rows(nodes.segmentation))
        undecided = none or ("" if decided else _("Accept or correct something first."))
        set_enabled(ui.saveLogButton, undecided)
        set_enabled(ui.handOverButton, undecided or working)

    # --- regions

    def next_region(self) -> None:
        """To the next region that nobody has decided about (shortcut N)."""
        self._step(1)

    def previous_region(self) -> None:
        """Back (shortcut Shift+N)."""
        self._step(-1)

    def _step(self, step: int) -> None:
        rank = region_table.next_open(self._rows(), self.parameters.currentRegion, step)
        if rank:
            self.go_to(rank)

    def go_to(self, rank: int) -> None:
        """All slices to a region, which is outlined."""
        from ugmcl.slicer.jump import jump_to

        nodes, row = self.widget.result(), self._row(rank)
        if row is None:
            return
        self.parameters.currentRegion = rank
        jump_to(row.center_ras_mm, nodes.segmentation.GetNodeReference("UGMCL.input"))
        self.refresh()

    def accept_region(self) -> None:
        """The outline is right here; once more takes it back (shortcut A)."""
        from UGMCLSegmentationLib.review.decisions import accept_or_open

        nodes, row = self.widget.result(), self._row(self.parameters.currentRegion)
        if row is None or self.busy:
            return
        state = accept_or_open(nodes, report_of(nodes), row)
        self.refresh()
        if state == region_table.ACCEPTED:
            self.next_region()

    def accept_all(self) -> None:
        """Everything was looked through."""
        from UGMCLSegmentationLib.review.decisions import accept_whole

        nodes = self.widget.result()
        accept_whole(nodes, report_of(nodes))
        self.refresh()

    def correct(self) -> None:
        """To the Segment Editor, at the region's place."""
        from UGMCLSegmentationLib.review.segment_editor import correct_in_segment_editor

        nodes, row = self.widget.result(), self._row(self.parameters.currentRegion)
        names = [segment["name"] for segment in report_of(nodes).get("segments", [])]
        name = row.segments[0] if row and row.segments else names[0] if names else ""
        lowest = self.parameters.overlayThreshold
        limited = self.parameters.limitToUncertain and nodes.uncertainty is not None and lowest > 0.0
        correct_in_segment_editor(nodes, name, lowest if limited else None)
        if row is not None:
            self.go_to(row.rank)

    def corrected(self) -> None:
        """Note what was changed: in the chosen region, or in the whole result."""
        from UGMCLSegmentationLib.review.decisions import correction_steps, words

        nodes, rank = self.widget.result(), self.parameters.currentRegion
        steps = correction_steps(nodes, report_of(nodes), rank if self._row(rank) else 0)
        self._work(steps, words)

    # --- log and hand-over

    def choose_log_file(self) -> None:
        """Asks where to."""
        chosen = qt.QFileDialog.getSaveFileName(
            slicer.util.mainWindow(), _("Save log"), "review_log.csv", "CSV (*.csv)"
        )
        name = chosen[0] if isinstance(chosen, tuple) else chosen
        if name:
            self.save_log(Path(name))

    def save_log(self, path: Path) -> None:
        """Write the log."""
        try:
            log.export_log(self.widget.result().segmentation, path)
        except UserError as fault:
            set_text(self.ui.reviewMessageLabel, str(fault))
            return
        set_text(self.ui.reviewMessageLabel, _("Wrote {path}").format(path=path))

    def hand_over(self) -> None:
        """What was approved becomes a label, in the scene and, with a folder, in files."""
        from UGMCLSegmentationLib.review.hand_over import hand_over_steps

        nodes, folder = self.widget.result(), self.ui.handOverFolderEdit.currentPath.strip()
        self._work(hand_over_steps(nodes, report_of(nodes), Path(folder) if folder else None), str)

    @property
    def busy(self) -> bool:
        """Whether a correction is being counted or a label written."""
        return self._steps is not None

    def _work(self, steps: Any, words: Any) -> None:
        """Steps that end in a sentence; nothing is decided meanwhile."""
        from ugmcl.slicer.steps import StepRunner

        def done(outcome: Any) -> None:
            self._steps = None
            set_text(self.ui.reviewMessageLabel, words(outcome))
            self.refresh()

        def failed(fault: Exception) -> None:
            self._steps = None
            set_text(self.ui.reviewMessageLabel, str(fault))
            self.refresh()
            if not isinstance(fault, UserError):
                raise fault

        self._steps = StepRunner(steps, lambda _share: None, done, failed)
        self.refresh()

    # --- small things

    def _no_plot(self, fault: BaseException) -> None:
        set_text(self.ui.reviewMessageLabel, _("The plot could not be made: {fault}").format(fault=fault))

    def _row_chosen(self) -> None:
        if self._showing:
            return
        row = self.ui.regionTable.currentRow()
        if row >= 0 and row + 1 != self.parameters.currentRegion:
            self.go_to(row + 1)

    def _select(self, rank: int) -> None:
        self._showing = True
        if rank:
            self.ui.regionTable.selectRow(rank - 1)
        else:
            self.ui.regionTable.clearSelection()
        self._showing = False

    def _outline(self, nodes: Any, rank: int) -> None:
        """The chosen region is outlined, also after a scene was loaded; without one nothing is."""
        from ugmcl.slicer.jump import clear_outline, outline_region

        wanted = (nodes.segmentation.GetID() if nodes else "", rank)
        if wanted == self._outlined:
            return
        self._outlined = wanted
        clear_outline()
        if rank:
            outline_region(nodes, rank)

    def _rows(self) -> list[region_table.RegionRow]:
        nodes = self.widget.result()
        return region_table.region_rows(nodes, report_of(nodes)) if nodes else []

    def _row(self, rank: int) -> region_table.RegionRow | None:
        return next((row for row in self._rows() if row.rank == rank), None)

"""Review: how sure, where to look, accept or correct, log, hand over for training."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import ctk
import qt
import slicer
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from UGMCLSegmentationLib.added_section import AddedSection
from UGMCLSegmentationLib.review import log, region_table, slice_plot
from UGMCLSegmentationLib.review.confidence_words import confidence_rows
from UGMCLSegmentationLib.section import set_enabled, set_text
from UGMCLSegmentationLib.segmentation_run import report_of

ROWS_SHOWN = 6


class ReviewSection(AddedSection):
    """Everything that was decided lives in nodes of the scene; the section only shows it."""

    layout_file = "UGMCLSegmentationReview.ui"

    def __init__(self, root: Any, widget: Any) -> None:
        super().__init__(root, widget)
        self._shown: tuple[Any, ...] = ()
        self._plot: Any = None
        self._plot_node: Any = None
        self._showing = False
        ui = self.ui
        _headers(ui.confidenceTable, (_("Structure"), _("Volume (mL)"), _("Confidence")), wide=2)
        _headers(
            ui.regionTable,
            (_("Rank"), _("Structure"), _("mL"), _("Doubt"), _("Score"), _("State")),
            wide=1,
        )
        for column, tip in enumerate(
            (
                _("1: the most doubtful"),
                _("The structure whose outline is in doubt here"),
                _("Volume of the place in mL"),
                _("Mean uncertainty, 0 certain to 1 undecided"),
                _("Doubt beyond what is normal at a border, summed over the volume, in mL"),
                _("What was decided"),
            )
        ):
            ui.regionTable.horizontalHeaderItem(column).setToolTip(tip)
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
        ui.slicePlotView.connect("dataSelected(vtkStringArray*, vtkCollection*)", self._point_chosen)

    # --- panel

    def disconnect(self) -> None:
        self._stop_plot()
        self._shown = ()
        super().disconnect()

    def cleanup(self) -> None:
        self._stop_plot()

    def refresh(self) -> None:
        nodes = self.widget.result()
        report = report_of(nodes) if nodes else {}
        rows = region_table.region_rows(nodes, report) if nodes else []
        current = self.parameters.currentRegion
        key = (nodes.segmentation.GetID() if nodes else "", tuple(rows))
        if key != self._shown:
            self._shown = key
            self._show_confidence(report)
            self._show_regions(rows)
            self._show_plot(nodes)
        self._select(current)
        self._show_summary(report, rows)
        self._enable(nodes, rows, current)

    def _show_confidence(self, report: dict[str, Any]) -> None:
        table, found = self.ui.confidenceTable, confidence_rows(report) if report else []
        table.setRowCount(len(found))
        for number, row in enumerate(found):
            for column, text in enumerate((row.name, row.volume, row.confidence)):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(row.tip if column == 2 else text)
                table.setItem(number, column, item)
        _fit(table, len(found))

    def _show_regions(self, rows: list[region_table.RegionRow]) -> None:
        self._showing = True
        table = self.ui.regionTable
        table.setRowCount(len(rows))
        for number, row in enumerate(rows):
            texts = (
                str(row.rank),
                ", ".join(row.segments) or _("background"),
                f"{row.volume_ml:.3f}",
                f"{row.uncertainty:.2f}",
                f"{row.score_ml:.3f}",
                region_table.state_words(row.state),
            )
            for column, text in enumerate(texts):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(text)
                table.setItem(number, column, item)
        _fit(table, min(len(rows), ROWS_SHOWN))
        self._showing = False

    def _show_summary(self, report: dict[str, Any], rows: list[region_table.RegionRow]) -> None:
        if not report:
            set_text(self.ui.reviewSummaryLabel, _("There is no result to review yet."))
            return
        left = sum(row.state == region_table.OPEN for row in rows)
        accepted = sum(row.state == region_table.ACCEPTED for row in rows)
        corrected = sum(row.state == region_table.CORRECTED for row in rows)
        if not rows:
            text = _("No region stands out. That is no proof: look through the outline all the same.")
        else:
            text = _("{left} to look at, {accepted} accepted, {corrected} corrected.").format(
                left=left, accepted=accepted, corrected=corrected
            )
        set_text(self.ui.reviewSummaryLabel, text)

    def _enable(self, nodes: Any, rows: list[region_table.RegionRow], current: int) -> None:
        ui = self.ui
        none = "" if nodes else _("There is no result yet.")
        no_region = none or ("" if rows else _("There is no uncertain region."))
        no_choice = no_region or ("" if current else _("Choose a region first."))
        for button in (ui.nextRegionButton, ui.previousRegionButton):
            set_enabled(button, no_region)
        set_enabled(ui.acceptRegionButton, no_choice)
        for button in (ui.acceptAllButton, ui.correctButton):
            set_enabled(button, none)
        limit = none or (
            "" if nodes and nodes.uncertainty is not None else _("There is no uncertainty volume.")
        )
        set_enabled(ui.limitCheckBox, limit)
        copied = nodes and nodes.segmentation.GetNodeReference("UGMCL.corrected") is not None
        set_enabled(ui.correctedButton, none or ("" if copied else _("Nothing was corrected yet.")))
        decided = nodes and bool(log.log_rows(nodes.segmentation))
        undecided = none or ("" if decided else _("Accept or correct something first."))
        set_enabled(ui.saveLogButton, undecided)
        set_enabled(ui.handOverButton, undecided)

    # --- regions

    def next_region(self) -> None:
        """To the next region that nobody has decided about (shortcut N)."""
        self._step(1)

    def previous_region(self) -> None:
        """Back (shortcut Shift+N)."""
        self._step(-1)

    def _step(self, step: int) -> None:
        nodes = self.widget.result()
        if not nodes:
            return
        rows = region_table.region_rows(nodes, report_of(nodes))
        rank = region_table.next_open(rows, self.parameters.currentRegion, step)
        if rank:
            self.go_to(rank)

    def go_to(self, rank: int) -> None:
        """All slices to a region, which is outlined."""
        from ugmcl.slicer.jump import jump_to, outline_region

        nodes = self.widget.result()
        row = self._row(rank)
        if not nodes or row is None:
            return
        self.parameters.currentRegion = rank
        jump_to(row.center_ras_mm, nodes.segmentation.GetNodeReference("UGMCL.input"))
        outline_region(nodes, rank)
        self.refresh()

    def accept_region(self) -> None:
        """The outline is right here; once more takes it back (shortcut A)."""
        nodes, rank = self.widget.result(), self.parameters.currentRegion
        row = self._row(rank)
        if not nodes or row is None:
            return
        state = region_table.OPEN if row.state == region_table.ACCEPTED else region_table.ACCEPTED
        self._decide(rank, state, [])
        if state == region_table.ACCEPTED:
            self.next_region()

    def accept_all(self) -> None:
        """Everything was looked through."""
        nodes = self.widget.result()
        for row in region_table.region_rows(nodes, report_of(nodes)):
            if row.state == region_table.OPEN:
                region_table.set_state(nodes, report_of(nodes), row.rank, region_table.ACCEPTED)
        log.write_down(nodes.segmentation, self._volume_name(), 0, region_table.ACCEPTED, [])
        self.refresh()

    def correct(self) -> None:
        """To the Segment Editor, at the region's place."""
        from UGMCLSegmentationLib.review.segment_editor import correct_in_segment_editor

        nodes, row = self.widget.result(), self._row(self.parameters.currentRegion)
        names = [segment["name"] for segment in report_of(nodes).get("segments", [])]
        name = row.segments[0] if row and row.segments else names[0] if names else ""
        limited = self.parameters.limitToUncertain and nodes.uncertainty is not None
        correct_in_segment_editor(nodes, name, self.parameters.overlayThreshold if limited else None)
        if row is not None:
            self.go_to(row.rank)

    def corrected(self) -> None:
        """Note what was changed: in the chosen region, or in the whole result."""
        from UGMCLSegmentationLib.review.masks import changes
        from UGMCLSegmentationLib.review.partial_label import zone_of
        from UGMCLSegmentationLib.review.segment_editor import end_limit

        nodes, rank = self.widget.result(), self.parameters.currentRegion
        copy = nodes.segmentation.GetNodeReference("UGMCL.corrected")
        image = nodes.segmentation.GetNodeReference("UGMCL.input")
        if image is None:
            set_text(self.ui.reviewMessageLabel, _("The image of this result is gone; load it again."))
            return
        found = [
            c
            for c in changes(nodes.segmentation, copy, image, zone_of(nodes, rank) if rank else None)
            if c.any
        ]
        end_limit()
        if not found:
            set_text(self.ui.reviewMessageLabel, _("Nothing was changed here."))
            return
        self._decide(rank, region_table.CORRECTED, found)
        words = ", ".join(
            _("{name}: {added} voxels added, {removed} removed").format(
                name=change.segment, added=change.added, removed=change.removed
            )
            for change in found
        )
        set_text(self.ui.reviewMessageLabel, words)

    def _decide(self, rank: int, state: str, found: list[Any]) -> None:
        nodes = self.widget.result()
        if rank:
            region_table.set_state(nodes, report_of(nodes), rank, state)
        decision = state if state != region_table.OPEN else "opened again"
        log.write_down(nodes.segmentation, self._volume_name(), rank, decision, found)
        self.refresh()

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
        from UGMCLSegmentationLib.review.partial_label import partial_label, write_case

        nodes = self.widget.result()
        rows = region_table.region_rows(nodes, report_of(nodes))
        whole = any(
            row["region"] == "all" and row["decision"] in (region_table.ACCEPTED, region_table.CORRECTED)
            for row in log.log_rows(nodes.segmentation)
        )
        approved = None if whole else [row.rank for row in rows if row.state != region_table.OPEN]
        folder = self.ui.handOverFolderEdit.currentPath.strip()
        try:
            label = partial_label(nodes, approved)
            words = _("{time}: label {name} is in the scene").format(
                time=time.strftime("%H:%M:%S"), name=label.GetName()
            )
            if folder:
                name = f"case_{time.strftime('%Y%m%d_%H%M%S')}"  # no patient's name leaves the scene
                image, _label = write_case(nodes, label, Path(folder), name)
                words += _(", and case {name} ({size:.1f} MB) in {folder}").format(
                    name=image.stem, size=image.stat().st_size / 1e6, folder=folder
                )
        except UserError as fault:
            set_text(self.ui.reviewMessageLabel, str(fault))
            return
        set_text(self.ui.reviewMessageLabel, words + ".")

    # --- plot

    def _show_plot(self, nodes: Any) -> None:
        self._stop_plot()
        shown = nodes is not None and nodes.uncertainty is not None
        self.ui.slicePlotView.setVisible(shown)
        if not shown:
            return
        from ugmcl.slicer.steps import StepRunner

        steps = slice_plot.plot_steps(nodes.segmentation, nodes.uncertainty)
        self._plot = StepRunner(steps, lambda _share: None, self._plotted, self._not_plotted)

    def _plotted(self, chart: Any) -> None:
        self._plot = None
        if self._plot_node is None or self._plot_node.GetScene() is None:
            self._plot_node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotViewNode", "UGMCLSlices")
            self._plot_node.SetSaveWithScene(False)
            self.ui.slicePlotView.setMRMLPlotViewNode(self._plot_node)
        self._plot_node.SetPlotChartNodeID(chart.GetID())

    def _not_plotted(self, fault: BaseException) -> None:
        self._plot = None
        set_text(self.ui.reviewMessageLabel, _("The plot could not be made: {fault}").format(fault=fault))

    def _stop_plot(self) -> None:
        if self._plot is not None:
            self._plot.cancel()
            self._plot = None

    def _point_chosen(self, _series: Any, points: Any) -> None:
        from ugmcl.slicer.jump import jump_to

        nodes = self.widget.result()
        chosen = points.GetItemAsObject(0) if points is not None and points.GetNumberOfItems() else None
        if not nodes or chosen is None or chosen.GetNumberOfValues() == 0:
            return
        place = slice_plot.slice_center_ras(nodes.uncertainty, int(chosen.GetValue(0)))
        jump_to(place, nodes.uncertainty)

    # --- small things

    def _row_chosen(self) -> None:
        if self._showing:
            return
        row = self.ui.regionTable.currentRow()
        if row >= 0 and row + 1 != self.parameters.currentRegion:
            self.go_to(row + 1)

    def _select(self, rank: int) -> None:
        self._showing = True
        if 0 < rank <= self.ui.regionTable.rowCount:
            self.ui.regionTable.selectRow(rank - 1)
        else:
            self.ui.regionTable.clearSelection()
        self._showing = False

    def _row(self, rank: int) -> region_table.RegionRow | None:
        nodes = self.widget.result()
        rows = region_table.region_rows(nodes, report_of(nodes)) if nodes else []
        return next((row for row in rows if row.rank == rank), None)

    def _volume_name(self) -> str:
        image = self.widget.result().segmentation.GetNodeReference("UGMCL.input")
        return str(image.GetName()) if image is not None else ""


def _headers(table: Any, names: tuple[str, ...], wide: int) -> None:
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

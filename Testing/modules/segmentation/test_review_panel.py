"""Review by clicks and keys: to a region, accept, correct, log, hand over; kept in the saved scene."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ugmcl.data.dataset import load_dataset
from ugmcl.volumes.reading import read_label

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def reviewed(panel: Any) -> Any:
    """The panel with a finished result of the bundled case, which has two uncertain regions or more."""
    panel.segment()
    panel.section("ReviewSection").ui.reviewCollapsibleButton.setProperty("collapsed", False)
    panel.host.process_events(0.3)
    return panel


def review(panel: Any) -> Any:
    return panel.section("ReviewSection")


def report_of(panel: Any) -> dict[str, Any]:
    return json.loads(panel.widget.result().report.GetText())


def states(panel: Any) -> list[str]:
    table = review(panel).ui.regionTable
    return [table.item(row, 5).text() for row in range(table.rowCount)]


def places() -> dict[str, float]:
    """Where each slice lies along its axis, RAS mm."""
    import slicer

    axis = {"Red": 2, "Yellow": 0, "Green": 1}
    nodes = slicer.util.getNodesByClass("vtkMRMLSliceNode")
    return {node.GetName(): node.GetSliceToRAS().GetElement(axis[node.GetName()], 3) for node in nodes}


def outline_voxels() -> int:
    import slicer

    for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode"):
        if node.GetAttribute("UGMCL.Role") == "region outline" and node.GetDisplayNode().GetVisibility():
            mask = slicer.util.arrayFromSegmentInternalBinaryLabelmap(node, "region")
            return int((mask > 0).sum())
    return 0


def test_before_a_result_everything_says_why_not(panel: Any) -> None:
    ui = review(panel).ui
    for name in (
        "nextRegionButton",
        "acceptRegionButton",
        "correctButton",
        "saveLogButton",
        "handOverButton",
    ):
        button = getattr(ui, name)
        assert not button.enabled and "no result" in button.toolTip, name
    assert "no result" in ui.reviewSummaryLabel.text


def test_a_click_on_a_row_brings_all_slices_there(reviewed: Any) -> None:
    import slicer

    ui, regions = review(reviewed).ui, report_of(reviewed)["regions"]
    assert ui.regionTable.rowCount == len(regions) >= 1
    reviewed.host.click(ui.nextRegionButton)
    reviewed.settle()
    right, anterior, superior = regions[0]["center_ras_mm"]
    found = places()
    assert found["Red"] == pytest.approx(superior, abs=0.51)
    assert found["Yellow"] == pytest.approx(right, abs=0.51)
    assert found["Green"] == pytest.approx(anterior, abs=0.51)
    volume = slicer.util.arrayFromVolume(reviewed.widget.result().regions)
    assert outline_voxels() == (volume == 1).sum() > 0
    assert reviewed.parameters.currentRegion == 1
    if len(regions) > 1:
        ui.regionTable.selectRow(1)
        reviewed.settle()
        assert reviewed.parameters.currentRegion == 2
        assert places()["Red"] == pytest.approx(regions[1]["center_ras_mm"][2], abs=0.51)


def test_keys_go_on_accept_and_take_back(reviewed: Any) -> None:
    count = len(report_of(reviewed)["regions"])
    reviewed.host.press("N")
    reviewed.settle()
    assert reviewed.parameters.currentRegion == 1
    reviewed.host.press("A")
    reviewed.settle()
    assert states(reviewed)[0] == "accepted" and reviewed.parameters.currentRegion == (2 if count > 1 else 1)
    reviewed.host.press("Shift+N")
    reviewed.settle()
    review(reviewed).go_to(1)
    reviewed.host.click(review(reviewed).ui.acceptRegionButton)
    reviewed.settle()
    assert states(reviewed)[0] == "to look at"
    from UGMCLSegmentationLib.review.log import log_rows

    decisions = [row["decision"] for row in log_rows(reviewed.widget.result().segmentation)]
    assert decisions == ["accepted", "opened again"]


def test_the_panel_tells_volume_spread_and_confidence(reviewed: Any) -> None:
    ui, segments = review(reviewed).ui, report_of(reviewed)["segments"]
    assert ui.confidenceTable.rowCount == len(segments)
    first = [ui.confidenceTable.item(0, column).text() for column in range(3)]
    assert (
        first[0] == segments[0]["name"]
        and "±" in first[1]
        and float(first[1].split("±")[0]) == pytest.approx(segments[0]["volume_ml"], abs=0.0051)
    )
    assert first[2].startswith("Dice about") and " to " in first[2]


def test_a_click_on_the_plot_brings_the_slice(reviewed: Any) -> None:
    import slicer

    section, view = review(reviewed), review(reviewed).ui.slicePlotView
    reviewed.host.wait_until(lambda: not section.plot.busy, 20, "the plot")
    chart = reviewed.widget.result().segmentation.GetNodeReference("UGMCL.plot")
    table = reviewed.widget.result().segmentation.GetNodeReference("UGMCL.plotTable")
    values = slicer.util.arrayFromVolume(reviewed.widget.result().uncertainty).sum(axis=(1, 2)) / 1000
    shown = [float(table.GetTable().GetValue(row, 1).ToDouble()) for row in range(len(values))]
    assert chart is not None and shown == pytest.approx(values.tolist(), rel=1e-4)
    click_point(reviewed, view, 5)
    from ugmcl.slicer.geometry import ijk_to_lps

    affine = ijk_to_lps(reviewed.volume)
    assert places()["Red"] == pytest.approx((affine @ [0, 0, 5, 1])[2], abs=0.51)


def click_point(panel: Any, view: Any, row: int) -> None:
    """A mouse click on a point of the plot."""
    from PySide6 import QtCore
    from PySide6.QtTest import QTest

    from host.gestures import scroll_to

    scroll_to(view)
    panel.host.process_events(0.3)  # drawn, so that the axes have their places
    x, y = view.point_positions(view._drawn[0][1])[row]
    QTest.mouseClick(view, QtCore.Qt.LeftButton, QtCore.Qt.NoModifier, QtCore.QPoint(round(x), round(y)))
    panel.settle()


def test_corrections_are_made_on_a_copy_and_written_down(reviewed: Any, tmp_path: Path) -> None:
    """The Segment Editor opens on the copy, limited to uncertain voxels; what changes is counted."""
    import slicer

    section, nodes = review(reviewed), reviewed.widget.result()
    section.go_to(1)
    reviewed.settle()
    assert not section.ui.correctedButton.enabled
    reviewed.host.click(section.ui.correctButton)
    reviewed.settle()
    editor = slicer.modules.SegmentEditorWidget.editor
    copy = nodes.segmentation.GetNodeReference("UGMCL.corrected")
    assert editor.segmentationNode() is copy and copy is not nodes.segmentation
    name = report_of(reviewed)["regions"][0]["classes"]
    current = copy.GetSegmentation().GetSegment(editor.currentSegmentID()).GetName()
    assert current in name
    mask_settings = slicer.mrmlScene.GetSingletonNode("SegmentEditor", "vtkMRMLSegmentEditorNode")
    assert mask_settings.GetSourceVolumeIntensityMask()
    low, _high = mask_settings.GetSourceVolumeIntensityMaskRange()
    assert low == pytest.approx(reviewed.parameters.overlayThreshold)
    before = slicer.util.arrayFromSegmentBinaryLabelmap(
        nodes.segmentation, editor.currentSegmentID(), reviewed.volume
    ).copy()
    region = slicer.util.arrayFromVolume(nodes.regions) == 1
    edited = before.copy()
    edited[region] = 1
    slicer.util.updateSegmentBinaryLabelmapFromArray(edited, copy, editor.currentSegmentID(), reviewed.volume)
    reviewed.host.open("UGMCLSegmentation")
    reviewed.host.process_events(0.2)
    section.refresh()
    reviewed.host.click(section.ui.correctedButton)
    reviewed.host.wait_until(lambda: not section.busy, 20, "the comparison")
    reviewed.settle()
    assert states(reviewed)[0] == "corrected"
    after = slicer.util.arrayFromSegmentBinaryLabelmap(
        nodes.segmentation, editor.currentSegmentID(), reviewed.volume
    )
    assert (after == before).all(), "the automatic result is untouched"
    assert not mask_settings.GetSourceVolumeIntensityMask()
    section.save_log(tmp_path / "log.csv")
    rows = list(csv.DictReader((tmp_path / "log.csv").open(encoding="utf-8")))
    row = next(row for row in rows if row["segment"] == current)
    assert int(row["voxels_added"]) == int((edited.astype(int) - before)[region].sum())
    assert row["decision"] == "corrected" and row["region"] == "1" and row["model"].startswith("hippocampus")


def test_the_review_is_kept_in_the_saved_scene(reviewed: Any, tmp_path: Path) -> None:
    import slicer

    section = review(reviewed)
    section.go_to(1)
    section.accept_region()
    reviewed.settle()
    before = states(reviewed)
    path = tmp_path / "review.mrb"
    assert slicer.mrmlScene.WriteToMRB(str(path))
    reviewed.host.close_scene()
    reviewed.host.process_events(0.2)
    assert section.ui.regionTable.rowCount == 0
    assert slicer.mrmlScene.ReadFromMRB(str(path))
    reviewed.host.process_events(0.5)
    assert states(reviewed) == before
    from UGMCLSegmentationLib.review.log import log_rows

    assert [row["decision"] for row in log_rows(reviewed.widget.result().segmentation)] == ["accepted"]


def test_approved_parts_are_handed_over_as_a_label(reviewed: Any, tmp_path: Path) -> None:
    """In the scene and as a case of a data set that training reads; 255 wherever nobody looked."""
    import slicer

    section, nodes = review(reviewed), reviewed.widget.result()
    section.go_to(1)
    section.accept_region()
    section.ui.handOverFolderEdit.setCurrentPath(str(tmp_path))
    reviewed.settle()
    hand_over(reviewed)
    label = nodes.segmentation.GetNodeReference("UGMCL.partialLabel")
    values = slicer.util.arrayFromVolume(label)
    region = slicer.util.arrayFromVolume(nodes.regions) == 1
    assert (values[~region] == 255).all() and set(np.unique(values[region])) <= {0, 1, 2}
    dataset = load_dataset(tmp_path)
    assert len(dataset.cases) == 1 and dataset.cases[0].label is not None
    stored = read_label(dataset.cases[0].label)
    assert (stored.array[0] == values).all()
    assert "case_" in section.ui.reviewMessageLabel.text
    reviewed.host.click(section.ui.acceptAllButton)
    section.ui.handOverFolderEdit.setCurrentPath("")
    hand_over(reviewed)
    assert 255 not in slicer.util.arrayFromVolume(label)


def hand_over(panel: Any) -> None:
    """Click, and wait until the label is where it belongs."""
    section = review(panel)
    panel.host.click(section.ui.handOverButton)
    panel.host.wait_until(lambda: not section.busy, 20, "the hand-over")
    panel.settle()

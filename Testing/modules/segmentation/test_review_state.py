"""Review: what holds after a second thought, a rename, another result, another language, a moved image."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ugmcl.data.dataset import load_dataset

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def reviewed(panel: Any) -> Any:
    """The panel with a finished result of the bundled case and its review open."""
    panel.segment()
    review(panel).ui.reviewCollapsibleButton.setProperty("collapsed", False)
    panel.host.process_events(0.3)
    return panel


def review(panel: Any) -> Any:
    return panel.section("ReviewSection")


def label_values(panel: Any, folder: str = "") -> np.ndarray:
    """Clicks Hand over; the label in the scene."""
    import slicer

    section = review(panel)
    section.ui.handOverFolderEdit.setCurrentPath(folder)
    panel.host.click(section.ui.handOverButton)
    panel.host.wait_until(lambda: not section.busy, 20, "the hand-over")
    panel.settle()
    node = panel.widget.result().segmentation.GetNodeReference("UGMCL.partialLabel")
    return np.array(slicer.util.arrayFromVolume(node))


def done_correcting(panel: Any) -> None:
    """Clicks Done correcting."""
    section = review(panel)
    panel.host.click(section.ui.correctedButton)
    panel.host.wait_until(lambda: not section.busy, 20, "the comparison")
    panel.settle()


def regions_of(panel: Any) -> np.ndarray:
    import slicer

    return np.array(slicer.util.arrayFromVolume(panel.widget.result().regions))


def edit(panel: Any, segment_id: str, voxels: np.ndarray) -> Any:
    """Adds voxels to a segment of the corrected copy, as a stroke would; returns the copy."""
    import slicer

    from ugmcl.slicer.corrected_copy import corrected_copy

    copy = corrected_copy(panel.widget.result())
    mask = slicer.util.arrayFromSegmentBinaryLabelmap(copy, segment_id, panel.volume).copy()
    mask[voxels] = 1
    slicer.util.updateSegmentBinaryLabelmapFromArray(mask, copy, segment_id, panel.volume)
    review(panel).refresh()
    return copy


def corner(panel: Any) -> np.ndarray:
    """Eight voxels far from every region and segment."""
    voxels = np.zeros(regions_of(panel).shape, bool)
    voxels[:2, :2, :2] = True
    assert not regions_of(panel)[voxels].any()
    return voxels


def log_of(panel: Any) -> list[dict[str, str]]:
    from UGMCLSegmentationLib.review.log import log_rows

    return log_rows(panel.widget.result().segmentation)


def test_opening_a_region_again_takes_back_the_whole(reviewed: Any) -> None:
    section = review(reviewed)
    reviewed.host.click(section.ui.acceptAllButton)
    reviewed.settle()
    assert "whole result was accepted" in section.ui.reviewSummaryLabel.text
    assert 255 not in label_values(reviewed)
    section.go_to(1)
    reviewed.host.click(section.ui.acceptRegionButton)
    reviewed.settle()
    assert "whole" not in section.ui.reviewSummaryLabel.text
    found, regions = label_values(reviewed), regions_of(reviewed)
    assert ((found == 255) == ~(regions > 1)).all(), "region 1 is open, the others are still accepted"


def test_a_correction_without_a_region_says_nothing_of_the_rest(reviewed: Any) -> None:
    section, voxels = review(reviewed), corner(reviewed)
    assert reviewed.parameters.currentRegion == 0
    edit(reviewed, "segment_2", voxels)
    done_correcting(reviewed)
    assert "8 voxels added, 0 removed" in section.ui.reviewMessageLabel.text
    assert [(row["region"], row["decision"]) for row in log_of(reviewed)] == [("all", "corrected")]
    found = label_values(reviewed)
    assert (found[voxels] == 2).all() and (found[~voxels] == 255).all()


def test_a_change_outside_of_the_region_is_noted_once_as_such(reviewed: Any) -> None:
    section, voxels = review(reviewed), corner(reviewed)
    section.go_to(1)
    edit(reviewed, "segment_1", voxels)
    for _ in range(2):
        done_correcting(reviewed)
    (row,) = log_of(reviewed)
    assert (row["region"], row["voxels_added"], row["voxels_removed"]) == ("elsewhere", "8", "0")
    assert section._row(1).state == "open", "nothing was changed in the region itself"


def test_a_renamed_segment_is_still_the_same(reviewed: Any) -> None:
    import slicer

    from UGMCLSegmentationLib.review.corrections import change_of
    from UGMCLSegmentationLib.review.masks import segment_changes

    section, voxels = review(reviewed), corner(reviewed)
    copy = edit(reviewed, "segment_1", voxels)
    copy.GetSegmentation().GetSegment("segment_1").SetName("head")
    copy.GetSegmentation().AddEmptySegment("Segment_1", "cyst")
    pairs = segment_changes(reviewed.widget.result().segmentation, copy, reviewed.volume)
    found = [change_of(pair.name, pair.before, pair.after) for pair in pairs]
    assert [(c.segment, c.added, c.removed) for c in found][:2] == [
        ("head", 8, 0),
        ("posterior hippocampus", 0, 0),
    ]
    cyst = np.roll(voxels, 5, axis=2)
    slicer.util.updateSegmentBinaryLabelmapFromArray(
        cyst.astype(np.uint8), copy, "Segment_1", reviewed.volume
    )
    reviewed.host.click(section.ui.acceptAllButton)
    found = label_values(reviewed)
    assert (found[voxels] == 1).all() and (found[cyst] == 3).all(), "the user's segment gets the next value"


def test_the_segment_editor_is_as_before_when_one_comes_back(reviewed: Any) -> None:
    import slicer

    from UGMCLSegmentationLib.review.segment_editor import editor_node

    section, nodes = review(reviewed), reviewed.widget.result()
    settings = editor_node()
    settings.SetSourceVolumeIntensityMaskRange(12.0, 34.0)
    reviewed.host.click(section.ui.nextRegionButton)
    reviewed.host.click(section.ui.correctButton)
    reviewed.settle()
    editor = slicer.modules.SegmentEditorWidget.editor
    assert settings.GetSourceVolumeIntensityMask() and not editor.autoShowSourceVolumeNode
    assert settings.GetSourceVolumeNode() is nodes.uncertainty
    background = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()
    assert background.GetBackgroundVolumeID() == reviewed.volume.GetID(), "the picture stays the image"
    reviewed.host.open("UGMCLSegmentation")
    reviewed.settle()
    assert not settings.GetSourceVolumeIntensityMask() and editor.autoShowSourceVolumeNode
    assert settings.GetSourceVolumeIntensityMaskRange() == (12.0, 34.0)
    assert settings.GetSourceVolumeNode() is reviewed.volume
    reviewed.host.click(section.ui.limitCheckBox)
    reviewed.host.click(section.ui.correctButton)
    reviewed.settle()
    assert not settings.GetSourceVolumeIntensityMask(), "no limit was wanted"


def test_the_limit_keeps_certain_voxels_from_the_editors_own_logic(reviewed: Any) -> None:
    """Slicer's masked editing, over the whole image: only voxels above the threshold change."""
    import slicer

    section, nodes = review(reviewed), reviewed.widget.result()
    reviewed.host.click(section.ui.nextRegionButton)
    reviewed.host.click(section.ui.correctButton)
    reviewed.settle()
    from UGMCLSegmentationLib.review.segment_editor import editor_node

    settings, logic = editor_node(), slicer.vtkSlicerSegmentEditorLogic()
    logic.SetMRMLScene(slicer.mrmlScene)
    logic.SetSegmentEditorNode(settings)
    settings.SetOverwriteMode(settings.OverwriteNone)
    copy, segment_id = settings.GetSegmentationNode(), settings.GetSelectedSegmentID()
    logic.UpdateReferenceGeometryImage()
    logic.ResetModifierLabelmapToDefault()
    everything = logic.GetModifierLabelmap()
    everything.GetPointData().GetScalars().Fill(1)
    before = slicer.util.arrayFromSegmentBinaryLabelmap(copy, segment_id, reviewed.volume).copy()
    logic.UpdateAlignedSourceVolume()
    logic.UpdateMaskLabelmap()
    logic.ModifySegmentByLabelmap(copy, segment_id, everything, logic.ModificationModeAdd, False, False)
    after = slicer.util.arrayFromSegmentBinaryLabelmap(copy, segment_id, reviewed.volume)
    allowed = slicer.util.arrayFromVolume(nodes.uncertainty) >= reviewed.parameters.overlayThreshold
    assert (after[allowed] == 1).all() and (after[~allowed] == before[~allowed]).all()
    assert (after != before).any()


def test_a_limit_at_zero_is_said_to_limit_nothing(reviewed: Any) -> None:
    reviewed.parameters.overlayThreshold = 0.0
    reviewed.settle()
    box = review(reviewed).ui.limitCheckBox
    assert not box.enabled and "nothing would be limited" in box.toolTip


def test_another_result_starts_without_a_region(reviewed: Any) -> None:
    section, first = review(reviewed), reviewed.widget.result().segmentation
    section.go_to(1)
    section.accept_region()
    reviewed.segment()
    assert reviewed.widget.result().segmentation is not first
    assert reviewed.parameters.currentRegion == 0 and not outlined() and section._row(1).state == "open"
    section.go_to(1)
    assert outlined()
    reviewed.parameters.segmentation = first
    reviewed.settle()
    assert reviewed.parameters.currentRegion == 0 and not outlined()
    assert section._row(1).state == "accepted" and len(log_of(reviewed)) == 1


def outlined() -> bool:
    import slicer

    nodes = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
    return any(
        node.GetAttribute("UGMCL.Role") == "region outline" and node.GetDisplayNode().GetVisibility()
        for node in nodes
    )


def test_a_replaced_result_leaves_no_chart_behind(reviewed: Any) -> None:
    import slicer

    reviewed.host.wait_until(lambda: not review(reviewed).plot.busy, 20, "the plot")
    reviewed.parameters.replaceResult = True
    reviewed.segment()
    reviewed.host.wait_until(lambda: not review(reviewed).plot.busy, 20, "the plot")
    assert len(slicer.util.getNodesByClass("vtkMRMLPlotChartNode")) == 1
    assert len(slicer.util.getNodesByClass("vtkMRMLPlotSeriesNode")) == 1


def test_states_and_log_need_no_language_and_no_names(reviewed: Any, tmp_path: Path) -> None:
    """A scene saved in one language opens in another; a volume may be called like a patient."""
    reviewed.volume.SetName("DOE^JANE")
    section, nodes = review(reviewed), reviewed.widget.result()
    section.go_to(1)
    section.accept_region()
    table = nodes.segmentation.GetNodeReference("UGMCL.review")
    stored = [table.GetCellText(row, 5) for row in range(table.GetNumberOfRows())]
    assert stored[0] == "accepted" and set(stored[1:]) <= {"open"}
    section.save_log(tmp_path / "log.csv")
    text = (tmp_path / "log.csv").read_text(encoding="utf-8")
    assert "DOE" not in text
    (row,) = csv.DictReader(text.splitlines())
    report = json.loads(nodes.report.GetText())
    assert row["input"] == report["input"]["sha256"][:16] and row["model"].startswith("hippocampus@")
    assert row["segment"] in report["regions"][0]["classes"] and row["voxels_added"] == "0"
    label_values(reviewed, str(tmp_path / "set"))
    label = nodes.segmentation.GetNodeReference("UGMCL.partialLabel")
    assert label.GetAttribute("UGMCL.Role") == "partial label" and "DOE" not in label.GetName()
    files = [path.relative_to(tmp_path).as_posix() for path in (tmp_path / "set").rglob("*.nrrd")]
    assert len(files) == 2 and not any("DOE" in file for file in files)
    assert b"DOE" not in b"".join((tmp_path / file).read_bytes()[:2000] for file in files)


def test_the_region_is_outlined_again_in_a_reopened_scene(reviewed: Any, tmp_path: Path) -> None:
    import slicer

    review(reviewed).go_to(1)
    reviewed.settle()
    path = tmp_path / "review.mrb"
    assert slicer.mrmlScene.WriteToMRB(str(path))
    reviewed.host.close_scene()
    reviewed.host.process_events(0.2)
    assert slicer.mrmlScene.ReadFromMRB(str(path))
    reviewed.host.process_events(0.5)
    assert reviewed.parameters.currentRegion == 1 and outlined()
    assert len(slicer.util.getNodesByClass("vtkMRMLPlotChartNode")) == 1, "the chart is found, not made again"


def test_the_place_moves_with_the_image(reviewed: Any) -> None:
    """A parent transform of image and result: the jump and the handed-over label follow it."""
    import slicer

    section, nodes = review(reviewed), reviewed.widget.result()
    moved = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = np.eye(4)
    matrix[:3, 3] = 11.0, -7.0, 23.0
    slicer.util.updateTransformMatrixFromArray(moved, matrix)
    for node in (reviewed.volume, nodes.segmentation, nodes.uncertainty, nodes.regions):
        node.SetAndObserveTransformNodeID(moved.GetID())
    section.go_to(1)
    reviewed.settle()
    superior = json.loads(nodes.report.GetText())["regions"][0]["center_ras_mm"][2]
    red = next(n for n in slicer.util.getNodesByClass("vtkMRMLSliceNode") if n.GetName() == "Red")
    assert red.GetSliceToRAS().GetElement(2, 3) == pytest.approx(superior + 23.0, abs=0.51)
    section.accept_region()
    found = label_values(reviewed)
    assert ((found != 255) == (regions_of(reviewed) == 1)).all()
    label = nodes.segmentation.GetNodeReference("UGMCL.partialLabel")
    assert label.GetTransformNodeID() == moved.GetID()


def test_a_folder_that_cannot_be_written_is_said(reviewed: Any, tmp_path: Path) -> None:
    section = review(reviewed)
    section.accept_all()
    blocked = tmp_path / "set"
    blocked.write_text("a file, no folder", encoding="utf-8")
    label_values(reviewed, str(blocked))
    assert "cannot write here" in section.ui.reviewMessageLabel.text
    assert section.ui.handOverButton.enabled


def test_a_model_of_several_channels_hands_over_all_or_says_why_not(reviewed: Any, tmp_path: Path) -> None:
    import slicer

    from ugmcl.errors import UserError
    from ugmcl.slicer.steps import run_now
    from UGMCLSegmentationLib.review.hand_over import write_case

    nodes = reviewed.widget.result()
    review(reviewed).accept_all()
    label_values(reviewed)
    label = nodes.segmentation.GetNodeReference("UGMCL.partialLabel")
    with pytest.raises(UserError, match="1 of 2 images"):
        run_now(write_case(nodes, label, tmp_path, "case", channels=2))
    assert not list(tmp_path.rglob("*.nrrd"))
    second = slicer.modules.volumes.logic().CloneVolume(slicer.mrmlScene, reviewed.volume, "second")
    nodes.segmentation.AddNodeReferenceID("UGMCL.input", second.GetID())
    run_now(write_case(nodes, label, tmp_path, "case", channels=2))
    (case,) = load_dataset(tmp_path).cases
    assert len(case.images) == 2 and case.label is not None
    steps = write_case(nodes, label, tmp_path, "cancelled", channels=2)
    next(steps)
    next(steps)  # the second image is being written
    assert list(tmp_path.rglob("cancelled_0000.nrrd"))
    steps.close()
    assert not list(tmp_path.rglob("*cancelled*")), "an image without its label would be a case of its own"


def test_a_lost_image_or_copy_is_said(reviewed: Any) -> None:
    import slicer

    section = review(reviewed)
    edit(reviewed, "segment_1", corner(reviewed))
    done_correcting(reviewed)
    slicer.mrmlScene.RemoveNode(reviewed.volume)
    reviewed.settle()
    done_correcting(reviewed)
    assert "image of this result is gone" in section.ui.reviewMessageLabel.text
    reviewed.host.click(section.ui.handOverButton)
    reviewed.host.wait_until(lambda: not section.busy, 20, "the hand-over")
    assert "image of this result is gone" in section.ui.reviewMessageLabel.text

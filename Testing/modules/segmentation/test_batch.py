"""Several volumes: of the scene, of a folder, frames of a sequence; states, going on, cancelling."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ugmcl.samples import list_samples

pytestmark = pytest.mark.timeout(300)


def states(section: Any) -> dict[str, str]:
    """Case: state, as the table shows them."""
    table = section.ui.batchTable
    return {table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount)}


def run_all(panel: Any, section: Any) -> None:
    panel.settle()
    panel.host.click(section.ui.batchButton)
    panel.host.wait_until(lambda: section.run.ended, 200, "the end of the batch")
    panel.settle()


@pytest.fixture
def section(panel: Any) -> Any:
    found = panel.section("BatchSection")
    found.ui.batchCollapsibleButton.setProperty("collapsed", False)
    panel.settle()
    return found


def test_a_folder_with_a_bad_file_then_again(panel: Any, section: Any, tmp_path: Path) -> None:
    """Two good images and one that is none; the second start skips what is finished."""
    scans, output = tmp_path / "scäns", tmp_path / "out"
    scans.mkdir()
    for sample in list_samples()[:2]:
        shutil.copy(sample.image, scans / f"{sample.id}.nii.gz")
    (scans / "broken.nii.gz").write_bytes(b"no image")
    section.ui.batchFolderButton.setChecked(True)
    panel.settle()
    assert not section.ui.batchButton.enabled and "folder" in section.ui.batchButton.toolTip
    section.ui.batchFolderEdit.setCurrentPath(str(scans))
    panel.settle()
    assert not section.ui.batchButton.enabled and "results" in section.ui.batchButton.toolTip
    section.ui.batchOutputEdit.setCurrentPath(str(output))
    run_all(panel, section)
    good = [sample.id for sample in list_samples()[:2]]
    found = states(section)
    assert [found[name] for name in good] == ["done", "done"] and found["broken"] == "failed"
    table = section.ui.batchTable
    (row,) = (r for r in range(3) if table.item(r, 0).text() == "broken")
    assert table.item(row, 2).text().startswith("broken.nii.gz"), "its folder is shown above already"
    rows = list(csv.DictReader((output / "summary.csv").open(encoding="utf-8")))
    assert {r["case"] for r in rows} == {*good, "broken"}
    assert all((output / f"{name}.seg.nrrd").is_file() for name in good)
    assert "2 segmented, 0 finished before, 1 failed" in section.ui.batchMessageLabel.text
    run_all(panel, section)
    assert [states(section)[name] for name in good] == ["finished before"] * 2


def test_volumes_of_the_scene_come_back_as_results(panel: Any, section: Any, tmp_path: Path) -> None:
    """Two nodes of the same name; each gets a result with its own geometry."""
    import slicer

    second = slicer.util.loadVolume(str(list_samples()[1].image))
    second.SetName(panel.volume.GetName())
    panel.host.process_events(0.2)
    section.refresh()
    items = section.ui.batchVolumesList
    assert items.count == 2
    assert not section.ui.batchButton.enabled
    import qt

    for row in range(2):
        items.item(row).setCheckState(qt.Qt.Checked)
    section.ui.batchOutputEdit.setCurrentPath(str(tmp_path))
    run_all(panel, section)
    name = panel.volume.GetName()
    assert states(section) == {name: "done", f"{name}-2": "done"}

    def results() -> list[Any]:
        nodes = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
        return [node for node in nodes if node.GetAttribute("UGMCL.Role") == "segmentation"]

    panel.host.wait_until(lambda: len(results()) == 2, 60, "the results in the scene")
    inputs = {node.GetNodeReference("UGMCL.input").GetID() for node in results()}
    assert inputs == {panel.volume.GetID(), second.GetID()}


def test_a_sequence_frame_by_frame(panel: Any, section: Any, tmp_path: Path) -> None:
    """Three frames, the second one empty of contrast; the result is a sequence that plays along."""
    import slicer

    sequence = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSequenceNode", "cine")
    array = slicer.util.arrayFromVolume(panel.volume).astype(np.float32)
    for number, frame in enumerate((array, array[::-1].copy(), 1.2 * array)):
        slicer.util.updateVolumeFromArray(panel.volume, frame)
        sequence.SetDataNodeAtValue(panel.volume, str(number))
    browser = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "cine browser")
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    section.ui.batchSequenceButton.setChecked(True)
    section.ui.batchSequenceSelector.setCurrentNode(browser)
    section.ui.batchOutputEdit.setCurrentPath(str(tmp_path))
    run_all(panel, section)
    assert list(states(section)) == ["cine-frame0000", "cine-frame0001", "cine-frame0002"]
    panel.host.wait_until(
        lambda: browser.GetNumberOfSynchronizedSequenceNodes(True) == 2, 60, "the sequence of results"
    )
    from UGMCLSegmentationLib.batch.inputs import sequences_of

    made = sequences_of(browser)[1]
    assert made.GetNumberOfDataNodes() == 3
    first = made.GetNthDataNode(0).GetSegmentation()
    assert first.GetNumberOfSegments() == 2
    assert first.GetNthSegment(0).GetName() == "anterior hippocampus"


def test_cancel_leaves_what_is_finished(panel: Any, section: Any, tmp_path: Path) -> None:
    scans, output = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    for number in range(12):
        shutil.copy(list_samples()[number % 8].image, scans / f"scan_{number:02d}.nii.gz")
    section.ui.batchFolderButton.setChecked(True)
    section.ui.batchFolderEdit.setCurrentPath(str(scans))
    section.ui.batchOutputEdit.setCurrentPath(str(output))
    panel.settle()
    panel.host.click(section.ui.batchButton)
    panel.host.wait_until(lambda: "done" in states(section).values(), 100, "the first finished case")
    assert section.ui.batchButton.text == "Cancel"
    panel.host.click(section.ui.batchButton)
    panel.host.wait_until(lambda: section.run.ended, 60, "the end")
    panel.settle()
    assert section.run.state == "cancelled" and section.ui.batchButton.text == "Segment all"
    finished = len(list(output.glob("*_report.json")))
    assert 1 <= finished < 12 and not list(output.glob(".ugmcl-*"))
    assert "Start again" in section.ui.batchMessageLabel.text

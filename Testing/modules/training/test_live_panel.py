"""The live view: of a finished run, of a run at work with previews, of a long one, of one that hangs."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from modules.training.tiny_runs import dataset, endless, finished_run, new_run

from ugmcl.jobs.events import EventWriter
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.json_files import ascii_json
from ugmcl.jobs.lock import hold_lock

__all__ = ["dataset", "endless", "finished_run"]
pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def section(panel: Any) -> Any:
    found = panel.section("LiveSection")
    found.ui.liveCollapsibleButton.setProperty("collapsed", False)
    panel.settle()
    return found


def follow(panel: Any, job: JobFolder) -> None:
    panel.section("RunsSection").open_run(job.path)
    panel.settle()
    ui = panel.section("LiveSection").ui
    panel.host.wait_until(
        lambda: ui.liveStageLabel.visible or ui.liveSilentLabel.visible, 60, "the first look"
    )
    panel.settle()


def chart() -> Any:
    import slicer

    (node,) = slicer.util.getNodesByClass("vtkMRMLPlotChartNode")
    return node


def drawn() -> dict[str, int]:
    """Points of every line, by its name."""
    node = chart()
    series = [node.GetNthPlotSeriesNode(number) for number in range(node.GetNumberOfPlotSeriesNodes())]
    return {entry.GetName(): entry.GetTableNode().GetTable().GetNumberOfRows() for entry in series}


def previews() -> list[Any]:
    import slicer

    nodes = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
    return [node for node in nodes if node.GetAttribute("UGMCL.Role") == "training preview"]


def test_a_finished_runs_curves_and_log(panel: Any, section: Any, finished_run: JobFolder) -> None:
    ui = section.ui
    assert ui.liveHintLabel.visible and not ui.liveContentFrame.visible
    follow(panel, finished_run)
    assert not ui.liveHintLabel.visible and ui.liveContentFrame.visible
    assert ui.liveProgressBar.value == ui.liveProgressBar.maximum
    assert "20 of 20 steps" in ui.liveStageLabel.text
    assert "Training" in ui.liveLogEdit.toPlainText()
    panel.host.wait_until(lambda: ui.livePlotView.visible, 120, "the chart")
    assert set(drawn()) == {"anterior hippocampus: student", "posterior hippocampus: student"}, (
        "no teacher, no starting model"
    )
    for words, wanted in (("Total loss", "total loss"), ("Learning rate", "learning rate")):
        panel.host.choose(ui.livePlotCombo, words)
        panel.host.wait_until(lambda wanted=wanted: set(drawn()) == {wanted}, 10, words)
    panel.host.choose(ui.livePlotCombo, "Single losses")
    panel.host.wait_until(lambda: len(drawn()) >= 1 and "total loss" not in drawn(), 10, "single losses")
    assert not ui.livePreviewButton.enabled and "no preview" in ui.livePreviewButton.toolTip


def test_nothing_of_it_stays_in_the_scene_or_is_saved_with_it(
    panel: Any, section: Any, finished_run: JobFolder
) -> None:
    import slicer

    follow(panel, finished_run)
    panel.host.wait_until(lambda: section.ui.livePlotView.visible, 120, "the chart")
    kinds = ("vtkMRMLPlotChartNode", "vtkMRMLPlotSeriesNode")
    nodes = [node for kind in kinds for node in slicer.util.getNodesByClass(kind)]
    assert nodes and not any(node.GetSaveWithScene() for node in nodes)
    panel.host.close_scene()
    assert not [node for kind in kinds for node in slicer.util.getNodesByClass(kind)]
    follow(panel, finished_run)
    panel.host.wait_until(lambda: section.ui.livePlotView.visible, 120, "the chart in a new scene")


def test_previews_of_a_run_at_work(panel: Any, section: Any, endless: Any) -> None:
    """On request, then every newer one into the same nodes, then gone."""
    import slicer

    job = endless(preview_every=10)
    panel.host.start_pause_watch()
    follow(panel, job)
    ui = section.ui
    panel.host.wait_until(lambda: ui.livePreviewButton.enabled, 250, "the first preview")
    assert not previews(), "only on request"
    panel.host.click(ui.livePreviewButton)
    panel.host.wait_until(lambda: ui.liveRemovePreviewButton.enabled, 120, "the preview in the scene")
    (node,) = previews()
    first, node_id = node.GetName(), node.GetID()
    names = [node.GetSegmentation().GetNthSegment(n).GetName() for n in range(2)]
    assert names == ["anterior hippocampus", "posterior hippocampus"]
    composite = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")[0]
    assert slicer.mrmlScene.GetNodeByID(composite.GetBackgroundVolumeID()).GetName().startswith("Preview")
    panel.host.click(ui.liveFollowPreviewBox)
    panel.host.wait_until(lambda: previews()[0].GetName() != first, 250, "a newer one")
    (node,) = previews()
    assert node.GetID() == node_id, "the node is used again"
    assert f"{section._preview.file.name.lstrip('0').partition('.')[0]} steps" in ui.livePreviewLabel.text
    panel.host.click(ui.liveRemovePreviewButton)
    panel.settle()
    assert not previews() and not ui.liveFollowPreviewBox.checked
    assert panel.host.longest_pause() < 1.0


def test_voxels_of_a_newer_preview_are_its_own(
    panel: Any, section: Any, finished_run: JobFolder, tmp_path: Path
) -> None:
    import slicer

    from ugmcl.volumes.segment import Segment
    from ugmcl.volumes.segmentation_files import write_segmentation
    from ugmcl.volumes.writing import write_image

    run = tmp_path / "with previews"
    shutil.copytree(finished_run.path, run)
    place = run / "previews"
    place.mkdir(exist_ok=True)
    affine = np.diag([1.0, 1.0, 2.0, 1.0])
    write_image(place / "image.nrrd", np.zeros((6, 8, 10), np.float32), affine)
    segments = [Segment(1, "anterior", (1, 0, 0)), Segment(2, "posterior", (0, 1, 0))]
    for steps in (10, 20):
        labels = np.zeros((6, 8, 10), np.uint8)
        labels[:2], labels[3] = 1, 2 if steps == 10 else 0
        labels[5] = 2
        write_segmentation(place / f"{steps:06d}.seg.nrrd", labels, affine, segments)
        follow(panel, JobFolder(run))
        panel.host.wait_until(lambda: section.ui.livePreviewButton.enabled, 120, "the preview")
        section._newest_preview = place / f"{steps:06d}.seg.nrrd"
        section.show_preview()
        words = f"after {steps} steps"
        panel.host.wait_until(lambda words=words: words in section.ui.livePreviewLabel.text, 120, words)
        (node,) = previews()
        second = node.GetSegmentation().GetNthSegmentID(1)
        voxels = slicer.util.arrayFromSegmentBinaryLabelmap(node, second)
        assert voxels.sum() == (160 if steps == 10 else 80)


def test_a_day_of_training_does_not_slow_the_window(
    panel: Any, section: Any, dataset: Path, tmp_path: Path
) -> None:
    """60 000 rows of curves, 100 000 events, and new ones while somebody looks."""
    job = new_run(dataset, tmp_path / "long")
    attempt = job.new_attempt()
    head = "iteration,loss,supervised,intra,consistency weight,certain share,learning rate,gradient norm"
    rows = "".join(f"{n},0.5,0.3,0.2,0.01,0.9,0.001,1\n" for n in range(1, 60_001))
    (job.path / "curves.csv").write_text(f"{head}\n{rows}", encoding="utf-8")
    event = {"t": time.time(), "kind": "progress", "done": 60_000, "total": 90_000, "unit": "iterations"}
    attempt.events.write_text(f"{ascii_json(event)}\n" * 100_000, encoding="utf-8")
    panel.parameters.livePlot = "loss"
    panel.host.start_pause_watch()
    with hold_lock(job.path):
        follow(panel, job)
        panel.host.wait_until(lambda: section.ui.livePlotView.visible, 250, "the chart")
        for number in range(60_001, 60_006):
            with (job.path / "curves.csv").open("a", encoding="utf-8") as stream:
                stream.write(f"{number},0.4,0.3,0.1,0.01,0.9,0.001,1\n")
            panel.host.process_events(0.6)
        assert drawn()["total loss"] <= 2001
        assert "60000 of 90000 steps" in section.ui.liveStageLabel.text
    assert panel.host.longest_pause() < 1.0


def test_alarms_and_silence_are_said(panel: Any, section: Any, dataset: Path, tmp_path: Path) -> None:
    job = new_run(dataset, tmp_path / "silent")
    attempt = job.new_attempt()
    past = time.time() - 300
    events = [
        {"t": past, "kind": "stage", "name": "Training"},
        {
            "t": past,
            "kind": "message",
            "level": "alarm",
            "text": "The segment anterior was predicted in none",
        },
        {"t": past, "kind": "message", "level": "info", "text": "3 cases"},
    ]
    attempt.events.write_text("".join(f"{ascii_json(event)}\n" for event in events), encoding="utf-8")
    with hold_lock(job.path):
        follow(panel, job)
        ui = section.ui
        assert "No sign of life for 5 min" in ui.liveSilentLabel.text
        assert ui.liveAlarmLabel.text == "The segment anterior was predicted in none."
        assert ui.liveAlarmIconLabel.visible and "3 cases" in ui.liveLogEdit.toPlainText()
        writer = EventWriter.to_file(attempt.events)
        writer.write("heartbeat")
        writer.close()
        panel.host.wait_until(lambda: not ui.liveSilentLabel.visible, 120, "the sign of life")
    panel.host.wait_until(lambda: "interrupted" in ui.liveSilentLabel.text, 120, "the end")

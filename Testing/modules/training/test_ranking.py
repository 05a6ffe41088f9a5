"""What to label next: ranked in the background, corrected in the other module, labelled on return."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def project(panel: Any, sample_cases: Any, narrow_model: str, tmp_path: Path) -> Any:
    """A project with one labelled and three unlabelled cases, open in the panel."""
    from ugmcl.models.library import find_model
    from UGMCLTrainingLib.cases.project import Project
    from UGMCLTrainingLib.cases.project_case import ProjectCase

    made = Project.create(tmp_path / "site")
    made.set_segments(find_model(narrow_model).segments)
    name, image, label = sample_cases[0]
    cases = [ProjectCase(name, (image,), label, "labelled", source=label)]
    cases += [ProjectCase(name, (image,)) for name, image, _label in sample_cases[1:4]]
    made.add(cases, ["T1"])
    panel.parameters.startModel = narrow_model
    panel.widget.use_project(made)
    panel.section("RankingSection").ui.rankingCollapsibleButton.setProperty("collapsed", False)
    panel.settle()
    return made


def rank(panel: Any) -> Any:
    section = panel.section("RankingSection")
    panel.host.click(section.ui.rankingButton)
    assert section.ui.rankingButton.text == "Stop"
    panel.host.wait_until(lambda: section.job is None, 120, "the ranking")
    panel.settle()
    return section


def test_a_click_ranks_and_the_next_strategy_costs_nothing(panel: Any, project: Any) -> None:
    section = rank(panel)
    table = section.ui.rankingTable
    assert table.rowCount == 3, section.ui.rankingMessageLabel.text
    shown = [table.item(row, 1).text() for row in range(3)]
    with (project.folder / "ranking" / "ranking.csv").open(encoding="utf-8") as file:
        assert shown == [row["case"] for row in csv.DictReader(file)]
    assert all(project.case(name).confidence is not None for name in shown)
    panel.host.choose(section.ui.rankingStrategyCombo, "the largest doubt first")
    before = (project.folder / "ranking" / "ranking.csv").read_bytes()
    rank(panel)
    assert (project.folder / "ranking" / "ranking.csv").read_bytes() != before
    scores = [float(table.item(row, 2).text()) for row in range(3)]
    assert scores == sorted(scores, reverse=True)


def test_the_reasons_why_nothing_can_be_ranked(panel: Any, project: Any) -> None:
    button = panel.section("RankingSection").ui.rankingButton
    panel.parameters.startModel = ""
    panel.settle()
    assert not button.enabled and "model" in button.toolTip
    panel.parameters.startModel = "hippocampus-narrow@1.0"
    project.set_roles({case.id: "excluded" for case in project.cases if case.role == "unlabelled"})
    panel.widget.project_changed()
    panel.settle()
    assert not button.enabled and "unlabelled" in button.toolTip


def test_stop_keeps_what_was_looked_at(panel: Any, project: Any) -> None:
    section = panel.section("RankingSection")
    panel.host.click(section.ui.rankingButton)
    panel.host.click(section.ui.rankingButton)
    panel.host.wait_until(lambda: section.job is None, 250, "the end of the ranking")
    assert "Stopped" in section.ui.rankingMessageLabel.text
    assert rank(panel).ui.rankingTable.rowCount == 3


def test_the_top_case_is_corrected_and_comes_back_labelled(panel: Any, project: Any, host: Any) -> None:
    import slicer

    from ugmcl.volumes.reading import read_label
    from UGMCLSegmentationLib.review.partial_label import NAMES
    from UGMCLTrainingLib.ranking.order import labelling_rounds

    section = rank(panel)
    case = section.chosen()
    host.click(section.ui.rankingCorrectButton)
    assert slicer.util.selectedModule() == "UGMCLSegmentation"
    other = slicer.modules.UGMCLSegmentationWidget
    volume = other.parameters.inputVolume
    assert volume.GetAttribute("UGMCL.Case") == case
    assert other.parameters.model == panel.parameters.startModel
    run = next(s for s in other.sections if type(s).__name__ == "RunSection")
    host.wait_until(lambda: run.run is not None and run.run.ended, 250, "the segmentation")
    assert run.run.state == "done", run.run.error
    review = next(s for s in other.sections if type(s).__name__ == "ReviewSection")
    host.process_events(0.1)
    host.click(review.ui.acceptAllButton)
    host.click(review.ui.handOverButton)
    host.wait_until(lambda: not review.busy, 250, "the hand-over")
    label = other.result().segmentation.GetNodeReference("UGMCL.partialLabel")
    assert "anterior hippocampus" in label.GetAttribute(NAMES)

    back = host.open("UGMCLTraining")
    host.process_events(0.1)
    opened = back.project()
    assert opened.case(case).role == "labelled"
    written = read_label(opened.case(case).label).array[0]
    np.testing.assert_array_equal(written, slicer.util.arrayFromVolume(label))
    assert labelling_rounds(opened.folder) == 1
    again = next(s for s in back.sections if type(s).__name__ == "RankingSection")
    host.click(again.ui.rankingReturnButton)
    assert "No approved label waits" in again.ui.rankingMessageLabel.text
    rows = again.ui.rankingTable
    assert case not in [rows.item(row, 1).text() for row in range(rows.rowCount)]


def test_values_are_matched_by_name_and_new_ones_become_segments(panel: Any, project: Any) -> None:
    """The corrected copy had the structures in another order, and one that the project does not know."""
    import json

    import slicer

    from ugmcl.errors import UserError
    from ugmcl.volumes.reading import read_label
    from UGMCLTrainingLib.ranking.correction import take_label

    case = project.cases[-1]
    volume = slicer.util.loadVolume(str(case.images[0]))
    array = np.zeros(slicer.util.arrayFromVolume(volume).shape, np.uint8)
    array[0], array[1], array[2], array[3] = 1, 2, 3, 255
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "approved")
    slicer.util.updateVolumeFromArray(node, array)
    with pytest.raises(UserError, match="value 1 means"):
        take_label(project, case.id, node)
    names = {"1": "posterior hippocampus", "2": "Anterior Hippocampus", "3": "cyst"}
    node.SetAttribute("UGMCL.SegmentNames", json.dumps(names))
    path = take_label(project, case.id, node)
    assert [int(slice_.flat[0]) for slice_ in read_label(path).array[0][:5]] == [2, 1, 3, 255, 0]
    assert [segment.name for segment in project.segments][2] == "cyst"
    assert project.case(case.id).role == "labelled"


def test_a_case_that_cannot_be_opened_is_one_line(panel: Any, project: Any) -> None:
    from ugmcl.errors import UserError
    from UGMCLTrainingLib.ranking.correction import open_for_correction

    case = project.cases[1]
    project.update([replace(case, images=(project.folder / "gone.nii.gz",))])
    with pytest.raises(UserError, match="cannot be loaded"):
        open_for_correction(project, case.id, "")
    project.update([replace(case, images=(case.images[0], case.images[0]))])
    with pytest.raises(UserError, match="2 channels"):
        open_for_correction(project, case.id, "")

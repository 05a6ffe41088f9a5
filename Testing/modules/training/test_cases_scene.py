"""Cases from the scene by real clicks: volumes, segmentations, label maps, corrections; no name leaves it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ugmcl.data.dataset import load_dataset
from ugmcl.volumes.reading import read_image, read_label

sys.path.insert(0, str(Path(__file__).parent))
from test_cases_panel import Cases, cases  # noqa: F401 - a fixture

pytestmark = pytest.mark.timeout(600)
NAME = "DOE^JANE 1970"


@pytest.fixture
def volume(cases: Cases, sample_cases: Any) -> Any:  # noqa: F811
    """A volume under a patient's name."""
    import slicer

    cases.make_project()
    node = slicer.util.loadVolume(str(sample_cases[0][1]))
    node.SetName(NAME)
    return node


def drawn(volume: Any, sample_cases: Any, names: tuple[str, str]) -> Any:
    """A segmentation of two segments on the volume, under these names."""
    import slicer

    labels = read_label(sample_cases[0][2]).array[0]
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", f"{NAME} drawn")
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    for value, name in enumerate(names, 1):
        segment = node.GetSegmentation().AddEmptySegment(f"Segment_{value}", name)
        slicer.util.updateSegmentBinaryLabelmapFromArray(
            (labels == value).astype(np.uint8), node, segment, volume
        )
    return node


def add_from_scene(cases: Cases, image: Any, label: Any = None) -> None:  # noqa: F811
    if not cases.ui.casesSceneButton.checked:
        cases.host.click(cases.ui.casesSceneButton)
    cases.ui.casesImageSelector.setCurrentNode(image)
    cases.ui.casesLabelSelector.setCurrentNode(label)
    cases.panel.settle()
    cases.host.click(cases.ui.casesAddSceneButton)
    cases.settle()


def test_image_and_segmentation_are_written_exactly(
    cases: Cases,  # noqa: F811
    volume: Any,
    sample_cases: Any,
    narrow_model: str,
) -> None:
    cases.panel.parameters.startModel = narrow_model
    cases.panel.settle()
    node = drawn(volume, sample_cases, ("Posterior  hippocampus", "ANTERIOR hippocampus"))
    add_from_scene(cases, volume, node)
    (case,) = cases.project.cases
    assert case.id == "case_001" and case.role == "labelled" and cases.rows()[0][4] == "fine"
    assert case.label == cases.folder / "labels" / "case_001.nrrd", "names are matched whatever their case"
    source, reference = read_image(sample_cases[0][1]), read_label(sample_cases[0][2])
    image, label = read_image(case.images[0]), read_label(case.label)
    assert np.array_equal(image.array, source.array) and np.allclose(image.affine, source.affine)
    swapped = np.array([0, 2, 1], np.uint8)[reference.array.astype(int)]
    assert np.array_equal(label.array, swapped), "value 1 is the model's first segment"
    assert np.allclose(label.affine, source.affine)
    written = "".join(path.read_text() for path in cases.folder.glob("*.json"))
    assert "DOE" not in written and "JANE" not in written
    assert load_dataset(cases.folder).cases[0].label == case.label, "inside of the folder: nothing to allow"


def test_names_that_nobody_knows_are_asked_for_and_remembered(
    cases: Cases,  # noqa: F811
    volume: Any,
    sample_cases: Any,
    narrow_model: str,
) -> None:
    cases.panel.parameters.startModel = narrow_model
    cases.panel.settle()
    node = drawn(volume, sample_cases, ("anterior hippocampus", "Hippo post"))
    add_from_scene(cases, volume, node)
    assert cases.rows()[0][4] == "1 error"
    table = cases.ui.casesMeaningsTable
    assert cases.ui.casesMeaningsFrame.visible and table.rowCount == 1
    assert table.item(0, 0).text() == "value 2 “Hippo post”"
    assert load_dataset(cases.folder).cases[0].role == "excluded", "nothing is trained on a guess"
    cases.host.choose(table.cellWidget(0, 2), "posterior hippocampus")
    cases.host.click(cases.ui.casesMeaningsButton)
    cases.settle()
    assert cases.rows()[0][4] == "fine" and not cases.ui.casesMeaningsFrame.visible
    label = read_label(cases.project.cases[0].label).array
    assert np.array_equal(label, read_label(sample_cases[0][2]).array)
    other = drawn(volume, sample_cases, ("Hippo post", "anterior hippocampus"))
    add_from_scene(cases, volume, other)
    assert [row[0] for row in cases.rows()] == ["case_001", "case_002"]
    assert cases.project.cases[1].label.parent.name == "labels", "the same name is not asked for twice"
    assert cases.rows()[1][4] == "1 warning", "the same image twice"


@pytest.mark.parametrize(
    ("answer", "values", "words"),
    [
        ("ignore (255): not judged, not learnt from", {0, 1, 255}, "fine"),
        ("background", {0, 1}, "fine"),
        ("uncus", {0, 1, 3}, "fine"),
    ],
)
def test_each_answer(
    cases: Cases,  # noqa: F811
    volume: Any,
    sample_cases: Any,
    narrow_model: str,
    answer: str,
    values: set[int],
    words: str,
) -> None:
    cases.panel.parameters.startModel = narrow_model
    cases.panel.settle()
    add_from_scene(cases, volume, drawn(volume, sample_cases, ("anterior hippocampus", "Hippo post")))
    combo = cases.ui.casesMeaningsTable.cellWidget(0, 2)
    if answer == "uncus":
        combo.lineEdit().setText(answer)
    else:
        cases.host.choose(combo, answer)
    cases.host.click(cases.ui.casesMeaningsButton)
    cases.settle()
    assert set(np.unique(read_label(cases.project.cases[0].label).array).tolist()) == values
    assert cases.rows()[0][4] == words
    said = cases.ui.casesSegmentsLabel.text
    assert ("uncus (new: starts untrained)" in said) == (answer == "uncus")
    unused = "uncus" if answer != "uncus" else "posterior"
    assert unused not in [s.name for s in cases.project.segments] or cases.ui.casesDropButton.visible
    cases.host.click(cases.ui.casesDropButton)
    cases.settle()
    assert "no longer know posterior hippocampus" in cases.ui.casesSegmentsLabel.text
    assert cases.rows()[0][4] == "fine", "values stay as they are"


def test_a_choice_can_be_changed(cases: Cases, volume: Any, sample_cases: Any) -> None:  # noqa: F811
    """Without a model the segments are those that the labels name."""
    add_from_scene(cases, volume, drawn(volume, sample_cases, ("head", "tail")))
    assert [s.name for s in cases.project.segments] == ["head", "tail"] and cases.rows()[0][4] == "fine"
    cases.host.click(cases.ui.casesAllMeaningsButton)
    cases.panel.settle()
    table = cases.ui.casesMeaningsTable
    assert [table.item(row, 0).text() for row in range(2)] == ["value 1 “head”", "value 2 “tail”"]
    cases.host.choose(table.cellWidget(1, 2), "head")
    cases.host.click(cases.ui.casesMeaningsButton)
    cases.settle()
    label = read_label(cases.project.cases[0].label).array
    assert np.array_equal(label, (read_label(sample_cases[0][2]).array > 0).astype(label.dtype))


def test_a_label_map_beside_the_image_is_resampled_and_said(
    cases: Cases,  # noqa: F811
    volume: Any,
    sample_cases: Any,
) -> None:
    """A label map on a shifted grid, under another transform: where it lies in the world is what counts."""
    import slicer

    label = slicer.util.loadLabelVolume(str(sample_cases[0][2]))
    shift = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = np.eye(4)
    matrix[0, 3] = 2.5
    shift.SetAndObserveMatrixTransformToParent(slicer.util.vtkMatrixFromArray(matrix))
    label.SetAndObserveTransformNodeID(shift.GetID())
    add_from_scene(cases, volume, label)
    cases.host.click(cases.ui.casesMeaningsButton)
    cases.settle()
    assert cases.rows()[0][4] == "1 warning"
    cases.select("case_001")
    assert "it will be resampled" in cases.ui.casesDetailsLabel.text
    written = read_label(cases.project.cases[0].label)
    moved = read_label(sample_cases[0][2]).affine[0, 3] - 2.5  # RAS to LPS
    assert written.affine[0, 3] == pytest.approx(moved)


def test_all_volumes_at_once(cases: Cases, volume: Any, sample_cases: Any) -> None:  # noqa: F811
    import slicer

    drawn(volume, sample_cases, ("head", "tail"))
    slicer.util.loadVolume(str(sample_cases[1][1]))
    slicer.util.loadVolume(str(sample_cases[2][1]))
    cases.host.click(cases.ui.casesSceneButton)
    cases.panel.settle()
    cases.host.click(cases.ui.casesAddAllButton)
    cases.settle()
    assert cases.ui.casesCountsLabel.text == "1 labelled, 2 unlabelled"
    assert "cases already" in cases.ui.casesAddAllButton.toolTip


def test_what_cannot_be_a_label_is_one_line_and_leaves_no_files(
    cases: Cases,  # noqa: F811
    volume: Any,
    sample_cases: Any,
) -> None:
    node = drawn(volume, sample_cases, ("head", "tail"))
    import slicer

    whole = np.ones(slicer.util.arrayFromVolume(volume).shape, np.uint8)
    segment = node.GetSegmentation().AddEmptySegment("", "everything")
    node.GetSegmentation().SeparateSegmentLabelmap(segment)
    slicer.util.updateSegmentBinaryLabelmapFromArray(whole, node, segment, volume)
    add_from_scene(cases, volume, node)
    assert "overlap" in cases.said and "Segment Editor" in cases.said
    assert cases.project.cases == [] and not list(cases.folder.rglob("*.nrrd"))


def test_a_node_deleted_in_the_midst(cases: Cases, volume: Any, sample_cases: Any) -> None:  # noqa: F811
    import slicer

    from ugmcl.errors import UserError
    from UGMCLTrainingLib.cases.from_scene import SceneCase, add_steps

    node = drawn(volume, sample_cases, ("head", "tail"))
    steps = add_steps(cases.project, [SceneCase((volume,), node)])
    next(steps)
    slicer.mrmlScene.RemoveNode(node)
    with pytest.raises(UserError, match="deleted meanwhile"):
        for _share in steps:
            pass
    assert cases.project.cases == [] and not list(cases.folder.rglob("*.nrrd"))


def test_the_scene_closed_while_adding(cases: Cases, volume: Any) -> None:  # noqa: F811
    cases.host.click(cases.ui.casesSceneButton)
    cases.ui.casesImageSelector.setCurrentNode(volume)
    cases.panel.settle()
    folder = cases.folder
    cases.section.add_chosen()
    cases.host.close_scene()
    cases.host.process_events(0.3)
    assert cases.section.adding is None and cases.project is None
    assert not list(folder.rglob("*.part")) and not list(folder.rglob("*.nrrd"))


def test_what_the_segmentation_module_handed_over(
    cases: Cases,  # noqa: F811
    volume: Any,
    sample_cases: Any,
) -> None:
    """A partial label: 255 stays, names come from the result, and it is offered once."""
    import slicer

    result = drawn(volume, sample_cases, ("anterior hippocampus", "posterior hippocampus"))
    result.SetAttribute("UGMCL.Role", "segmentation")
    result.SetNodeReferenceID("UGMCL.input", volume.GetID())
    label = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "Partial label 10:00:00")
    values = read_label(sample_cases[0][2]).array[0].astype(np.uint8)
    values[:, :10] = 255
    slicer.util.updateVolumeFromArray(label, values)
    label.CopyOrientation(volume)
    label.SetAttribute("UGMCL.Role", "partial label")
    names = {"1": "anterior hippocampus", "2": "posterior hippocampus"}
    label.SetAttribute("UGMCL.SegmentNames", json.dumps(names))
    result.SetNodeReferenceID("UGMCL.partialLabel", label.GetID())
    cases.section.refresh()
    assert "Partial label 10:00:00" in cases.ui.casesHandedLabel.text
    cases.host.click(cases.ui.casesHandedButton)
    cases.settle()
    (case,) = cases.project.cases
    assert (case.role, case.origin) == ("labelled", "handed over") and cases.rows()[0][4] == "fine"
    assert [s.name for s in cases.project.segments] == ["anterior hippocampus", "posterior hippocampus"]
    assert np.array_equal(read_label(case.label).array[0], values)
    cases.section.refresh()
    assert not cases.ui.casesHandedFrame.visible


def test_several_channels(
    cases: Cases,  # noqa: F811
    volume: Any,
    sample_cases: Any,
    narrow_model: str,
    tmp_path: Path,
) -> None:
    """A project of two channels asks for two volumes; a model of one is told to be another's."""
    import slicer

    image = str(sample_cases[0][1])
    manifest = tmp_path / "two.json"
    entries = [{"id": "two", "image": [image, image]}]
    manifest.write_text(json.dumps({"channels": ["T1", "T2"], "cases": entries}))
    assert not cases.ui.casesImageSelector2.visible
    cases.add_folder(manifest)
    cases.host.click(cases.ui.casesSceneButton)
    cases.panel.settle()
    assert cases.ui.casesImageSelector2.visible and cases.ui.casesImageLabel2.text == "T2:"
    assert not cases.ui.casesImageSelector3.visible and not cases.ui.casesAddAllButton.visible
    cases.ui.casesImageSelector.setCurrentNode(volume)
    cases.panel.settle()
    assert "every channel" in cases.ui.casesAddSceneButton.toolTip
    cases.ui.casesImageSelector2.setCurrentNode(slicer.util.loadVolume(image))
    cases.panel.settle()
    cases.host.click(cases.ui.casesAddSceneButton)
    cases.settle()
    names = [path.name for path in cases.project.cases[1].images]
    assert names == ["case_001_0000.nrrd", "case_001_0001.nrrd"]
    assert all(path.is_file() for path in cases.project.cases[1].images)
    cases.panel.parameters.startModel = narrow_model
    cases.settle()
    assert "channels T1, T2, the model takes" in cases.ui.casesFindingsLabel.text
    assert "Start from another model" in cases.ui.casesFindingsLabel.text


def test_the_window_stays_alive_with_a_large_volume(cases: Cases, volume: Any) -> None:  # noqa: F811
    """Written and checked beside the window: no pause of a second, however slow the computer is here."""
    import slicer

    large = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "large")
    voxels = np.random.default_rng(0).integers(0, 900, (160, 224, 224)).astype(np.int16)
    slicer.util.updateVolumeFromArray(large, voxels)
    label = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "drawn")
    slicer.util.updateVolumeFromArray(label, (voxels > 450).astype(np.uint8))
    cases.host.click(cases.ui.casesSceneButton)
    cases.ui.casesImageSelector.setCurrentNode(large)
    cases.ui.casesLabelSelector.setCurrentNode(label)
    cases.panel.settle()
    cases.host.start_pause_watch()
    cases.host.click(cases.ui.casesAddSceneButton)
    cases.settle()
    longest = cases.host.longest_pause()
    print(f"longest pause {longest:.3f} s")
    assert longest < 1.0
    assert cases.project.cases[0].role == "labelled"

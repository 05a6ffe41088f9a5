"""What users of other systems suffer from and what must not happen here (docs/complaints-segmentation.md)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ugmcl.errors import UserError

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def result(module: Any, load_image: Callable[[], Any]) -> Any:
    """The nodes of a finished segmentation of the bundled MRI, without a surface."""
    return module.UGMCLSegmentationLogic().segment(load_image(), model="hippocampus", surface="never")


def nodes_of_class(name: str) -> list[Any]:
    import slicer

    return slicer.util.getNodesByClass(name)


def test_names_colours_and_codes_are_the_models(result: Any) -> None:
    import json

    from ugmcl.models.places import shipped_folders

    segmentation = result.segmentation.GetSegmentation()
    description = json.loads((shipped_folders()[0] / "hippocampus" / "model.json").read_text("utf-8"))
    for number, expected in enumerate(description["segments"]):
        segment = segmentation.GetNthSegment(number)
        assert segment.GetName() == expected["name"]
        assert segment.GetColor() == pytest.approx(expected["color"])
        code = expected["terminology"]["type"]
        assert f"{code['scheme']}^{code['value']}^{code['meaning']}" in segment.GetTerminology()


def test_segments_can_be_removed_renamed_and_reloaded(result: Any, tmp_path: Path) -> None:
    import slicer

    segmentation = result.segmentation.GetSegmentation()
    segmentation.RemoveSegment(segmentation.GetNthSegmentID(0))
    segmentation.GetNthSegment(0).SetName("renamed: é, 海馬")
    kept = slicer.util.arrayFromSegmentBinaryLabelmap(
        result.segmentation, segmentation.GetNthSegmentID(0), result.uncertainty
    ).copy()
    file = tmp_path / "result.seg.nrrd"
    assert slicer.util.exportNode(result.segmentation, str(file))
    slicer.mrmlScene.Clear(0)
    loaded = slicer.util.loadSegmentation(str(file))
    assert loaded.GetSegmentation().GetNumberOfSegments() == 1
    segment_id = loaded.GetSegmentation().GetNthSegmentID(0)
    assert loaded.GetSegmentation().GetSegment(segment_id).GetName() == "renamed: é, 海馬"
    voxels = slicer.util.arrayFromSegmentInternalBinaryLabelmap(loaded, segment_id)
    assert np.count_nonzero(voxels) == np.count_nonzero(kept) > 0


def test_a_run_adds_one_segmentation_and_a_surface_only_when_wanted(result: Any) -> None:
    assert nodes_of_class("vtkMRMLSegmentationNode") == [result.segmentation]
    names: list[str] = []
    result.segmentation.GetSegmentation().GetContainedRepresentationNames(names)
    assert names == ["Binary labelmap"]


def test_a_run_leaves_the_users_own_segmentation_alone(module: Any, load_image: Callable[[], Any]) -> None:
    import slicer

    volume = load_image()
    mine = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "mine")
    mine.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    segment_id = mine.GetSegmentation().AddEmptySegment("lesion", "anterior hippocampus")
    everything = np.ones(slicer.util.arrayFromVolume(volume).shape, np.uint8)
    slicer.util.updateSegmentBinaryLabelmapFromArray(everything, mine, segment_id, volume)
    result = module.UGMCLSegmentationLogic().segment(volume, model="hippocampus", surface="never")
    assert result.segmentation is not mine
    voxels = slicer.util.arrayFromSegmentBinaryLabelmap(mine, segment_id, volume)
    assert voxels.all()


def test_two_volumes_two_results_side_by_side(
    module: Any, result: Any, load_image: Callable[[], Any]
) -> None:
    second = load_image()
    other = module.UGMCLSegmentationLogic().segment(second, model="hippocampus", surface="never")
    assert set(nodes_of_class("vtkMRMLSegmentationNode")) == {result.segmentation, other.segmentation}
    assert result.segmentation.GetNodeReference("UGMCL.input") is not second
    assert other.segmentation.GetNodeReference("UGMCL.input") is second


def test_scripts_meet_no_window(host: Any, module: Any, load_image: Callable[[], Any]) -> None:
    with pytest.raises(UserError):
        module.UGMCLSegmentationLogic().segment(load_image(), model="liver")
    assert host.messages() == []


def test_the_corrected_copy_is_another_node_and_made_once(result: Any) -> None:
    import slicer

    from ugmcl.slicer.corrected_copy import corrected_copy

    first = result.segmentation.GetSegmentation().GetNthSegmentID(0)
    before = slicer.util.arrayFromSegmentBinaryLabelmap(result.segmentation, first, result.uncertainty).copy()
    copy = corrected_copy(result)
    assert corrected_copy(result) is copy
    slicer.util.updateSegmentBinaryLabelmapFromArray(
        np.zeros_like(before), copy, copy.GetSegmentation().GetNthSegmentID(0), result.uncertainty
    )
    after = slicer.util.arrayFromSegmentBinaryLabelmap(result.segmentation, first, result.uncertainty)
    assert np.array_equal(after, before)

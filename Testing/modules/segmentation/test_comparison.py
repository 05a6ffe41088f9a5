"""A result beside a reference: pairs, figures, table, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ugmcl.samples import demo_sample

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def segmentation(host: Any) -> Callable[..., Any]:
    """A segmentation node with segments given as name: mask on the volume's grid."""
    import slicer

    def make(volume: Any, parts: dict[str, np.ndarray], codes: dict[str, str] | None = None) -> Any:
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "made")
        node.CreateDefaultDisplayNodes()
        node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
        for name, mask in parts.items():
            segment_id = node.GetSegmentation().AddEmptySegment("", name)
            if codes and name in codes:
                node.GetSegmentation().GetSegment(segment_id).SetTerminology(codes[name])
            slicer.util.updateSegmentBinaryLabelmapFromArray(mask.astype(np.uint8), node, segment_id, volume)
        return node

    return make


@pytest.fixture
def volume(host: Any) -> Any:
    """20 x 30 x 40 voxels of 1 x 2 x 3 mm, turned obliquely."""
    import slicer
    import vtk

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "image")
    slicer.util.updateVolumeFromArray(node, np.zeros((40, 30, 20), np.float32))
    transform = vtk.vtkTransform()
    transform.RotateX(20)
    transform.RotateZ(-35)
    transform.Scale(1, 2, 3)
    node.SetIJKToRASMatrix(transform.GetMatrix())
    return node


def box(*bounds: int) -> np.ndarray:
    mask = np.zeros((40, 30, 20), bool)
    k0, k1, j0, j1, i0, i1 = bounds
    mask[k0:k1, j0:j1, i0:i1] = True
    return mask


def test_figures_that_a_person_can_compute(module: Any, volume: Any, segmentation: Any) -> None:
    """Two boxes of 10 x 10 x 10 voxels, shifted by two slices of 3 mm: Dice 0.8, shifted faces 6 mm apart."""
    from UGMCLSegmentationLib.comparison.figures import mean_row, prepared_comparison

    result = segmentation(volume, {"left": box(10, 20, 5, 15, 5, 15), "right": box(25, 35, 5, 15, 5, 15)})
    reference = segmentation(volume, {"Right": box(25, 35, 5, 15, 5, 15), "LEFT ": box(12, 22, 5, 15, 5, 15)})
    matching, compute = prepared_comparison(result, reference, volume)
    assert [(pair.name, pair.matched_by) for pair in matching.pairs] == [("left", "name"), ("right", "name")]
    left, right = compute()
    assert left["dice"] == pytest.approx(0.8) and right["dice"] == 1
    assert left["volume_ml"] == pytest.approx(6.0) and left["hd95_mm"] == pytest.approx(6.0, abs=0.01)
    assert right["hd95_mm"] == 0
    mean = mean_row([left, right])
    assert mean["dice"] == pytest.approx(0.9) and mean["volume_ml"] == pytest.approx(12.0)


def test_names_then_codes_and_never_positions(module: Any, volume: Any, segmentation: Any) -> None:
    from UGMCLSegmentationLib.comparison.matching import match_segments

    code = "x~SCT^123037004^Anatomical Structure~SCT^10200004^{}~^^~y~^^~^^"
    one = segmentation(
        volume,
        {"Leber": box(1, 5, 1, 5, 1, 5), "odd": box(6, 9, 1, 5, 1, 5)},
        {"Leber": code.format("Leber")},
    )
    other = segmentation(
        volume,
        {"even": box(1, 5, 1, 5, 1, 5), "liver": box(6, 9, 1, 5, 1, 5)},
        {"liver": code.format("Liver")},
    )
    matching = match_segments(one, other)
    assert [(pair.name, pair.matched_by) for pair in matching.pairs] == [("Leber", "terminology")]
    assert matching.only_result == ("odd",) and matching.only_reference == ("even",)


def test_one_segment_each_needs_no_name(module: Any, volume: Any, segmentation: Any) -> None:
    from UGMCLSegmentationLib.comparison.matching import match_segments

    one = segmentation(volume, {"Segment_1": box(1, 5, 1, 5, 1, 5)})
    other = segmentation(volume, {"atrium": box(1, 5, 1, 5, 1, 5)})
    assert match_segments(one, other).pairs[0].matched_by == "only one each"


def test_a_missed_structure_counts_as_worst(module: Any, volume: Any, segmentation: Any) -> None:
    from UGMCLSegmentationLib.comparison.figures import prepared_comparison
    from UGMCLSegmentationLib.comparison.table import comparison_table

    result = segmentation(volume, {"left": np.zeros((40, 30, 20)), "right": box(5, 9, 5, 9, 5, 9)})
    reference = segmentation(volume, {"left": box(1, 5, 1, 5, 1, 5), "right": box(5, 9, 5, 9, 5, 9)})
    rows = prepared_comparison(result, reference, volume)[1]()
    assert rows[0]["dice"] == 0 and rows[0]["hd95_mm"] == pytest.approx(np.linalg.norm([120, 60, 20]))
    table = comparison_table(result, rows)
    assert "not found by the model" in table.GetTable().GetColumnName(1)
    assert comparison_table(result, rows) is table and table.GetNumberOfColumns() == 4


def test_what_cannot_be_compared_is_said(module: Any, volume: Any, segmentation: Any) -> None:
    from ugmcl.errors import UserError
    from UGMCLSegmentationLib.comparison.figures import prepared_comparison

    result = segmentation(volume, {"left": box(1, 5, 1, 5, 1, 5), "right": box(6, 9, 1, 5, 1, 5)})
    other = segmentation(volume, {"heart": box(1, 5, 1, 5, 1, 5), "lung": box(6, 9, 1, 5, 1, 5)})
    for reference, image, words in (
        (None, volume, "reference"),
        (other, volume, "left, right / heart, lung"),
    ):
        with pytest.raises(UserError, match=words):
            prepared_comparison(result, reference, image)
    with pytest.raises(UserError, match="is gone"):
        prepared_comparison(result, other, None)


def test_clicks_lead_to_the_table_of_the_command_line(panel: Any, by_command_line: Any) -> None:
    """The bundled case against its reference: the same Dice as `ugmcl demo` prints."""
    import sys

    import slicer

    from ugmcl.metrics.overlap import dice

    panel.segment()
    reference = slicer.util.loadSegmentation(str(demo_sample().reference))
    names = ("anterior hippocampus", "posterior hippocampus")
    parts = reference.GetSegmentation()
    for index, name in enumerate(names):
        parts.GetNthSegment(index).SetName(name)
    section = panel.section("ComparisonSection")
    section.ui.comparisonCollapsibleButton.setProperty("collapsed", False)
    panel.settle()
    assert not section.ui.compareButton.enabled and "reference" in section.ui.compareButton.toolTip
    section.ui.referenceSelector.setCurrentNode(reference)
    panel.settle()
    panel.host.click(section.ui.compareButton)
    panel.host.wait_until(lambda: section._work is None, 60, "the comparison")
    panel.settle()
    table = panel.widget.result().segmentation.GetNodeReference("UGMCL.comparison")
    columns = table.GetTable()
    shown = {columns.GetColumnName(column): float(table.GetCellText(0, column)) for column in (1, 2, 3)}
    found = by_command_line(demo_sample().image)
    import SimpleITK as sitk

    truth = sitk.GetArrayFromImage(sitk.ReadImage(str(demo_sample().reference)))
    for value, name in enumerate(names, start=1):
        assert shown[name] == pytest.approx(dice(found["label"] == value, truth == value), abs=6e-4)
    assert section.ui.comparisonTableView.visible
    assert "torch" not in sys.modules


def test_slicer_rts_opinion_is_shown_where_it_is_installed(
    module: Any, volume: Any, segmentation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SlicerRT is not in the host: its node and logic are played, the sentence and the clean-up are ours."""
    from UGMCLSegmentationLib.comparison import slicer_rt
    from UGMCLSegmentationLib.comparison.matching import match_segments
    from UGMCLSegmentationLib.comparison_section import second_opinions

    result = segmentation(volume, {"left": box(1, 5, 1, 5, 1, 5)})
    matching = match_segments(result, result)
    assert second_opinions(result, result, volume, matching) == ""
    monkeypatch.setattr(slicer_rt, "has_slicer_rt", lambda: True)
    monkeypatch.setattr(slicer_rt, "second_opinion", lambda *_a: {"dice": 0.8123, "hausdorff_95_mm": 2.0})
    assert "left: Dice 0.812, 95 % Hausdorff 2.00 mm" in second_opinions(result, result, volume, matching)

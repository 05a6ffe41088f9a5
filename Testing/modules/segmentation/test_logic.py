"""The same by a script: ``UGMCLSegmentationLogic().segment``; oblique and transformed volumes; regions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ugmcl.errors import Stopped, UserError

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def logic(module: Any) -> Any:
    return module.UGMCLSegmentationLogic()


def test_segment_returns_the_nodes(logic: Any, load_image: Callable[[], Any]) -> None:
    nodes = logic.segment(load_image(), model="hippocampus")
    assert nodes.segmentation.GetSegmentation().GetNumberOfSegments() == 2
    assert nodes.uncertainty is not None


def test_an_oblique_volume_under_a_transform_goes_the_whole_way(
    logic: Any,
    load_image: Callable[[], Any],
    label_of: Callable[..., Any],
    by_command_line: Any,
    tmp_path: Path,
) -> None:
    import slicer
    import vtk

    volume = load_image()
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    turn = vtk.vtkTransform()
    turn.PostMultiply()
    turn.SetMatrix(matrix)
    turn.RotateWXYZ(17.0, 0.3, 0.8, 0.2)
    turn.Translate(31.0, -17.0, 5.0)
    volume.SetIJKToRASMatrix(turn.GetMatrix())
    assert slicer.util.exportNode(volume, str(tmp_path / "oblique.nrrd"))

    parent = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "move")
    move = vtk.vtkTransform()
    move.RotateX(30.0)
    move.Translate(100.0, 0.0, 0.0)
    parent.SetMatrixTransformToParent(move.GetMatrix())
    volume.SetAndObserveTransformNodeID(parent.GetID())

    nodes = logic.segment(volume, model="hippocampus")
    expected = by_command_line(tmp_path / "oblique.nrrd")
    assert np.array_equal(label_of(nodes, volume), expected["label"])
    assert nodes.segmentation.GetParentTransformNode() is parent
    assert nodes.uncertainty.GetParentTransformNode() is parent
    assert expected["label"].any()


def test_outside_of_a_region_is_background(logic: Any, load_image: Callable[[], Any], label_of: Any) -> None:
    import slicer

    volume = load_image()
    bounds = [0.0] * 6
    volume.GetRASBounds(bounds)
    roi = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode")
    roi.SetCenterWorld([sum(bounds[0:2]) / 2, bounds[2] + (bounds[3] - bounds[2]) / 4, sum(bounds[4:6]) / 2])
    roi.SetSize([bounds[1] - bounds[0], (bounds[3] - bounds[2]) / 2, bounds[5] - bounds[4]])
    nodes = logic.segment(volume, model="hippocampus", region=roi)
    label = label_of(nodes, volume)
    matrix = slicer.util.arrayFromVolume(volume)
    assert label.any()
    ijk_to_ras = np.eye(4)
    import vtk

    m = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(m)
    for row in range(4):
        for column in range(4):
            ijk_to_ras[row, column] = m.GetElement(row, column)
    k, j, i = np.nonzero(label)
    anterior = (ijk_to_ras @ np.stack([i, j, k, np.ones_like(i)]))[1]
    middle = (bounds[2] + bounds[3]) / 2
    assert matrix.shape == label.shape
    assert anterior.max() <= middle + 1.0


def test_errors_are_raised_with_a_remedy(logic: Any, load_image: Callable[[], Any]) -> None:
    volume = load_image()
    with pytest.raises(UserError, match="there is no model liver"):
        logic.segment(volume, model="liver")
    with pytest.raises(UserError, match="there is no option 'colour'"):
        logic.segment(volume, model="hippocampus", colour="red")
    with pytest.raises(UserError, match="knows no structure liver"):
        logic.segment(volume, model="hippocampus", segments=("liver",))
    import slicer

    empty = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty")
    with pytest.raises(UserError, match="no voxels"):
        logic.segment(empty, model="hippocampus")


def test_without_wait_the_run_is_returned_and_can_be_cancelled(
    logic: Any, host: Any, load_image: Callable[[], Any]
) -> None:
    run = logic.segment(load_image(), model="hippocampus", wait=False)
    run.cancel()
    host.wait_until(lambda: run.ended, 30, "the end")
    assert run.state == "cancelled"
    assert issubclass(Stopped, Exception)

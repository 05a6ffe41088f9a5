"""Nodes of a result: geometry, names, colours, display, places; without a network, from arrays made here."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ugmcl.volumes.segment import Segment

pytestmark = pytest.mark.timeout(180)
CODES = {
    "category": {"scheme": "SCT", "value": "123037004", "meaning": "Anatomical Structure"},
    "type": {"scheme": "SCT", "value": "82471001", "meaning": "Left atrium"},
}
SEGMENTS = (Segment(1, "left atrium", (0.9, 0.2, 0.1), CODES), Segment(4, "wall / Wand", (0.1, 0.3, 0.8)))


def arrays_for(volume: Any, **changes: Any) -> Any:
    """A result on the volume's grid: two boxes, uncertainty rising along x, one region."""
    import slicer

    from ugmcl.slicer.geometry import ijk_to_lps
    from ugmcl.slicer.result_files import ResultArrays

    shape = slicer.util.arrayFromVolume(volume).shape
    labels = np.zeros(shape, np.uint8)
    labels[2:-2, 2:6, 2:5] = 1
    labels[2:-2, 2:6, 5:-1] = 4
    uncertainty = np.broadcast_to(np.linspace(0, 1, shape[2], dtype=np.float32), shape).copy()
    regions = np.zeros(shape, np.uint16)
    regions[3, 3, 3] = 1
    report = {
        "model": {"name": "test", "version": "2.0"},
        "created": "2026-01-02T03:04:05+00:00",
        "segments": [],
        "regions": [],
    }
    values = {
        "labels_zyx": labels, "affine": ijk_to_lps(volume), "segments": SEGMENTS, "uncertainty": uncertainty,
        "maps": {"probability_left atrium": uncertainty * 0.5}, "regions": regions, "report": report,
    }  # fmt: skip
    return ResultArrays(**{**values, **changes})


def make(volume: Any, arrays: Any = None, **options: Any) -> Any:
    from ugmcl.slicer.result_nodes import make_result_nodes
    from ugmcl.slicer.steps import run_now

    chosen = {"surface": "never", "time_text": "14:32:05", **options}
    return run_now(make_result_nodes(arrays or arrays_for(volume), volume, **chosen))


@pytest.fixture
def volume(host: Any) -> Any:
    """8 x 9 x 10 voxels, anisotropic, turned, flipped; its name would be no file name."""
    import slicer
    import vtk

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", 'Bärbel "a/b" 100 %')
    slicer.util.updateVolumeFromArray(node, np.zeros((10, 9, 8), np.float32))
    transform = vtk.vtkTransform()
    transform.Translate(20, -30, 40)
    transform.RotateX(25)
    transform.RotateZ(-40)
    transform.Scale(1.5, -1, 2)
    node.SetIJKToRASMatrix(transform.GetMatrix())
    return node


def parent_of(kind: str) -> Any:
    """A linear transform, or one that bends space."""
    import slicer
    import vtk

    if kind == "linear":
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        turn = vtk.vtkTransform()
        turn.RotateY(33)
        turn.Translate(5, 6, 7)
        node.SetMatrixTransformToParent(turn.GetMatrix())
        return node
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTransformNode")
    bend = vtk.vtkThinPlateSplineTransform()
    source, target = vtk.vtkPoints(), vtk.vtkPoints()
    for x, y, z in ((0, 0, 0), (50, 0, 0), (0, 50, 0), (0, 0, 50), (50, 50, 50)):
        source.InsertNextPoint(x, y, z)
        target.InsertNextPoint(x + 0.1 * y, y - 0.05 * z, z + 4)
    target.SetPoint(4, 58, 47, 60)
    bend.SetSourceLandmarks(source)
    bend.SetTargetLandmarks(target)
    bend.SetBasisToR()
    node.SetAndObserveTransformToParent(bend)
    return node


def world_of(node: Any, ijk: tuple[int, int, int]) -> np.ndarray:
    import vtk

    matrix, general = vtk.vtkMatrix4x4(), vtk.vtkGeneralTransform()
    node.GetIJKToRASMatrix(matrix)
    point = matrix.MultiplyPoint((*ijk, 1.0))[:3]
    if node.GetParentTransformNode() is not None:
        node.GetParentTransformNode().GetTransformToWorld(general)
        point = general.TransformPoint(point)
    return np.array(point)


@pytest.mark.parametrize("kind", ["none", "linear", "bent"])
def test_results_lie_on_the_image_under_any_transform(volume: Any, kind: str) -> None:
    import slicer

    if kind != "none":
        volume.SetAndObserveTransformNodeID(parent_of(kind).GetID())
    nodes = make(volume)
    for node in (nodes.uncertainty, nodes.regions, *nodes.maps.values()):
        for ijk in ((0, 0, 0), (7, 8, 9), (3, 2, 5)):
            assert world_of(node, ijk) == pytest.approx(world_of(volume, ijk), abs=1e-6)
    assert nodes.segmentation.GetTransformNodeID() == volume.GetTransformNodeID()
    expected = arrays_for(volume).labels_zyx
    for value in (1, 4):
        mask = slicer.util.arrayFromSegmentBinaryLabelmap(nodes.segmentation, f"segment_{value}", volume)
        assert (mask.astype(bool) == (expected == value)).all()


def test_names_colours_and_codes_are_the_models(volume: Any) -> None:
    parts = make(volume).segmentation.GetSegmentation()
    first, second = parts.GetSegment("segment_1"), parts.GetSegment("segment_4")
    assert (first.GetName(), second.GetName()) == ("left atrium", "wall / Wand")
    assert first.GetColor() == pytest.approx((0.9, 0.2, 0.1))
    assert "82471001" in first.GetTerminology()


def test_the_uncertainty_is_shown_from_0_to_1_in_even_steps(volume: Any) -> None:
    import slicer

    from ugmcl.slicer.colour_maps import COLOUR_MAPS, colour_table
    from ugmcl.slicer.uncertainty_display import apply_display

    nodes = make(volume)
    options = {"visible": True, "threshold": 0.25, "opacity": 0.4, "legend": True}
    apply_display(nodes, colour_map="viridis", **options)
    display = nodes.uncertainty.GetDisplayNode()
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == pytest.approx((0.0, 1.0))
    assert display.GetLowerThreshold() == pytest.approx(0.25) and display.GetApplyThreshold()
    assert display.GetColorNode() is colour_table("viridis") is colour_table("viridis")
    for composite in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode"):
        assert composite.GetForegroundVolumeID() == nodes.uncertainty.GetID()
        assert composite.GetForegroundOpacity() == pytest.approx(0.4)
    legend = slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(nodes.uncertainty)
    assert legend.GetVisibility() and "Uncertainty" in legend.GetTitleText()
    apply_display(nodes, colour_map="viridis", **{**options, "visible": False})
    assert not legend.GetVisibility()
    assert all(
        composite.GetForegroundVolumeID() != nodes.uncertainty.GetID()
        for composite in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")
    )
    for name in COLOUR_MAPS:
        table, colour = colour_table(name), [0.0] * 4
        light = []
        for index in range(table.GetNumberOfColors()):
            table.GetColor(index, colour)
            light.append(0.2126 * colour[0] ** 2.2 + 0.7152 * colour[1] ** 2.2 + 0.0722 * colour[2] ** 2.2)
        assert (np.diff(light) > -1e-3).all() and light[-1] > light[0] + 0.4, f"{name} is not monotone"


def test_the_subject_hierarchy_keeps_a_result_beside_its_image(volume: Any) -> None:
    import slicer

    tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    study = tree.CreateFolderItem(tree.GetSceneItemID(), "study")
    tree.SetItemParent(tree.GetItemByDataNode(volume), study)
    nodes = make(volume)
    assert tree.GetItemParent(nodes.folder_item) == study
    for node in (nodes.segmentation, nodes.uncertainty):
        assert tree.GetItemParent(tree.GetItemByDataNode(node)) == nodes.folder_item


def test_earlier_results_stay_unless_they_are_to_be_replaced(volume: Any) -> None:
    import slicer

    from ugmcl.slicer.result_nodes import ResultNodes

    first, second = make(volume), make(volume, time_text="14:40:00")
    assert ResultNodes.of(first.segmentation) is not None
    assert first.segmentation.GetName() != second.segmentation.GetName()
    third = make(volume, replace=second)
    assert slicer.mrmlScene.GetNodeByID(third.segmentation.GetID()) is third.segmentation
    left = [
        node
        for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
        if node.GetAttribute("UGMCL.Role") == "segmentation"
    ]
    assert left == [first.segmentation, third.segmentation]


def test_a_result_that_is_given_up_leaves_nothing(volume: Any) -> None:
    import slicer

    from ugmcl.slicer.result_nodes import make_result_nodes

    before = slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode")
    volumes = slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode")
    steps = make_result_nodes(arrays_for(volume), volume, surface="never", time_text="x")
    next(steps)
    next(steps)
    steps.close()
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == before
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == volumes


def test_without_regions_or_uncertainty_it_works_all_the_same(volume: Any) -> None:
    from ugmcl.slicer.jump import outline_region

    nodes = make(volume, arrays_for(volume, regions=None, uncertainty=None, maps={}))
    assert nodes.regions is None and nodes.uncertainty is None
    assert outline_region(nodes, 1) is None


def test_a_saved_scene_brings_everything_back(host: Any, volume: Any, tmp_path: Path) -> None:
    import slicer

    from ugmcl.slicer.result_nodes import ResultNodes

    make(volume, surface="always")
    path = tmp_path / "scene.mrb"
    assert slicer.mrmlScene.WriteToMRB(str(path))
    host.close_scene()
    assert slicer.mrmlScene.ReadFromMRB(str(path))
    host.process_events(0.3)
    (segmentation,) = [
        node
        for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
        if node.GetAttribute("UGMCL.Role") == "segmentation"
    ]
    nodes = ResultNodes.of(segmentation)
    assert nodes is not None and nodes.uncertainty is not None and nodes.regions is not None
    assert list(nodes.maps) == ["probability_left atrium"]
    assert segmentation.GetAttribute("UGMCL.Model") == "test@2.0"
    values = slicer.util.arrayFromVolume(nodes.uncertainty)
    assert values.dtype == np.float32 and values.max() == pytest.approx(1.0)


def test_the_outline_of_a_region_and_the_way_there(volume: Any) -> None:
    import slicer

    from ugmcl.slicer.jump import clear_outline, jump_to, outline_region

    volume.SetAndObserveTransformNodeID(parent_of("linear").GetID())
    nodes = make(volume)
    outline = outline_region(nodes, 1)
    mask = slicer.util.arrayFromSegmentBinaryLabelmap(outline, "region", nodes.regions)
    assert mask.sum() == 1 and mask[3, 3, 3] == 1
    assert outline.GetTransformNodeID() == volume.GetTransformNodeID()
    assert outline_region(nodes, 1) is outline and outline.GetDisplayNode().GetVisibility()
    clear_outline()
    assert not outline.GetDisplayNode().GetVisibility()
    import vtk

    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    jump_to(matrix.MultiplyPoint((3, 3, 3, 1.0))[:3], volume)
    place = world_of(volume, (3, 3, 3))
    red = slicer.mrmlScene.GetNodeByID("vtkMRMLSliceNodeRed")
    assert red.GetSliceToRAS().GetElement(2, 3) == pytest.approx(place[2], abs=0.6)


def test_no_step_takes_long_with_256_voxels_a_side(host: Any, tmp_path: Path) -> None:
    """Printed; the window's own limit is tested by clicks (1 s)."""
    import slicer

    from ugmcl.slicer.result_nodes import make_result_nodes
    from ugmcl.slicer.volume_export import export_volume

    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "large")
    slicer.util.updateVolumeFromArray(volume, np.zeros((256, 256, 256), np.float32))
    arrays = arrays_for(volume, maps={})
    longest = {}
    for name, steps in (
        ("handing over", export_volume(volume, tmp_path / "a.nrrd")),
        ("making the nodes", make_result_nodes(arrays, volume, surface="never", time_text="x")),
    ):
        gaps, last = [], time.perf_counter()
        for _share in steps:
            now = time.perf_counter()
            gaps.append(now - last)
            last = now
        longest[name] = max(gaps)
        print(f"longest step of {name} with 256³ voxels: {1000 * longest[name]:.0f} ms")
    assert max(longest.values()) < 1.0

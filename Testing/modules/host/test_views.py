"""Views show what is in the scene and draw again when it changes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.timeout(120)


def pixels(view: Any) -> np.ndarray:
    """The view's present picture as rows, columns, RGB."""
    image = view.grab().toImage()
    import qt

    image = image.convertToFormat(qt.QImage.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def red_share(view: Any) -> float:
    """Share of clearly red pixels."""
    rgb = pixels(view)
    return float(((rgb[..., 0] > 120) & (rgb[..., 1] < 90) & (rgb[..., 2] < 90)).mean())


def cube(color: tuple[float, float, float] = (1, 0, 0)) -> tuple[Any, Any]:
    """A grey image with a cube as segment."""
    import slicer

    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")
    slicer.util.updateVolumeFromArray(volume, np.full((20, 20, 20), 50, np.int16))
    volume.CreateDefaultDisplayNodes()
    volume.GetDisplayNode().AutoWindowLevelOff()
    volume.GetDisplayNode().SetWindowLevel(100, 50)
    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Result")
    segmentation.CreateDefaultDisplayNodes()
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    segmentation.GetSegmentation().AddEmptySegment("cube", "Cube", color)
    mask = np.zeros((20, 20, 20), np.uint8)
    mask[5:15, 5:15, 5:15] = 1
    slicer.util.updateSegmentBinaryLabelmapFromArray(mask, segmentation, "cube", volume)
    return volume, segmentation


def test_slice_views_follow_the_nodes(host: Any) -> None:
    import slicer

    host.show()
    volume, segmentation = cube()
    segmentation.GetDisplayNode().SetOpacity2DFill(1)
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    view = slicer.app.layoutManager().sliceWidget("Red").sliceView()
    host.wait_until(lambda: red_share(view) > 0.05, 10, "the red cube in the slice view")
    segmentation.GetDisplayNode().SetVisibility(False)
    host.wait_until(lambda: red_share(view) < 0.01, 10, "the cube's disappearance")
    grey = np.median(pixels(view)[view.height // 2 - 20 : view.height // 2 + 20])
    assert 100 < grey < 156  # 50 in a window of 0 to 100
    assert view.layer_names() == ["B: CT"]
    assert view.side_letters() == ("R", "L", "P", "A")


def test_surfaces_appear_in_the_3d_view(host: Any) -> None:
    import slicer

    host.show()
    _, segmentation = cube()
    segmentation.CreateClosedSurfaceRepresentation()
    view = slicer.app.layoutManager().threeDWidget(0).threeDView()
    slicer.app.layoutManager().resetThreeDViews()
    host.wait_until(lambda: red_share(view) > 0.05, 10, "the cube in the 3D view")


def test_pausing_holds_the_views_back(host: Any) -> None:
    import slicer

    host.show()
    host.process_events(0.2)
    view = slicer.app.layoutManager().sliceWidget("Red").sliceView()
    before = view.renders
    with slicer.util.RenderBlocker():
        view.scheduleRender()
        host.process_events(0.3)
        assert view.renders == before
    host.wait_until(lambda: view.renders > before, 5, "a picture after the pause")


def test_layouts(host: Any) -> None:
    import slicer

    manager = slicer.app.layoutManager()
    host.show()
    assert set(manager.sliceViewNames()) == {"Red", "Yellow", "Green"}
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    host.process_events()
    assert manager.sliceWidget("Red").isVisible() and not manager.sliceWidget("Green").isVisible()
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpPlotView)
    host.process_events()
    assert manager.plotWidget(0).isVisible()


def test_a_point_of_a_plot_is_selected_by_a_click(host: Any) -> None:
    import slicer

    table = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", "Numbers")
    slicer.util.updateTableFromArray(table, np.array([[0.0, 1.0], [1.0, 3.0], [2.0, 2.0]]), ["x", "y"])
    series = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", "Series")
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetXColumnName("x")
    series.SetYColumnName("y")
    series.SetPlotType(series.PlotTypeScatter)
    series.SetColor(1, 0, 0)
    series.SetMarkerSize(25)
    chart = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotChartNode", "Chart")
    chart.AddAndObservePlotSeriesNodeID(series.GetID())
    slicer.modules.plots.logic().ShowChartInLayout(chart)
    view = slicer.app.layoutManager().plotWidget(0).plotView()
    host.show()
    host.wait_until(lambda: red_share(view) > 0.0005, 10, "the points")
    seen: list[Any] = []
    view.dataSelected.connect(
        lambda ids, rows: seen.append((ids.GetValue(0), rows.GetItemAsObject(0).GetValue(0)))
    )
    view.select_at(*view.point_positions(view.chart().GetPlot(0))[1])
    assert seen == [(series.GetID(), 1)]


def test_segments_are_shown_and_hidden_in_the_table(host: Any) -> None:
    import qt
    import slicer

    _, segmentation = cube()
    view = slicer.qMRMLSegmentsTableView()
    view.setSegmentationNode(segmentation)
    view.setSelectedSegmentIDs(["cube"])
    assert view.selectedSegmentIDs() == ("cube",)
    view.tableWidget().item(0, 0).setCheckState(qt.Qt.Unchecked)
    assert not segmentation.GetDisplayNode().GetSegmentVisibility("cube")
    segmentation.GetSegmentation().GetSegment("cube").SetName("Box")
    assert view.tableWidget().item(0, 3).text() == "Box"
    segmentation.GetSegmentation().RemoveAllSegments()
    assert view.tableWidget().rowCount == 0


def test_tables_show_their_node(host: Any) -> None:
    import slicer

    table = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", "Numbers")
    slicer.util.updateTableFromArray(table, np.array([[0.5, 1.0], [1.5, 3.0]]), ["x", "y"])
    view = slicer.qMRMLTableView()
    view.setMRMLTableNode(table)
    model = view.model()
    assert (model.rowCount(), model.columnCount()) == (2, 2)
    assert model.data(model.index(1, 0)) == "1.5"
    table.AddEmptyRow()
    assert model.rowCount() == 3


def test_the_segment_editor_takes_the_first_segmentation(host: Any) -> None:
    import slicer

    volume, segmentation = cube()
    slicer.util.selectModule("SegmentEditor")
    editor = slicer.modules.SegmentEditorWidget.editor
    editor.setSourceVolumeNode(volume)
    editor.setActiveEffectByName("Paint")
    assert editor.segmentationNode() is segmentation and editor.currentSegmentID() == "cube"
    assert (
        slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode().GetBackgroundVolumeID()
        == volume.GetID()
    )
    node = editor.mrmlSegmentEditorNode()
    assert node.GetActiveEffectName() == "Paint"
    host.close_scene()
    assert editor.segmentationNode() is None


SCRIPT = """
import sys
sys.path[:0] = {paths}
from host import start_host
host = start_host()
host.theme("dark")
host.screenshot(sys.argv[1])
print(host.window.width, host.window.devicePixelRatioF())
host.close()
sys.stdout.flush()
import os
os._exit(0)
"""


def test_a_picture_at_scale_factor_two_has_twice_the_pixels(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "twice.png"
    code = SCRIPT.format(paths=[str(root / "Testing"), str(root)])
    environment = os.environ | {"QT_SCALE_FACTOR": "2"}
    command = [sys.executable, "-c", code, str(path)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)
    assert run.returncode == 0, run.stderr
    width, ratio = run.stdout.split()
    header = path.read_bytes()[16:24]
    assert int.from_bytes(header[:4], "big") == 2 * int(width) and float(ratio) == 2

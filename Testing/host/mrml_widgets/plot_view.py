"""qMRMLPlotView: a plot chart node, drawn by VTK's own chart."""

from __future__ import annotations

import math
from typing import Any

import slicer
import vtk
from PySide6 import QtCore, QtGui, QtWidgets

from host.mrml_widgets.chart import fill_chart
from host.observations import Observations
from host.views.rendered_view import RenderedView

REACH_PIXELS = 12


class qMRMLPlotView(RenderedView):
    """Shows the chart that its view node names; a click near a point selects it."""

    dataSelected = QtCore.Signal(
        object, object
    )  # vtkStringArray of series ids, vtkCollection of vtkIdTypeArray

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._node: Any = None
        self._node_observations, self._chart_observations = Observations(), Observations()
        self._drawn: list[tuple[Any, Any]] = []
        self._renderer, self._chart = vtk.vtkRenderer(), vtk.vtkChartXY()
        self._renderer.SetBackground(1, 1, 1)
        scene, actor = vtk.vtkContextScene(), vtk.vtkContextActor()
        actor.SetScene(scene)
        scene.SetRenderer(self._renderer)
        scene.AddItem(self._chart)
        self._renderer.AddActor(actor)
        self._scene = scene
        self.window_.AddRenderer(self._renderer)

    def setMRMLScene(self, scene: Any) -> None:
        """The chart comes by the view node."""

    def chart(self) -> Any:
        return self._chart

    def mrmlPlotViewNode(self) -> Any:
        return self._node

    def setMRMLPlotViewNode(self, node: Any) -> None:
        self._node = node
        self._node_observations.clear()
        if node is not None:
            self._node_observations.add(node, "ModifiedEvent", self._follow)
        self._follow()

    def _chart_node(self) -> Any:
        chart_id = self._node.GetPlotChartNodeID() if self._node is not None else None
        return slicer.mrmlScene.GetNodeByID(chart_id) if chart_id else None

    def _follow(self, *_: Any) -> None:
        """Observe what the chart is made of and draw it again."""
        self._chart_observations.clear()
        chart = self._chart_node()
        if chart is not None:
            series = [
                chart.GetNthPlotSeriesNode(index) for index in range(chart.GetNumberOfPlotSeriesNodes())
            ]
            tables = [entry.GetTableNode() for entry in series if entry is not None]
            for node in (chart, *series, *tables):
                if node is not None:
                    self._chart_observations.add(node, "ModifiedEvent", self._data_changed)
        self._drawn = fill_chart(self._chart, chart)
        self.scheduleRender()

    def _data_changed(self, *_: Any) -> None:
        self._follow()

    def fitToContent(self) -> None:
        self._chart.RecalculateBounds()
        self.scheduleRender()

    def before_rendering(self) -> None:
        self._scene.SetGeometry(*self.pixels())
        self._chart.SetSize(vtk.vtkRectf(0, 0, *self.pixels()))

    def point_positions(self, plot: Any) -> list[tuple[float, float]]:
        """Where a series' points lie in the widget, in its own coordinates."""
        x_axis, y_axis = self._chart.GetAxis(vtk.vtkAxis.BOTTOM), self._chart.GetAxis(vtk.vtkAxis.LEFT)
        ratio, height = self.devicePixelRatioF(), self.height
        table = plot.GetInput()
        positions = []
        for row in range(table.GetNumberOfRows()):
            values = (table.GetValue(row, column).ToDouble() for column in (0, 1))
            x, y = (place_on(axis, value) for axis, value in zip((x_axis, y_axis), values, strict=True))
            positions.append((x / ratio, height - y / ratio))
        return positions

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        if event.button() == QtCore.Qt.LeftButton:
            self.select_at(event.position().x(), event.position().y())

    def select_at(self, x: float, y: float) -> None:
        """Select the point nearest to a place of the widget, if one is in reach."""
        found = [
            (math.dist(position, (x, y)), series, row)
            for series, plot in self._drawn
            for row, position in enumerate(self.point_positions(plot))
        ]
        nearest = min(found, key=lambda entry: entry[0], default=None)
        if nearest is None or nearest[0] > REACH_PIXELS:
            return
        ids, rows, selected = vtk.vtkStringArray(), vtk.vtkIdTypeArray(), vtk.vtkCollection()
        ids.InsertNextValue(nearest[1].GetID())
        rows.InsertNextValue(nearest[2])
        selected.AddItem(rows)
        self.dataSelected.emit(ids, selected)


def place_on(axis: Any, value: float) -> float:
    """Where a value lies along an axis, in the render window's pixels."""
    index = 0 if axis.GetPosition() == vtk.vtkAxis.BOTTOM else 1
    start, end = axis.GetPoint1()[index], axis.GetPoint2()[index]
    low, high = axis.GetMinimum(), axis.GetMaximum()
    if axis.GetLogScaleActive():
        value = math.log10(value) if value > 0 else low
    return start + (value - low) / (high - low) * (end - start) if high > low else start


class qMRMLPlotWidget(QtWidgets.QWidget):
    """`slicer.app.layoutManager().plotWidget(0)`."""

    def __init__(self, node: Any = None) -> None:
        super().__init__()
        self._view = qMRMLPlotView()
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._view)
        self._view.setMRMLPlotViewNode(node)

    def plotView(self) -> qMRMLPlotView:
        return self._view

    def mrmlPlotViewNode(self) -> Any:
        return self._view.mrmlPlotViewNode()

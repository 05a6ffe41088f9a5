"""The chart of the live view: nodes made once, filled anew when rows come; never saved with the scene."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _

from UGMCLTrainingLib.live.plots import DASHED, DOTTED, Line

ROLE = "UGMCL.Role"
LAYOUT_NAME = "UGMCLTrainingLive"


class LiveChart:
    """Lines in a qMRMLPlotView.

    Args:
        view: the widget.
    """

    def __init__(self, view: Any) -> None:
        self._view = view
        self._view_node: Any = None
        self._chart: Any = None
        self._series: list[tuple[Any, Any]] = []  # series and its table

    def show(self, lines: Sequence[Line], y_title: str, owner: Any) -> None:
        """Draw these; ``owner`` is the node that the view belongs to."""
        self._view.setVisible(bool(lines))
        if not lines:
            return
        self._make(owner)
        for index, line in enumerate(lines):
            if index >= len(self._series):
                self._series.append(_new_series())
            _fill(*self._series[index], line)
        wanted = [series.GetID() for series, _table in self._series[: len(lines)]]
        present = list(self._ids())
        if present != wanted:
            self._chart.RemoveAllPlotSeriesNodeIDs()
            for series_id in wanted:
                self._chart.AddAndObservePlotSeriesNodeID(series_id)
        self._chart.SetYAxisTitle(y_title)
        self._chart.Modified()

    def remove(self) -> None:
        """Take the nodes out of the scene."""
        nodes = [self._chart, self._view_node, *(node for pair in self._series for node in pair)]
        self._view.setMRMLPlotViewNode(None)
        self._view_node = self._chart = None
        self._series = []
        for node in nodes:
            if node is not None and node.GetScene() is not None:
                node.GetScene().RemoveNode(node)

    def _ids(self) -> list[str]:
        count = self._chart.GetNumberOfPlotSeriesNodes()
        return [self._chart.GetNthPlotSeriesNodeID(number) for number in range(count)]

    def _make(self, owner: Any) -> None:
        """The nodes, again after a scene was closed."""
        if self._chart is not None and self._chart.GetScene() is not None:
            return
        self._series = []
        self._chart = _add("vtkMRMLPlotChartNode", _("Training"))
        self._chart.SetTitleVisibility(False)
        self._chart.SetLegendVisibility(False)  # it would hide the curves; the panel names them below
        self._chart.SetXAxisTitle(_("Training steps"))
        node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLPlotViewNode")
        node.UnRegister(None)
        node.SetName(LAYOUT_NAME)
        node.SetLayoutName(LAYOUT_NAME)
        node.SetSaveWithScene(False)
        # with an owner Slicer's layout manager does not make a second view for it
        node.SetAndObserveParentLayoutNodeID(owner.GetID())
        self._view_node = slicer.mrmlScene.AddNode(node)
        self._view.setMRMLPlotViewNode(self._view_node)
        self._view_node.SetPlotChartNodeID(self._chart.GetID())


def _new_series() -> tuple[Any, Any]:
    table = _add("vtkMRMLTableNode", _("Training curve"))
    series = _add("vtkMRMLPlotSeriesNode", _("Training curve"))
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter)
    return series, table


def _add(kind: str, name: str) -> Any:
    node = slicer.mrmlScene.CreateNodeByClass(kind)
    node.UnRegister(None)
    node.SetName(name)
    node.SetAttribute(ROLE, "training curves")
    node.SetSaveWithScene(False)
    node.SetHideFromEditors(True)
    return slicer.mrmlScene.AddNode(node)


def _fill(series: Any, table: Any, line: Line) -> None:
    kind = slicer.vtkMRMLPlotSeriesNode
    columns = vtk.vtkTable()
    twice = 2 if len(line.x) == 1 else 1  # VTK complains of a line with a single point
    columns.AddColumn(_column("x", line.x * twice))
    columns.AddColumn(_column("y", line.y * twice))
    table.SetAndObserveTable(columns)
    changing = series.StartModify()
    series.SetName(line.name)
    series.SetXColumnName("x")
    series.SetYColumnName("y")
    series.SetColor(*line.colour)
    styles = {DASHED: kind.LineStyleDash, DOTTED: kind.LineStyleDot}
    series.SetLineStyle(styles.get(line.style, kind.LineStyleSolid))
    series.SetLineWidth(2)
    series.SetMarkerStyle(kind.MarkerStyleCircle if line.points else kind.MarkerStyleNone)
    series.SetMarkerSize(6)
    series.EndModify(changing)


def _column(name: str, values: Sequence[float]) -> Any:
    from vtk.util.numpy_support import numpy_to_vtk

    array = numpy_to_vtk(np.asarray(values, dtype=np.float64), deep=True)
    array.SetName(name)
    return array

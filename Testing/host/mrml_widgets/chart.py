"""A plot chart node's series, axes and titles on a vtkChartXY."""

from __future__ import annotations

from typing import Any

import slicer
import vtk

Series = slicer.vtkMRMLPlotSeriesNode
AXES = (("X", vtk.vtkAxis.BOTTOM), ("Y", vtk.vtkAxis.LEFT))


def fill_chart(chart: Any, node: Any) -> list[tuple[Any, Any]]:
    """Draw what the node says; the series nodes with their vtkPlot."""
    chart.ClearPlots()
    chart.SetTitle("")
    if node is None:
        return []
    if node.GetTitleVisibility():
        chart.SetTitle(node.GetTitle() or "")
    chart.GetTitleProperties().SetFontSize(node.GetTitleFontSize() or 14)
    chart.SetShowLegend(bool(node.GetLegendVisibility()))
    for letter, place in AXES:
        dress_axis(chart.GetAxis(place), node, letter)
    series = [node.GetNthPlotSeriesNode(index) for index in range(node.GetNumberOfPlotSeriesNodes())]
    drawn = [(entry, add_series(chart, entry)) for entry in series if entry is not None]
    return [(entry, plot) for entry, plot in drawn if plot is not None]


def dress_axis(axis: Any, node: Any, letter: str) -> None:
    """Title, grid, range and scale of one axis."""

    def get(name: str) -> Any:
        return getattr(node, f"Get{letter}Axis{name}")()

    axis.SetTitle((get("Title") or "") if get("TitleVisibility") else "")
    axis.SetGridVisible(bool(node.GetGridVisibility()))
    axis.SetLogScale(bool(get("LogScale")))
    if get("RangeAuto"):
        axis.SetBehavior(vtk.vtkAxis.AUTO)
    else:
        axis.SetBehavior(vtk.vtkAxis.FIXED)
        axis.SetRange(*get("Range"))


def add_series(chart: Any, series: Any) -> Any:
    """One series as a vtkPlot; None when its table or columns do not exist."""
    columns = columns_of(series)
    if columns is None:
        return None
    table = vtk.vtkTable()
    for column in columns:
        table.AddColumn(column)
    kind = series.GetPlotType()
    bar = kind == Series.PlotTypeBar
    lone_points = kind == Series.PlotTypeScatter and not series.GetLineStyle()
    plot = chart.AddPlot(
        vtk.vtkChart.BAR if bar else vtk.vtkChart.POINTS if lone_points else vtk.vtkChart.LINE
    )
    plot.SetInputData(table, 0, 1)
    plot.SetLabel(series.GetName() or "")
    red, green, blue = series.GetColor()
    plot.SetColorF(red, green, blue, series.GetOpacity())
    plot.SetWidth(series.GetLineWidth())
    if not bar:
        plot.SetMarkerStyle(series.GetMarkerStyle())
        plot.SetMarkerSize(series.GetMarkerSize())
        plot.GetPen().SetLineType(series.GetLineStyle())
    return plot


def columns_of(series: Any) -> tuple[Any, Any] | None:
    """The x and y columns, named differently as vtkTable needs it; a line's x is the row number."""
    node = series.GetTableNode()
    if node is None:
        return None
    source = node.GetTable()
    y = source.GetColumnByName(series.GetYColumnName() or "")
    if series.IsXColumnRequired():
        x = source.GetColumnByName(series.GetXColumnName() or "")
    else:
        x = row_numbers(source.GetNumberOfRows())
    if x is None or y is None:
        return None
    return renamed(x, "x"), renamed(y, "y")


def row_numbers(count: int) -> Any:
    """0, 1, 2, ..."""
    numbers = vtk.vtkDoubleArray()
    for number in range(count):
        numbers.InsertNextValue(number)
    return numbers


def renamed(column: Any, name: str) -> Any:
    """A copy of a column under another name."""
    copy = column.NewInstance()
    copy.DeepCopy(column)
    copy.SetName(name)
    return copy

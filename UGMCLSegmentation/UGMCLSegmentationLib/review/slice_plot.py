"""Uncertainty slice by slice as a chart: where along the body the doubt lies; a click goes there."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray
from slicer.i18n import tr as _

from ugmcl.slicer.geometry import ijk_to_lps
from ugmcl.slicer.result_nodes import ROLE, all_results

PLOT, SERIES, VALUES = "UGMCL.plot", "UGMCL.plotSeries", "UGMCL.plotTable"
STEP_SLICES = 16


def axial_axis(affine: NDArray[np.float64]) -> int:
    """The array axis (of z, y, x) along which the body's height changes most."""
    return 2 - int(np.argmax(np.abs(affine[2, :3])))


def slice_values(
    uncertainty: NDArray[np.float32], axis: int, voxel_ml: float
) -> Generator[float, None, NDArray]:
    """Sum of the uncertainty over every slice, in mL of complete doubt; some slices a step."""
    moved = np.moveaxis(uncertainty, axis, 0)
    values = np.zeros(len(moved))
    for start in range(0, len(moved), STEP_SLICES):
        part = moved[start : start + STEP_SLICES]
        values[start : start + STEP_SLICES] = part.sum(axis=(1, 2), dtype=np.float64) * voxel_ml
        yield min(1.0, (start + STEP_SLICES) / len(moved))
    return values


def plot_steps(segmentation: Any, uncertainty: Any) -> Generator[float, None, Any]:
    """Make the chart of a result, unless it has one; returns its node."""
    chart = segmentation.GetNodeReference(PLOT)
    if chart is not None:
        return chart
    affine = ijk_to_lps(uncertainty)
    axis = axial_axis(affine)
    voxel_ml = abs(float(np.linalg.det(affine[:3, :3]))) / 1000.0
    values = yield from slice_values(slicer.util.arrayFromVolume(uncertainty), axis, voxel_ml)
    return make_chart(segmentation, values)


def make_chart(segmentation: Any, values: NDArray) -> Any:
    """The chart node with its series and table, all tied to the result."""
    remove_left_over()
    name = segmentation.GetName()
    table = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", _("{name} by slice").format(name=name))
    slice_title, value_title = _("Slice"), _("Uncertainty (mL)")
    slicer.util.updateTableFromArray(
        table, [np.arange(len(values), dtype=float), values], [slice_title, value_title]
    )
    table.SetLocked(True)
    series = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", value_title)
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetXColumnName(slice_title)
    series.SetYColumnName(value_title)
    series.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter)
    series.SetMarkerStyle(slicer.vtkMRMLPlotSeriesNode.MarkerStyleNone)
    series.SetColor(0.85, 0.3, 0.1)
    chart = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotChartNode", _("{name} by slice").format(name=name))
    chart.AddAndObservePlotSeriesNodeID(series.GetID())
    chart.SetTitle(_("Uncertainty by slice"))
    chart.SetXAxisTitle(slice_title)
    chart.SetYAxisTitle(value_title)
    chart.SetLegendVisibility(False)
    for node, role in ((chart, PLOT), (series, SERIES), (table, VALUES)):
        node.SetAttribute(ROLE, "plot")
        segmentation.SetNodeReferenceID(role, node.GetID())
    return chart


def remove_left_over() -> None:
    """Charts of results that are gone."""
    kept = {result.GetNodeReferenceID(role) for result in all_results() for role in (PLOT, SERIES, VALUES)}
    for kind in ("vtkMRMLPlotChartNode", "vtkMRMLPlotSeriesNode", "vtkMRMLTableNode"):
        for node in slicer.util.getNodesByClass(kind):
            if node.GetAttribute(ROLE) == "plot" and node.GetID() not in kept:
                slicer.mrmlScene.RemoveNode(node)


def slice_center_ras(uncertainty: Any, index: int) -> tuple[float, float, float]:
    """The middle of a slice, RAS mm in the node's own frame."""
    affine = ijk_to_lps(uncertainty)
    shape = slicer.util.arrayFromVolume(uncertainty).shape
    voxel = [(n - 1) / 2 for n in shape]
    voxel[axial_axis(affine)] = float(index)
    x, y, z, _one = affine @ [voxel[2], voxel[1], voxel[0], 1.0]
    return (-float(x), -float(y), float(z))

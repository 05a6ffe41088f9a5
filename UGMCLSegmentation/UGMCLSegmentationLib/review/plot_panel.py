"""The plot of the panel: made in steps, shown in a view of its own, a click leads to the slice."""

from __future__ import annotations

from typing import Any

import slicer

from ugmcl.slicer.steps import StepRunner
from UGMCLSegmentationLib.review import slice_plot


class PlotPanel:
    """Shows the chart of one result.

    Args:
        view: qMRMLPlotView.
        on_fault: gets what the chart could not be made for.
    """

    def __init__(self, view: Any, on_fault: Any) -> None:
        self._view, self._on_fault = view, on_fault
        self._nodes: Any = None
        self._steps: Any = None
        self._view_node: Any = None
        view.connect("dataSelected(vtkStringArray*, vtkCollection*)", self._point_chosen)

    @property
    def busy(self) -> bool:
        """Whether the chart is being made."""
        return self._steps is not None

    def show(self, nodes: Any, owner: Any) -> None:
        """The chart of a result (None hides it); ``owner`` is the node that the view belongs to."""
        if nodes is self._nodes:
            return
        self.stop()
        self._nodes = nodes
        shown = nodes is not None and nodes.uncertainty is not None
        self._view.setVisible(shown)
        if shown:
            steps = slice_plot.plot_steps(nodes.segmentation, nodes.uncertainty)
            self._steps = StepRunner(
                steps, lambda _share: None, lambda chart: self._made(chart, owner), self._failed
            )

    def stop(self) -> None:
        """Forget the result: the scene or the module closes."""
        if self._steps is not None:
            self._steps.cancel()
        self._steps = self._nodes = None

    def _made(self, chart: Any, owner: Any) -> None:
        self._steps = None
        if self._view_node is None or self._view_node.GetScene() is None:
            node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLPlotViewNode")
            node.UnRegister(None)
            node.SetName("UGMCLSlices")
            node.SetLayoutName("UGMCLSlices")
            node.SetSaveWithScene(False)
            # with an owner Slicer's layout manager does not make a second view for it
            node.SetAndObserveParentLayoutNodeID(owner.GetID())
            self._view_node = slicer.mrmlScene.AddNode(node)
            self._view.setMRMLPlotViewNode(self._view_node)
        self._view_node.SetPlotChartNodeID(chart.GetID())

    def _failed(self, fault: BaseException) -> None:
        self._steps = None
        self._on_fault(fault)

    def _point_chosen(self, _series: Any, points: Any) -> None:
        from ugmcl.slicer.jump import jump_to

        chosen = points.GetItemAsObject(0) if points is not None and points.GetNumberOfItems() else None
        if self._nodes is None or chosen is None or chosen.GetNumberOfValues() == 0:
            return
        uncertainty = self._nodes.uncertainty
        jump_to(slice_plot.slice_center_ras(uncertainty, int(chosen.GetValue(0))), uncertainty)

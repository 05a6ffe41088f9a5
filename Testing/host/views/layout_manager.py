"""`slicer.app.layoutManager()`: Slicer's own layout logic says which views there are, this lays them out."""

from __future__ import annotations

import math
from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets

from host.mrml_widgets.plot_view import qMRMLPlotWidget
from host.mrml_widgets.table_view import qMRMLTableWidget
from host.observations import Observations
from host.views.slice_widget import qMRMLSliceWidget
from host.views.three_d_view import qMRMLThreeDWidget

Layout = slicer.vtkMRMLLayoutNode
THREE_D_ABOVE = (
    Layout.SlicerLayoutInitialView,
    Layout.SlicerLayoutDefaultView,
    Layout.SlicerLayoutConventionalView,
)
ORDER = ("vtkMRMLSliceNodeRed", "vtkMRMLViewNode1", "vtkMRMLSliceNodeGreen", "vtkMRMLSliceNodeYellow")


class LayoutManager(QtCore.QObject):
    """Views are made when a layout first needs them and kept until the end."""

    layoutChanged = QtCore.Signal(int)

    def __init__(self, application: Any) -> None:
        super().__init__()
        self._widgets: dict[str, Any] = {}
        self._observations = Observations()
        self._logic = slicer.vtkMRMLLayoutLogic()
        self._logic.SetMRMLApplicationLogic(application.applicationLogic())
        self._logic.SetMRMLScene(application.mrmlScene())
        self._viewport: QtWidgets.QWidget | None = None
        self._grid: QtWidgets.QWidget | None = None
        self._shown: int | None = None
        self.setLayout(Layout.SlicerLayoutFourUpView)
        self._observations.add(self._logic.GetLayoutNode(), "ModifiedEvent", self._layout_modified)

    def setViewport(self, widget: QtWidgets.QWidget) -> None:
        """The widget, with a layout, that the views go into."""
        self._viewport = widget
        self._arrange()

    def viewport(self) -> Any:
        return self._viewport

    def layoutLogic(self) -> Any:
        return self._logic

    def setLayout(self, arrangement: int) -> None:
        self._logic.GetLayoutNode().SetViewArrangement(arrangement)

    def _get_layout(self) -> int:
        return self._logic.GetLayoutNode().GetViewArrangement()

    layout = QtCore.Property(int, _get_layout, setLayout)

    def _layout_modified(self, caller: Any, event: str) -> None:
        if self._get_layout() != self._shown:
            self._arrange()
            self.layoutChanged.emit(self._get_layout())

    # Views by kind

    def _nodes(self) -> list[Any]:
        """The present layout's view nodes, in reading order."""
        found = self._logic.GetViewNodes()
        nodes = [found.GetItemAsObject(index) for index in range(found.GetNumberOfItems())]
        return sorted(nodes, key=lambda n: ORDER.index(n.GetID()) if n.GetID() in ORDER else len(ORDER))

    def _widget(self, node: Any) -> Any:
        if node.GetID() not in self._widgets:
            self._widgets[node.GetID()] = make_view(node)
        return self._widgets[node.GetID()]

    def _of(self, kind: type) -> list[Any]:
        return [widget for widget in self._widgets.values() if isinstance(widget, kind)]

    def sliceViewNames(self) -> tuple[str, ...]:
        return tuple(widget.sliceViewName for widget in self._of(qMRMLSliceWidget))

    def sliceWidget(self, name: str) -> Any:
        return next((widget for widget in self._of(qMRMLSliceWidget) if widget.sliceViewName == name), None)

    def threeDWidget(self, index: int) -> Any:
        return nth(self._of(qMRMLThreeDWidget), index)

    def plotWidget(self, index: int) -> Any:
        return nth(self._of(qMRMLPlotWidget), index)

    def tableWidget(self, index: int) -> Any:
        return nth(self._of(qMRMLTableWidget), index)

    threeDViewCount = property(lambda self: len(self._of(qMRMLThreeDWidget)))
    plotViewCount = property(lambda self: len(self._of(qMRMLPlotWidget)))
    tableViewCount = property(lambda self: len(self._of(qMRMLTableWidget)))

    def mrmlSliceLogics(self) -> Any:
        return slicer.app.applicationLogic().GetSliceLogics()

    def resetSliceViews(self) -> None:
        for widget in self._of(qMRMLSliceWidget):
            widget.sliceLogic().FitSliceToAll()

    def resetThreeDViews(self) -> None:
        for widget in self._of(qMRMLThreeDWidget):
            widget.threeDView().resetFocalPoint()

    # Arrangement

    def _arrange(self) -> None:
        self._shown = self._get_layout()
        if self._viewport is None:
            return
        for widget in self._widgets.values():
            widget.setParent(None)
        if self._grid is not None:
            self._grid.deleteLater()
        self._grid = QtWidgets.QWidget()
        grid = QtWidgets.QGridLayout(self._grid)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2)
        nodes = self._nodes()
        three_d = [node for node in nodes if node.IsA("vtkMRMLViewNode")]
        if self._shown in THREE_D_ABOVE and len(three_d) < len(nodes):
            slices = [node for node in nodes if node not in three_d]
            grid.addWidget(self._widget(three_d[0]), 0, 0, 1, len(slices))
            self._fill(grid, slices, 1, len(slices))
        else:
            self._fill(grid, nodes, 0, math.ceil(math.sqrt(len(nodes))))
        self._viewport.layout().addWidget(self._grid)

    def _fill(self, grid: QtWidgets.QGridLayout, nodes: list[Any], first_row: int, columns: int) -> None:
        for index, node in enumerate(nodes):
            row, column = first_row + index // columns, index % columns
            grid.addWidget(self._widget(node), row, column)
            grid.setRowStretch(row, 1)
            grid.setColumnStretch(column, 1)
            self._widget(node).show()

    def reset(self) -> None:
        """Four views of nothing, as after start-up."""
        self.setLayout(Layout.SlicerLayoutFourUpView)

    def draw_all(self) -> None:
        """Render every view that is shown, now."""
        QtWidgets.QApplication.processEvents()
        for widget in self._widgets.values():
            view = view_of(widget)
            if view is not None and view.isVisible():
                view.forceRender()

    def close(self) -> None:
        """End the views before the nodes they show."""
        self._observations.clear()
        for widget in self._widgets.values():
            view = view_of(widget)
            if view is not None:
                view.close_view()
            widget.setParent(None)
        self._widgets = {}


def nth(widgets: list[Any], index: int) -> Any:
    """One of several, None when there are not so many."""
    return widgets[index] if 0 <= index < len(widgets) else None


def make_view(node: Any) -> Any:
    """The widget for a view node."""
    if node.IsA("vtkMRMLSliceNode"):
        return qMRMLSliceWidget(node.GetLayoutName(), node)
    if node.IsA("vtkMRMLViewNode"):
        return qMRMLThreeDWidget(node)
    if node.IsA("vtkMRMLPlotViewNode"):
        return qMRMLPlotWidget(node)
    return qMRMLTableWidget(node)


def view_of(widget: Any) -> Any:
    """The rendered part of a view's widget; None for a table."""
    for name in ("sliceView", "threeDView", "plotView"):
        if hasattr(widget, name):
            return getattr(widget, name)()
    return None

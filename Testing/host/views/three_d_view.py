"""The 3D view with Slicer's displayable managers."""

from __future__ import annotations

from typing import Any

import slicer
import vtk
from PySide6 import QtCore, QtGui, QtWidgets

from host.views.rendered_view import RenderedView, displayable_managers

MANAGERS = (
    "vtkMRMLCameraDisplayableManager",
    "vtkMRMLViewDisplayableManager",
    "vtkMRMLModelDisplayableManager",
    "vtkMRMLThreeDReformatDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager3D",
    "vtkMRMLMarkupsDisplayableManager",
    "vtkMRMLColorLegendDisplayableManager",
)
DEGREES_PER_PIXEL = 0.5


class qMRMLThreeDView(RenderedView):
    """The picture of the scene in space. Dragging turns it."""

    def __init__(self, node: Any, parent: Any = None) -> None:
        super().__init__(parent)
        self.setObjectName("ThreeDView1")
        self._node = node
        self.logic = slicer.vtkMRMLViewLogic()
        self.logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        slicer.app.applicationLogic().GetViewLogics().AddItem(self.logic)
        self.logic.SetMRMLScene(slicer.mrmlScene)
        self.logic.AddViewNode(node.GetLayoutName())
        self._renderer = vtk.vtkRenderer()
        self.window_.AddRenderer(self._renderer)
        factory = slicer.vtkMRMLThreeDViewDisplayableManagerFactory.GetInstance()
        self.group = displayable_managers(factory, MANAGERS, self._renderer, node)
        self.observations.add(self.group, "UpdateEvent", self.scheduleRender)
        self.observations.add(node, "ModifiedEvent", self.scheduleRender)
        self._dragged_from: QtCore.QPointF | None = None

    def mrmlViewNode(self) -> Any:
        return self._node

    def renderer(self) -> Any:
        return self._renderer

    def resetFocalPoint(self) -> None:
        """Look at what is shown; box and letters, which nothing here fits to it, appear without it only."""
        self._show_frame(False)
        self.forceRender()  # surfaces come into the view by rendering
        bounds = self._renderer.ComputeVisiblePropBounds()
        if bounds[1] >= bounds[0]:
            self._renderer.ResetCamera(bounds)
        self._show_frame(bounds[1] < bounds[0])
        self.scheduleRender()

    resetCamera = resetFocalPoint

    def _show_frame(self, visible: bool) -> None:
        self._node.SetBoxVisible(visible)
        self._node.SetAxisLabelsVisible(visible)

    def before_rendering(self) -> None:
        self._renderer.ResetCameraClippingRange()

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        self._dragged_from = event.position()

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._dragged_from is not None:
            moved = event.position() - self._dragged_from
            self._dragged_from = event.position()
            camera = self._renderer.GetActiveCamera()
            camera.Azimuth(-moved.x() * DEGREES_PER_PIXEL)
            camera.Elevation(moved.y() * DEGREES_PER_PIXEL)
            camera.OrthogonalizeViewUp()
            self.scheduleRender()

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        self._dragged_from = None

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        self._renderer.GetActiveCamera().Dolly(1.1 if event.angleDelta().y() > 0 else 1 / 1.1)
        self.scheduleRender()

    def close_view(self) -> None:
        self.group.SetMRMLDisplayableNode(None)
        self.group.SetRenderer(None)
        slicer.app.applicationLogic().GetViewLogics().RemoveItem(self.logic)
        super().close_view()


class ThreeDBar(QtWidgets.QWidget):
    """Slicer's 3D view controller, reduced to a button that brings the scene into view."""

    def __init__(self, view: qMRMLThreeDView) -> None:
        super().__init__()
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(4, 1, 4, 1)
        palette = self.palette
        palette.setColor(QtGui.QPalette.Window, QtGui.QColor("#7483e5"))
        self.setPalette(palette)
        self.setAutoFillBackground(True)
        row.addWidget(QtWidgets.QLabel("1"))
        row.addStretch(1)
        center = QtWidgets.QToolButton()
        center.setText("Center")
        center.setAutoRaise(True)
        center.clicked.connect(view.resetFocalPoint)
        row.addWidget(center)


class qMRMLThreeDWidget(QtWidgets.QWidget):
    """`slicer.app.layoutManager().threeDWidget(0)`."""

    def __init__(self, node: Any) -> None:
        super().__init__()
        self.setObjectName("qMRMLThreeDWidget1")
        self._view = qMRMLThreeDView(node)
        self._bar = ThreeDBar(self._view)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self._view, 1)

    def threeDView(self) -> qMRMLThreeDView:
        return self._view

    def threeDController(self) -> ThreeDBar:
        return self._bar

    def mrmlViewNode(self) -> Any:
        return self._view.mrmlViewNode()

    def viewLogic(self) -> Any:
        return self._view.logic

"""A Qt widget that shows what VTK renders off the screen."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
import vtk
from PySide6 import QtCore, QtGui, QtWidgets
from vtk.util.numpy_support import vtk_to_numpy

from host.observations import Observations

DELAY_MS = 40


class RenderedView(QtWidgets.QWidget):
    """Renders again a little after the displayable managers ask for it, never twice for one change."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QtWidgets.QSizePolicy.Expanding, QtWidgets.QSizePolicy.Expanding)
        self.setMinimumSize(80, 60)
        self.window_ = vtk.vtkRenderWindow()
        self.window_.SetOffScreenRendering(1)
        self.window_.SetMultiSamples(0)
        self._interactor = vtk.vtkGenericRenderWindowInteractor()  # some displayable managers ask for it
        self.window_.SetInteractor(self._interactor)
        self.observations = Observations()
        self.renders = 0
        self._picture: QtGui.QImage | None = None
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._render_if_shown)
        self._open = True

    def renderWindow(self) -> Any:
        return self.window_

    def pixels(self) -> tuple[int, int]:
        """Width and height in the screen's own pixels."""
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width * ratio)), max(1, round(self.height * ratio))

    def scheduleRender(self, *_: Any) -> None:
        """Render soon."""
        if self._open and not self._timer.active:
            self._timer.start()

    def _render_if_shown(self) -> None:
        if slicer.app.rendering_is_paused:
            self._timer.start()
        elif self.isVisible():
            self.forceRender()

    def forceRender(self) -> None:
        """Render now."""
        if not self._open:
            return
        self._timer.stop()
        self.before_rendering()
        self.window_.SetSize(*self.pixels())
        self.window_.Render()
        self.renders += 1
        self._picture = picture_of(self.window_)
        self._picture.setDevicePixelRatio(self.devicePixelRatioF())
        self.update()

    def before_rendering(self) -> None:
        """What a kind of view brings up to date first."""

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        self.scheduleRender()

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        self.scheduleRender()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        if self._picture is not None:
            painter.drawImage(self.rect, self._picture)
        self.paint_annotation(painter)
        painter.end()

    def paint_annotation(self, painter: QtGui.QPainter) -> None:
        """Text over the picture."""

    def close_view(self) -> None:
        """Stop rendering for good."""
        self._open = False
        self._timer.stop()
        self.observations.clear()
        self.window_.Finalize()


def picture_of(window: Any) -> QtGui.QImage:
    """What the render window holds."""
    grabber = vtk.vtkWindowToImageFilter()
    grabber.SetInput(window)
    grabber.ReadFrontBufferOff()
    grabber.ShouldRerenderOff()
    grabber.SetInputBufferTypeToRGB()
    grabber.Update()
    image = grabber.GetOutput()
    width, height, _ = image.GetDimensions()
    voxels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, 3)[::-1]
    rows = np.ascontiguousarray(voxels)
    return QtGui.QImage(rows.tobytes(), width, height, 3 * width, QtGui.QImage.Format_RGB888).copy()


def displayable_managers(factory: Any, names: tuple[str, ...], renderer: Any, node: Any) -> Any:
    """A group of Slicer's own displayable managers that draws into `renderer` for a view node."""
    factory.SetMRMLApplicationLogic(slicer.app.applicationLogic())
    for name in names:
        if not factory.IsDisplayableManagerRegistered(name):
            factory.RegisterDisplayableManager(name)
    group = slicer.vtkMRMLDisplayableManagerGroup()
    group.SetRenderer(renderer)
    group.Initialize(factory, renderer)
    group.SetMRMLDisplayableNode(node)
    return group

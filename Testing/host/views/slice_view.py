"""One slice view: the image from the slice logic, segments and markups from the displayable managers."""

from __future__ import annotations

from typing import Any

import slicer
import vtk
from PySide6 import QtCore, QtGui

from host.views.rendered_view import RenderedView, displayable_managers

MANAGERS = (
    "vtkMRMLModelSliceDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager2D",
    "vtkMRMLMarkupsDisplayableManager",
    "vtkMRMLCrosshairDisplayableManager",
    "vtkMRMLScalarBarDisplayableManager",
    "vtkMRMLColorLegendDisplayableManager",
)
DIRECTIONS = (("L", "R"), ("P", "A"), ("I", "S"))


class qMRMLSliceView(RenderedView):
    """The picture of a slice. The wheel moves through the volume."""

    def __init__(self, name: str, node: Any, parent: Any = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"SliceView{name}")
        self._node = node
        self.logic = slicer.vtkMRMLSliceLogic()
        self.logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        slicer.app.applicationLogic().GetSliceLogics().AddItem(self.logic)
        self.logic.SetMRMLScene(slicer.mrmlScene)
        self.logic.SetSliceNode(node)
        self._mapper, self._actor = vtk.vtkImageMapper(), vtk.vtkActor2D()
        self._mapper.SetColorWindow(255)
        self._mapper.SetColorLevel(127.5)
        self._actor.SetMapper(self._mapper)
        self._add_renderers()
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        self.group = displayable_managers(factory, MANAGERS, self._overlay, node)
        self.observations.add(self.group, "UpdateEvent", self.scheduleRender)
        self.observations.add(self.logic, "ModifiedEvent", self.scheduleRender)
        self.observations.add(node, "ModifiedEvent", self.scheduleRender)
        self.observations.add(self.logic.GetSliceCompositeNode(), "ModifiedEvent", self.scheduleRender)

    def _add_renderers(self) -> None:
        """The image below, what the managers draw above it: in one renderer one would hide the other."""
        self.window_.SetNumberOfLayers(2)
        self._ground, self._overlay = vtk.vtkRenderer(), vtk.vtkRenderer()
        self._ground.SetLayer(0)
        self._overlay.SetLayer(1)
        self._ground.AddViewProp(self._actor)
        self.window_.AddRenderer(self._ground)
        self.window_.AddRenderer(self._overlay)

    def mrmlSliceNode(self) -> Any:
        return self._node

    def displayableManagerByClassName(self, name: str) -> Any:
        managers = (
            self.group.GetNthDisplayableManager(i) for i in range(self.group.GetDisplayableManagerCount())
        )
        return next((manager for manager in managers if manager.IsA(name)), None)

    def before_rendering(self) -> None:
        size = self.pixels()
        if tuple(self._node.GetDimensions()[:2]) != size:
            self.logic.ResizeSliceNode(*size)
        connection = self.logic.GetImageDataConnection()
        self._actor.SetVisibility(connection is not None)
        if connection is not None:
            self._mapper.SetInputConnection(connection)

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        low, high, step = [0.0] * 6, 0.0, self.logic.GetLowestVolumeSliceSpacing()[2]
        self.logic.GetLowestVolumeSliceBounds(low)
        low, high = low[4], low[5]
        offset = self.logic.GetSliceOffset() + (step if event.angleDelta().y() > 0 else -step)
        self.logic.SetSliceOffset(min(max(offset, low), high))

    def paint_annotation(self, painter: QtGui.QPainter) -> None:
        """The volumes' names and the letters of the patient's sides."""
        inner = self.rect.adjusted(6, 4, -6, -4)
        names = "\n".join(self.layer_names())
        for color, place in (("black", inner.translated(1, 1)), ("#e8e8e8", inner)):  # legible on any image
            painter.setPen(QtGui.QColor(color))
            painter.drawText(place, QtCore.Qt.AlignLeft | QtCore.Qt.AlignBottom, names)
        left, right, bottom, top = self.side_letters()
        painter.setPen(QtGui.QColor("#f0d060"))
        flags = QtCore.Qt
        painter.drawText(inner, flags.AlignLeft | flags.AlignVCenter, left)
        painter.drawText(inner, flags.AlignRight | flags.AlignVCenter, right)
        painter.drawText(inner, flags.AlignHCenter | flags.AlignTop, top)
        painter.drawText(inner, flags.AlignHCenter | flags.AlignBottom, bottom)

    def layer_names(self) -> list[str]:
        """What is shown, from the top layer down."""
        composite = self.logic.GetSliceCompositeNode()
        layers = (
            ("L", composite.GetLabelVolumeID(), composite.GetLabelOpacity()),
            ("F", composite.GetForegroundVolumeID(), composite.GetForegroundOpacity()),
            ("B", composite.GetBackgroundVolumeID(), 1.0),
        )
        names = []
        for letter, node_id, opacity in layers:
            node = slicer.mrmlScene.GetNodeByID(node_id) if node_id else None
            if node is not None:
                share = "" if letter == "B" else f" ({opacity:.0%})"
                names.append(f"{letter}: {node.GetName()}{share}")
        return names

    def side_letters(self) -> tuple[str, str, str, str]:
        """The patient's side at the left, right, bottom and top of the picture."""
        matrix = self._node.GetSliceToRAS()
        found = []
        for column in (0, 1):
            axis = [matrix.GetElement(row, column) for row in range(3)]
            row = max(range(3), key=lambda index: abs(axis[index]))
            minus, plus = DIRECTIONS[row] if axis[row] > 0 else DIRECTIONS[row][::-1]
            found += [minus, plus]
        return found[0], found[1], found[2], found[3]

    def close_view(self) -> None:
        self.group.SetMRMLDisplayableNode(None)
        self.group.SetRenderer(None)
        slicer.app.applicationLogic().GetSliceLogics().RemoveItem(self.logic)
        super().close_view()

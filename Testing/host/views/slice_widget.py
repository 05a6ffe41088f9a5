"""A slice view with its coloured bar: name, slider, offset."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from host.views.slice_view import qMRMLSliceView

COLORS = {"Red": "#f34a33", "Yellow": "#edd54c", "Green": "#6eb04b"}
AXES = {"Axial": "S", "Sagittal": "R", "Coronal": "A"}
STEPS = 1000


class SliceBar(QtWidgets.QWidget):
    """Slicer's slice controller, reduced to the slider."""

    def __init__(self, name: str, view: qMRMLSliceView) -> None:
        super().__init__()
        self._view, self._showing = view, False
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(4, 1, 4, 1)
        self._name = QtWidgets.QLabel(name[0])
        self._slider = QtWidgets.QSlider(QtCore.Qt.Horizontal)
        self._slider.setRange(0, STEPS)
        self._slider.valueChanged.connect(self._slid)
        self._offset = QtWidgets.QLabel()
        for part, stretch in ((self._name, 0), (self._slider, 1), (self._offset, 0)):
            row.addWidget(part, stretch)
        palette = self.palette
        palette.setColor(QtGui.QPalette.Window, QtGui.QColor(COLORS.get(name, "#8080c0")))
        palette.setColor(QtGui.QPalette.WindowText, QtGui.QColor("black"))
        self.setPalette(palette)
        for label in (self._name, self._offset):
            label.setPalette(palette)
        self.setAutoFillBackground(True)
        view.observations.add(view.mrmlSliceNode(), "ModifiedEvent", self.show_offset)

    def _range(self) -> tuple[float, float]:
        bounds = [0.0] * 6
        self._view.logic.GetLowestVolumeSliceBounds(bounds)
        return bounds[4], bounds[5]

    def show_offset(self, *_: Any) -> None:
        """Bring slider and text to the slice's position."""
        node = self._view.mrmlSliceNode()
        offset = self._view.logic.GetSliceOffset()
        low, high = self._range()
        self._showing = True
        self._slider.setValue(round(STEPS * (offset - low) / (high - low)) if high > low else 0)
        self._showing = False
        self._offset.setText(f"{AXES.get(node.GetOrientation(), '')}: {offset:.2f} mm")

    def _slid(self, position: int) -> None:
        if not self._showing:
            low, high = self._range()
            self._view.logic.SetSliceOffset(low + position / STEPS * (high - low))


class qMRMLSliceWidget(QtWidgets.QWidget):
    """`slicer.app.layoutManager().sliceWidget("Red")`."""

    def __init__(self, name: str, node: Any) -> None:
        super().__init__()
        self.setObjectName(f"qMRMLSliceWidget{name}")
        self.sliceViewName = name
        self._view = qMRMLSliceView(name, node)
        self._bar = SliceBar(name, self._view)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self._view, 1)

    def sliceView(self) -> qMRMLSliceView:
        return self._view

    def sliceController(self) -> SliceBar:
        return self._bar

    def sliceLogic(self) -> Any:
        return self._view.logic

    def mrmlSliceNode(self) -> Any:
        return self._view.mrmlSliceNode()

    def mrmlSliceCompositeNode(self) -> Any:
        return self._view.logic.GetSliceCompositeNode()

    def fitSliceToBackground(self) -> None:
        self._view.logic.FitSliceToBackground()

"""ctkRangeWidget and ctkDoubleRangeSlider: two numbers, the lower never above the upper."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets


class ctkRangeWidget(QtWidgets.QWidget):
    """Two spin boxes with a bar between that shows the chosen part of the range."""

    valuesChanged = QtCore.Signal(float, float)
    minimumValueChanged = QtCore.Signal(float)
    maximumValueChanged = QtCore.Signal(float)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._range, self._values = (0.0, 99.0), (0.0, 99.0)
        self._decimals, self._step, self._showing = 2, 1.0, False
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._lower, self._upper = QtWidgets.QDoubleSpinBox(), QtWidgets.QDoubleSpinBox()
        row.addWidget(self._lower)
        row.addStretch(1)
        row.addWidget(self._upper)
        self._lower.valueChanged.connect(self._typed)
        self._upper.valueChanged.connect(self._typed)
        self._show()

    def setRange(self, minimum: float, maximum: float) -> None:
        self._range = (float(minimum), float(maximum))
        self.setValues(*self._values)

    def setValues(self, lower: float, upper: float) -> None:
        least, most = self._range
        before = self._values
        self._values = (min(max(least, float(lower)), most), min(max(least, float(upper)), most))
        self._show()
        if self._values[0] != before[0]:
            self.minimumValueChanged.emit(self._values[0])
        if self._values[1] != before[1]:
            self.maximumValueChanged.emit(self._values[1])
        if self._values != before:
            self.valuesChanged.emit(*self._values)

    def _show(self) -> None:
        self._showing = True
        for spin_box, value in zip((self._lower, self._upper), self._values, strict=True):
            spin_box.setDecimals(self._decimals)
            spin_box.setSingleStep(self._step)
            spin_box.setRange(*self._range)
            spin_box.setValue(value)
        self._showing = False
        self.update()

    def _typed(self) -> None:
        if not self._showing:
            self.setValues(self._lower.value, max(self._lower.value, self._upper.value))

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        least, most = self._range
        left, right = self._lower.geometry.right() + 8, self._upper.geometry.left() - 8
        if right <= left or most <= least:
            return
        painter = QtGui.QPainter(self)
        middle = self.height // 2
        painter.fillRect(left, middle - 2, right - left, 4, self.palette.brush(QtGui.QPalette.Mid))
        share = [(value - least) / (most - least) for value in self._values]
        start, end = (left + round(part * (right - left)) for part in share)
        painter.fillRect(
            start, middle - 3, max(1, end - start), 6, self.palette.brush(QtGui.QPalette.Highlight)
        )

    def _set_decimals(self, value: int) -> None:
        self._decimals = int(value)
        self._show()

    def _set_step(self, value: float) -> None:
        self._step = float(value)
        self._show()

    def _set_lower(self, value: float) -> None:
        self.setValues(value, max(value, self._values[1]))

    def _set_upper(self, value: float) -> None:
        self.setValues(min(value, self._values[0]), value)

    minimumValue = QtCore.Property(float, lambda self: self._values[0], _set_lower)
    maximumValue = QtCore.Property(float, lambda self: self._values[1], _set_upper)
    minimum = QtCore.Property(
        float,
        lambda self: self._range[0],
        lambda self, value: self.setRange(value, max(value, self._range[1])),
    )
    maximum = QtCore.Property(
        float,
        lambda self: self._range[1],
        lambda self, value: self.setRange(min(value, self._range[0]), value),
    )
    decimals = QtCore.Property(int, lambda self: self._decimals, _set_decimals)
    singleStep = QtCore.Property(float, lambda self: self._step, _set_step)
    setMinimumValue, setMaximumValue = _set_lower, _set_upper


class ctkDoubleRangeSlider(ctkRangeWidget):
    """The same with another name."""

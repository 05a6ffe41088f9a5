"""ctkSliderWidget, ctkDoubleSpinBox, ctkDoubleSlider: one number, with or without limits."""

from __future__ import annotations

import math
from typing import Any

from PySide6 import QtCore, QtWidgets

SLIDER_STEPS = 10_000
LARGEST = 1.7e308  # Qt's spin box takes no infinity


class NumberInput(QtWidgets.QWidget):
    """The value and its limits; subclasses say whether a slider and a spin box show it."""

    valueChanged = QtCore.Signal(float)
    valueIsChanging = QtCore.Signal(float)
    has_slider = True
    has_spin_box = True

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._value, self._minimum, self._maximum = 0.0, 0.0, 99.0
        self._decimals, self._step, self._showing = 2, 1.0, False
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._slider = QtWidgets.QSlider(QtCore.Qt.Horizontal)
        self._slider.setRange(0, SLIDER_STEPS)
        self._spin_box = QtWidgets.QDoubleSpinBox()
        for inner, wanted, stretch in (
            (self._slider, self.has_slider, 1),
            (self._spin_box, self.has_spin_box, 0),
        ):
            if wanted:
                row.addWidget(inner, stretch)
            else:
                inner.setParent(self)
                inner.hide()
        self._slider.valueChanged.connect(self._slid)
        self._spin_box.valueChanged.connect(self._typed)
        self.setFocusProxy(self._spin_box if self.has_spin_box else self._slider)
        self._show()

    def slider(self) -> QtWidgets.QSlider:
        return self._slider

    def spinBox(self) -> QtWidgets.QDoubleSpinBox:
        return self._spin_box

    def setValue(self, value: float) -> None:
        value = min(max(float(value), self._minimum), self._maximum)
        if math.isfinite(value):
            value = round(value, self._decimals)
        changed = value != self._value
        self._value = value
        self._show()
        if changed:
            self.valueIsChanging.emit(value)
            self.valueChanged.emit(value)

    def setMinimum(self, value: float) -> None:
        self.setRange(value, max(value, self._maximum))

    def setMaximum(self, value: float) -> None:
        self.setRange(min(value, self._minimum), value)

    def setRange(self, minimum: float, maximum: float) -> None:
        self._minimum, self._maximum = float(minimum), float(maximum)
        self.setValue(self._value)

    def setDecimals(self, value: int) -> None:
        self._decimals = int(value)
        self.setValue(self._value)

    def setSingleStep(self, value: float) -> None:
        self._step = float(value)
        self._show()

    def _show(self) -> None:
        """Bring slider and spin box to the value."""
        self._showing = True
        self._spin_box.setDecimals(self._decimals)
        self._spin_box.setRange(max(self._minimum, -LARGEST), min(self._maximum, LARGEST))
        self._spin_box.setSingleStep(self._step)
        self._spin_box.setValue(min(max(self._value, -LARGEST), LARGEST))
        width = self._maximum - self._minimum
        if math.isfinite(width) and width > 0:
            self._slider.setValue(round(SLIDER_STEPS * (self._value - self._minimum) / width))
            self._slider.setSingleStep(max(1, round(SLIDER_STEPS * self._step / width)))
        self._showing = False

    def _slid(self, position: int) -> None:
        width = self._maximum - self._minimum
        if not self._showing and math.isfinite(width):
            steps = round(position / SLIDER_STEPS * width / self._step) if self._step > 0 else position
            self.setValue(self._minimum + steps * self._step)

    def _typed(self, value: float) -> None:
        if not self._showing:
            self.setValue(value)

    def _get_suffix(self) -> str:
        return self._spin_box.suffix

    def _set_suffix(self, text: str) -> None:
        self._spin_box.setSuffix(text)

    def _get_prefix(self) -> str:
        return self._spin_box.prefix

    def _set_prefix(self, text: str) -> None:
        self._spin_box.setPrefix(text)

    value = QtCore.Property(float, lambda self: self._value, setValue)
    minimum = QtCore.Property(float, lambda self: self._minimum, setMinimum)
    maximum = QtCore.Property(float, lambda self: self._maximum, setMaximum)
    decimals = QtCore.Property(int, lambda self: self._decimals, setDecimals)
    singleStep = QtCore.Property(float, lambda self: self._step, setSingleStep)
    pageStep = QtCore.Property(float, lambda self: 10 * self._step, lambda self, value: None)
    suffix = QtCore.Property(str, _get_suffix, _set_suffix)
    prefix = QtCore.Property(str, _get_prefix, _set_prefix)
    setSuffix, setPrefix = _set_suffix, _set_prefix


class ctkSliderWidget(NumberInput):
    """Slider and spin box."""

    tracking = QtCore.Property(
        bool, lambda self: self._slider.tracking, lambda self, on: self._slider.setTracking(on)
    )


class ctkDoubleSpinBox(NumberInput):
    """Spin box alone."""

    has_slider = False


class ctkDoubleSlider(NumberInput):
    """Slider alone."""

    has_spin_box = False

"""CTK's buttons, check boxes and message box."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets


class ctkCheckBox(QtWidgets.QCheckBox):
    """A check box."""


class ctkPushButton(QtWidgets.QPushButton):
    """A push button."""


class ctkMenuButton(QtWidgets.QPushButton):
    """A push button with a menu."""


class ctkCheckablePushButton(QtWidgets.QPushButton):
    """A push button with a check box in it."""

    checkBoxToggled = QtCore.Signal(bool)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._controls_toggle = True

    def _set_controls_toggle(self, value: bool) -> None:
        self._controls_toggle = bool(value)

    checkBoxControlsButtonToggleState = QtCore.Property(
        bool, lambda self: self._controls_toggle, _set_controls_toggle
    )


class ctkColorPickerButton(QtWidgets.QPushButton):
    """A button that shows a colour and asks for another."""

    colorChanged = QtCore.Signal(QtGui.QColor)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*(argument for argument in arguments if not isinstance(argument, QtGui.QColor)))
        self._color = QtGui.QColor("black")
        self.clicked.connect(self.changeColor)

    def changeColor(self) -> None:
        """Ask in a dialog."""
        color = QtWidgets.QColorDialog.getColor(self._color, self)
        if color.isValid():
            self.setColor(color)

    def setColor(self, color: QtGui.QColor) -> None:
        if color != self._color:
            self._color = QtGui.QColor.fromRgba(color.rgba())  # a copy, also of a subclass
            self.update()
            self.colorChanged.emit(self._color)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        super().paintEvent(event)
        inner = self.rect.adjusted(6, 6, -6, -6)
        QtGui.QPainter(self).fillRect(inner, self._color)

    color = property(lambda self: self._color, setColor)
    displayColorName = QtCore.Property(bool, lambda self: False, lambda self, value: None)


class ctkMessageBox(QtWidgets.QMessageBox):
    """A message box; the "don't show again" mark is left out, so it always appears."""

"""Names that PythonQt adds to Qt's own."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6 import QtCore, QtGui


def add_aliases(qt: types.ModuleType) -> None:
    """`name`, `className()`, `delete()` on every object; Signal, Slot and Property in the module."""
    QtCore.QObject.name = QtCore.QObject.objectName
    QtCore.QObject.className = class_name
    QtCore.QObject.delete = delete
    QtGui.QColor.name = color_name(QtGui.QColor.name)
    qt.Signal, qt.Slot, qt.Property = QtCore.Signal, QtCore.Slot, QtCore.Property


def delete(self: QtCore.QObject) -> None:
    """Delete the C++ object now."""
    shiboken6.delete(self)


def class_name(self: QtCore.QObject) -> str:
    """The class as Qt names it."""
    return self.metaObject().className()


def color_name(original: Callable[..., str]) -> Callable[..., str]:
    """`QColor.name(1)`: PythonQt takes an int for the enumeration."""

    def name(self: QtGui.QColor, style: Any = QtGui.QColor.HexRgb) -> str:
        return original(self, QtGui.QColor.NameFormat(style))

    return name

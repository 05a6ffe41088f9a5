"""Names that PythonQt adds to Qt's own."""

from __future__ import annotations

import types

import shiboken6
from PySide6 import QtCore


def add_aliases(qt: types.ModuleType) -> None:
    """`name`, `className()`, `delete()` on every object; Signal, Slot and Property in the module."""
    QtCore.QObject.name = QtCore.QObject.objectName
    QtCore.QObject.className = class_name
    QtCore.QObject.delete = shiboken6.delete
    qt.Signal, qt.Slot, qt.Property = QtCore.Signal, QtCore.Slot, QtCore.Property


def class_name(self: QtCore.QObject) -> str:
    """The class as Qt names it."""
    return self.metaObject().className()

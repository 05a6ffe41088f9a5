"""The module `qt` as Slicer's PythonQt offers it: all classes in one name space, properties as attributes."""

from __future__ import annotations

import sys
import types
from typing import Any

from PySide6 import QtCore, QtGui, QtSvg, QtWidgets

from host.qt_module.aliases import add_aliases
from host.qt_module.connections import bridge_connections
from host.qt_module.property_patch import properties_as_attributes

SOURCES = (QtWidgets, QtGui, QtCore, QtSvg)


def install_qt() -> types.ModuleType:
    """Patch PySide6 in place and register the module `qt`; its QUiLoader comes when ctk and slicer exist."""
    classes = qobject_classes()
    for cls in classes:
        properties_as_attributes(cls)
    bridge_connections(classes)
    module = types.ModuleType("qt")
    module.__getattr__ = look_up  # type: ignore[method-assign]
    sys.modules["qt"] = module
    add_aliases(module)
    return module


def qobject_classes() -> list[type]:
    """Every class derived from QObject in the modules that `qt` gathers, each once."""
    found = [
        value
        for source in SOURCES
        for value in (getattr(source, name) for name in dir(source))
        if isinstance(value, type) and issubclass(value, QtCore.QObject)
    ]
    return list(dict.fromkeys(found))


def look_up(name: str) -> Any:
    """What `qt.<name>` is: the first of the PySide6 modules that has it."""
    for source in SOURCES:
        if hasattr(source, name):
            value = getattr(source, name)
            setattr(sys.modules["qt"], name, value)
            return value
    raise AttributeError(f"qt has no {name}")

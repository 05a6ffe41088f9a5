"""`qt.QUiLoader` that makes Slicer's and CTK's widgets from their stand-ins.

Connections of a .ui file, which name VTK types (`mrmlSceneChanged(vtkMRMLScene*)`), are made here one by one:
a child that the file leaves unconnected stays without a scene, as it does in Slicer.
"""

from __future__ import annotations

import logging
from typing import Any
from xml.etree import ElementTree

import ctk
import qt
import slicer
from PySide6 import QtCore, QtUiTools

from host.qt_module.connections import name_and_arguments


class StandInLoader(QtUiTools.QUiLoader):
    """Looks a class up among the stand-ins first, then among Qt's own."""

    def createWidget(self, class_name: str, parent: Any = None, name: str = "") -> Any:
        cls = widget_class(class_name)
        if cls is None:
            logging.error("The host has no stand-in for the widget class %s.", class_name)
            cls = qt.QWidget
        widget = cls(parent) if parent is not None else cls()
        widget.setObjectName(name)
        return widget


class QUiLoader:
    """What `slicer.util.loadUI` uses."""

    def __init__(self, parent: Any = None) -> None:
        self.loader = StandInLoader()

    def load(self, file: Any, parent: Any = None) -> Any:
        """The widget that an open file describes."""
        document = ElementTree.fromstring(bytes(file.readAll().data()))
        number_stand_in_enums(document)
        connections = document.find("connections")
        if connections is not None:
            document.remove(connections)
        buffer = QtCore.QBuffer()
        buffer.setData(ElementTree.tostring(document, encoding="utf-8"))
        buffer.open(QtCore.QIODevice.ReadOnly)
        widget = self.loader.load(buffer, parent) if parent is not None else self.loader.load(buffer)
        for connection in () if connections is None else connections:
            make_connection(widget, connection)
        return widget

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)


def widget_class(name: str) -> Any:
    """The class of a widget by its name in a .ui file."""
    found = (getattr(source, name, None) for source in (ctk, slicer, qt))
    return next((cls for cls in found if cls is not None), None)


def number_stand_in_enums(document: ElementTree.Element) -> None:
    """Qt cannot look up enumerations of Python classes (`ctkPathLineEdit::Files|...`): put the numbers in."""
    for value in document.iter("set"):
        names = [name.split("::") for name in (value.text or "").split("|")]
        cls = (
            widget_class(names[0][0])
            if len(names[0]) > 1 and names[0][0].startswith(("ctk", "qMRML"))
            else None
        )
        if cls is not None:
            value.tag = "number"
            value.text = str(sum(int(getattr(cls, name[-1])) for name in names))


def make_connection(root: Any, connection: ElementTree.Element) -> None:
    """Connect as the file says; a name that does not exist is an error."""
    sender, signal, receiver, slot = (
        connection.findtext(part) for part in ("sender", "signal", "receiver", "slot")
    )
    ends = [
        root if name == root.objectName else root.findChild(QtCore.QObject, name)
        for name in (sender, receiver)
    ]
    names = [name_and_arguments(signature)[0] for signature in (signal, slot)]
    if any(not hasattr(end, name) for end, name in zip(ends, names, strict=True)):
        logging.error("The .ui file cannot connect %s.%s with %s.%s.", sender, signal, receiver, slot)
        return
    target = getattr(ends[1], names[1])
    if name_and_arguments(slot)[1] == "":
        getattr(ends[0], names[0]).connect(lambda *_: target())
    else:
        getattr(ends[0], names[0]).connect(target)

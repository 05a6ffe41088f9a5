"""PythonQt's `object.connect("signal(arguments)", slot)` and `disconnect` on top of PySide6.

PySide6 special-cases `QObject.connect` in C++ and ignores a replacement on the class, so every new object
gets bound functions in its own dictionary. Objects that Qt makes itself (the field in a combo box) lack them.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from typing import Any

from PySide6 import QtCore

NATIVE_PREFIXES = ("1", "2")  # how Qt's own macros SLOT and SIGNAL mark a signature


def bridge_connections(classes: Iterable[type]) -> None:
    """Give every object that Python creates the two functions."""
    for cls in classes:
        if "__init__" in vars(cls):
            cls.__init__ = constructor(cls.__init__)  # type: ignore[misc]


def constructor(original: Callable[..., None]) -> Callable[..., None]:
    """The class's constructor, followed by the addition of `connect` and `disconnect`."""

    def __init__(self: Any, *arguments: Any, **settings: Any) -> None:
        original(self, *arguments, **settings)
        own = vars(self)
        if "connect" not in own:
            own["connect"] = types.MethodType(connect, self)
            own["disconnect"] = types.MethodType(disconnect, self)

    return __init__


def is_native_call(signal: Any) -> bool:
    """Whether PySide6's own code calls (`timer.connect(timer, "2timeout()", f)` in QTimer.singleShot)."""
    return not isinstance(signal, str) or signal.startswith(NATIVE_PREFIXES)


def name_and_arguments(signature: str) -> tuple[str, str | None]:
    """`"clicked(bool)"` as ("clicked", "bool"); without parentheses the arguments are None."""
    name, bracket, rest = signature.partition("(")
    return name.strip(), rest.rpartition(")")[0].strip() if bracket else None


def connect(self: Any, signal: Any, slot: Any = None, *rest: Any) -> bool:
    """Connect `signal`, written as in Slicer, with `slot`; "clicked()" calls it without arguments."""
    if is_native_call(signal):
        return QtCore.QObject.connect(signal, slot, *rest)
    if isinstance(slot, QtCore.QObject) and rest:  # connect("signal()", receiver, "slot()")
        slot = getattr(slot, name_and_arguments(rest[0])[0])
    name, arguments = name_and_arguments(signal)
    called = without_arguments(slot) if arguments == "" else slot
    vars(self).setdefault("_connected_slots", []).append((name, slot, called))
    getattr(self, name).connect(called)
    return True


def without_arguments(slot: Callable[[], Any]) -> Callable[..., None]:
    """`slot`, for a signal whose arguments it does not take."""

    def call(*_: Any) -> None:
        slot()

    return call


def disconnect(self: Any, signal: Any = None, slot: Any = None, *rest: Any) -> bool:
    """Undo `connect`; without a slot all connections of the signal. False when there was none."""
    if is_native_call(signal):
        return QtCore.QObject.disconnect(signal, slot, *rest)
    name, _ = name_and_arguments(signal)
    connected = vars(self).get("_connected_slots", [])
    matching = [entry for entry in connected if entry[0] == name and (slot is None or entry[1] == slot)]
    for entry in matching if slot is None else matching[:1]:
        getattr(self, name).disconnect(entry[2])
        connected.remove(entry)
    return bool(matching)

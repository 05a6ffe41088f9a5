"""Signals by their C++ signatures for what is no Qt object here: `app.connect("aboutToQuit()", f)`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from host.qt_module.connections import name_and_arguments


class NamedSignals:
    """Keeps slots by signal name and calls them."""

    def __init__(self) -> None:
        self._slots: list[tuple[str, Callable[..., Any], bool]] = []

    def connect(self, signal: str, slot: Callable[..., Any]) -> bool:
        name, arguments = name_and_arguments(signal)
        self._slots.append((name, slot, arguments != ""))
        return True

    def disconnect(self, signal: str, slot: Callable[..., Any] | None = None) -> bool:
        name = name_and_arguments(signal)[0]
        before = len(self._slots)
        self._slots = [
            entry for entry in self._slots if entry[0] != name or (slot is not None and entry[1] != slot)
        ]
        return len(self._slots) < before

    def fire(self, name: str, *values: Any) -> None:
        """Call the slots of one signal; one that fails is reported, and the others get their turn."""
        for connected, slot, takes_values in list(self._slots):
            if connected != name:
                continue
            try:
                slot(*values) if takes_values else slot()
            except Exception:  # noqa: BLE001 - as Qt does with a slot
                sys.excepthook(*sys.exc_info())

"""Python's cycle collector runs here only while nothing else is under way.

A Qt object that lies in a cycle is deleted by the collector, wherever an allocation happens to start it: in a
reader thread, or while PySide6 turns a list of C++ pointers into Python objects. Both crash. Slicer knows no
such trouble, because PythonQt does not own what it wraps.
"""

from __future__ import annotations

import gc

from PySide6 import QtCore

INTERVAL_MS = 2000


class Garbage:
    """Collects young objects on a timer of the window's thread, and all of them between tests."""

    def __init__(self) -> None:
        gc.disable()
        gc.collect()
        gc.freeze()  # modules and classes: they stay, and need no look each time
        self._timer = QtCore.QTimer()
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._collect_young)
        self._timer.start()

    def _collect_young(self) -> None:
        gc.collect(1)

    def collect(self) -> None:
        """Everything."""
        gc.collect()

"""How long the window could not react: a timer of 10 ms that notices when it comes late."""

from __future__ import annotations

import time

from PySide6 import QtCore

INTERVAL_MS = 10


class PauseWatch:
    """Counts only time in which Qt has the word or a gesture is carried out, not the test's own work."""

    def __init__(self) -> None:
        self._longest = 0.0
        self._last: float | None = None
        self._timer = QtCore.QTimer()
        self._timer.setTimerType(QtCore.Qt.PreciseTimer)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def start(self) -> None:
        """Forget what was measured."""
        self._longest, self._last = 0.0, None

    def resume(self) -> None:
        """Qt gets the word."""
        if self._last is None:
            self._last = time.perf_counter()

    def suspend(self) -> None:
        """The test goes on; a pause that was under way counts."""
        self._tick()
        self._last = None

    def _tick(self) -> None:
        now = time.perf_counter()
        if self._last is not None:
            self._longest = max(self._longest, now - self._last)
        self._last = now

    def longest(self) -> float:
        """Seconds."""
        return self._longest

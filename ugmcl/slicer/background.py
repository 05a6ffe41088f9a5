"""Arithmetic in a Python thread while the window stays alive: numpy only, never Qt, MRML or VTK."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import qt

POLL_MS = 50


class Background:
    """Runs a function in a thread and tells its end in Slicer's own thread.

    Args:
        function: takes nothing; works on arrays that nobody else changes meanwhile.
        on_done: gets what the function returned.
        on_error: gets what it raised.
    """

    def __init__(
        self,
        function: Callable[[], Any],
        on_done: Callable[[Any], None],
        on_error: Callable[[BaseException], None],
    ) -> None:
        self._function, self._on_done, self._on_error = function, on_done, on_error
        self._value: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="ugmcl", daemon=True)
        self._timer = qt.QTimer()
        self._timer.setInterval(POLL_MS)
        self._timer.connect("timeout()", self._look)
        self._thread.start()
        self._timer.start()

    def cancel(self) -> None:
        """Nobody is told any more; the thread ends by itself."""
        self._timer.stop()

    def wait(self) -> Any:
        """For scripts: the function's value, or what it raised."""
        self._thread.join()
        self._timer.stop()
        if self._error is not None:
            raise self._error
        return self._value

    def _work(self) -> None:
        try:
            self._value = self._function()
        except BaseException as error:  # noqa: BLE001 - handed over to Slicer's thread
            self._error = error

    def _look(self) -> None:
        if self._thread.is_alive():
            return
        self._timer.stop()
        if self._error is not None:
            self._on_error(self._error)
        else:
            self._on_done(self._value)

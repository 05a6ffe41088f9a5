"""Work in Slicer's own thread cut into steps, one a turn of the event loop, so the window stays alive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import qt


class StepRunner:
    """Advances a generator from a timer.

    Args:
        generator: yields the share that is done, 0..1; its return value is the outcome.
        on_progress: gets each share. on_done: gets the outcome. on_error: gets what the generator raised.
    """

    def __init__(
        self,
        generator: Iterator[float],
        on_progress: Callable[[float], None],
        on_done: Callable[[Any], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        self._generator: Any = generator
        self._on_progress, self._on_done, self._on_error = on_progress, on_done, on_error
        self._in_step = False
        self._timer = qt.QTimer()
        self._timer.setInterval(0)
        self._timer.connect("timeout()", self._step)
        self._timer.start()

    def cancel(self) -> None:
        """No further step; the generator is closed, which lets it clean up. Nobody is told."""
        self._timer.stop()
        if not self._in_step:  # a running generator cannot be closed from within; `_step` does it then
            self._close()

    def _step(self) -> None:
        if self._in_step:  # a step that processes events
            return
        self._in_step = True
        try:
            share = next(self._generator)
        except StopIteration as end:
            self._timer.stop()
            self._generator = None
            self._on_done(end.value)
            return
        except Exception as error:  # noqa: BLE001 - handed to whoever started the steps
            self._timer.stop()
            self._generator = None
            self._on_error(error)
            return
        finally:
            self._in_step = False
        if self._timer.active:
            self._on_progress(share)
        else:
            self._close()

    def _close(self) -> None:
        if self._generator is not None:
            self._generator.close()
            self._generator = None


def run_now(generator: Iterator[float]) -> Any:
    """For scripts: every step at once; returns the outcome."""
    steps: Any = generator
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value

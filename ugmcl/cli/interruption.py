"""Ctrl-C, and the end that a batch system asks for: work ends in order, a second Ctrl-C ends it at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ugmcl.cli import printing
from ugmcl.errors import Stopped


class Interruption:
    """Whether the end was asked for, and by whom."""

    reason = ""

    def check(self) -> None:
        """Raises `Stopped` when the end was asked for."""
        if self.reason:
            raise Stopped(self.reason)

    def ask(self, number: int, frame: FrameType | None = None) -> None:
        """Handles a signal: the first asks for the end, the second forces it."""
        if self.reason:
            raise KeyboardInterrupt
        self.reason = "cancelled" if number == signal.SIGINT else "paused"
        printing.error_line("Ending in order; Ctrl-C again ends at once.")


@contextmanager
def orderly_interruption() -> Iterator[Interruption]:
    """Catches Ctrl-C and SIGTERM while long work runs in the main thread."""
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, interruption.ask) for number in numbers}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

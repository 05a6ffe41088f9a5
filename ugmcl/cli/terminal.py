"""Progress of long work on standard error: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from ugmcl.cli.interruption import Interruption, orderly_interruption
from ugmcl.jobs.remaining import RemainingTime
from ugmcl.jobs.reporter import Reporter

SECONDS_BETWEEN_LINES = 10.0


class TerminalReporter(Reporter):
    """Draws the progress of the current stage.

    Args:
        stream: where to; default standard error.
        interruption: who is asked whether the user wants the end.
        quiet: only warnings and alarms.
    """

    def __init__(
        self, stream: TextIO | None = None, interruption: Interruption | None = None, *, quiet: bool = False
    ) -> None:
        self.stream = stream or sys.stderr
        self.interruption = interruption or Interruption()
        self.quiet = quiet
        self._bar: Any = None
        self._stage = ""
        self._figures = ""
        self._last_line = time.monotonic()
        self._time = RemainingTime()

    def stage(self, name: str) -> None:
        """Ends the last stage's bar and names the new one."""
        self.close()
        self._stage, self._figures = name, ""
        self._last_line = time.monotonic()
        self._time = RemainingTime()  # a stage may begin in its middle, as a training after a validation
        if not self.quiet and not self.stream.isatty():
            self._print(name)

    def progress(self, done: float, total: float, unit: str = "steps") -> None:
        """Moves the bar, or prints a line every ten seconds."""
        if self.quiet or not total:
            return
        left = self._time.update(done, total)
        if self.stream.isatty():
            self._move_bar(done, total, unit)
        elif time.monotonic() - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            rest = "" if left is None else f", {duration(left)} left"
            self._print(f"{self._stage}: {done:g} of {total:g} {unit}{rest}{self._figures}")

    def metric(self, values: Mapping[str, float], iteration: int | None = None) -> None:
        """Shows the figures beside the bar, or with the next line."""
        finite = {name: value for name, value in values.items() if isinstance(value, int | float)}
        self._figures = "".join(f", {name} {value:.3g}" for name, value in list(finite.items())[:4])
        if self._bar is not None:
            self._bar.set_postfix_str(self._figures[2:], refresh=False)

    def message(self, text: str, level: str = "info") -> None:
        """Prints a line above the bar."""
        if not self.quiet or level != "info":
            self._print(text if level == "info" else f"{level}: {text}")

    def preview(self, path: Path, iteration: int | None = None) -> None:
        """A terminal shows no pictures."""

    def check(self) -> None:
        """Raises `ugmcl.errors.Stopped` after Ctrl-C."""
        self.interruption.check()

    def close(self) -> None:
        """Ends the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _move_bar(self, done: float, total: float, unit: str) -> None:
        from tqdm import tqdm

        if self._bar is None or self._bar.total != total:
            self.close()
            self._bar = tqdm(
                total=total,
                initial=done,
                desc=self._stage,
                unit=f" {unit}",
                file=self.stream,
                dynamic_ncols=True,
                leave=False,
            )
        self._bar.update(done - self._bar.n)

    def _print(self, text: str) -> None:
        if self._bar is not None:
            self._bar.write(text, file=self.stream)
        else:
            self.stream.write(text + "\n")
            self.stream.flush()


@contextmanager
def terminal(*, quiet: bool = False) -> Iterator[TerminalReporter]:
    """A reporter for one command; Ctrl-C makes its `check` raise."""
    with orderly_interruption() as interruption:
        reporter = TerminalReporter(interruption=interruption, quiet=quiet)
        try:
            yield reporter
        finally:
            reporter.close()


def duration(seconds: float) -> str:
    """ "42 s", "3 min", "2 h 05 min"."""
    if not math.isfinite(seconds):
        return "unknown time"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"

"""Reporters around the caller's: with a time limit, with one stage for all, and to speak for the control."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from ugmcl.errors import Stopped
from ugmcl.jobs.reporter import Reporter


class Forwarding(Reporter):
    """Tells everything to ``inner``, and asks it whether to end."""

    def __init__(self, inner: Reporter) -> None:
        self.inner = inner

    def stage(self, name: str) -> None:
        self.inner.stage(name)

    def progress(self, done: float, total: float, unit: str = "steps") -> None:
        self.inner.progress(done, total, unit)

    def metric(self, values: Mapping[str, float], iteration: int | None = None) -> None:
        self.inner.metric(values, iteration)

    def case(self, name: str, state: str, reason: str = "") -> None:
        self.inner.case(name, state, reason)

    def message(self, text: str, level: str = "info") -> None:
        self.inner.message(text, level)

    def preview(self, path: Path, iteration: int | None = None) -> None:
        self.inner.preview(path, iteration)

    def check(self) -> None:
        self.inner.check()


class UntilDeadline(Forwarding):
    """Ends the work at ``deadline`` (`time.monotonic`)."""

    def __init__(self, inner: Reporter, deadline: float) -> None:
        super().__init__(inner)
        self.deadline = deadline

    def check(self) -> None:
        self.inner.check()
        if time.monotonic() >= self.deadline:
            raise Stopped("time limit")


class OneStage(Forwarding):
    """All that follows is the stage ``name``, whatever the parts of the work call themselves."""

    def __init__(self, inner: Reporter, name: str) -> None:
        super().__init__(inner)
        inner.stage(name)

    def stage(self, name: str) -> None:
        """Stays the one stage."""


class ForControl(Forwarding):
    """Tells of the control's training without being taken for the run's own: no figures, no previews."""

    def stage(self, name: str) -> None:
        self.inner.stage(f"Control: {name[:1].lower()}{name[1:]}")

    def progress(self, done: float, total: float, unit: str = "steps") -> None:
        self.inner.progress(done, total, f"control {unit}")

    def metric(self, values: Mapping[str, float], iteration: int | None = None) -> None:
        """They are in the control's own curves."""

    def message(self, text: str, level: str = "info") -> None:
        if level != "info":
            self.inner.message(f"Control: {text}", level)

    def preview(self, path: Path, iteration: int | None = None) -> None:
        """It has none."""

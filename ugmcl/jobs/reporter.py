"""What long work tells about itself, and how it learns that it should end.

Every function of the library that takes longer than a second accepts a `Reporter`. The base class is
silent; a job writes events into its folder, the command line draws a bar.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


class Reporter:
    """Receives stages, progress, figures and messages; the base class drops them."""

    def stage(self, name: str) -> None:
        """A new part of the work begins, in a clinician's words ("Preparing the image")."""

    def progress(self, done: float, total: float, unit: str = "steps") -> None:
        """``done`` of ``total`` units of the current stage."""

    def metric(self, values: Mapping[str, float], iteration: int | None = None) -> None:
        """Figures by name, at a training iteration where there is one."""

    def case(self, name: str, state: str, reason: str = "") -> None:
        """One case of many changed: ``state`` is running, done, skipped (finished before) or failed."""

    def message(self, text: str, level: str = "info") -> None:
        """One line for the user; ``level`` is info, warning or alarm."""

    def preview(self, path: Path, iteration: int | None = None) -> None:
        """A picture or volume that can be shown was written."""

    def check(self) -> None:
        """Raise `ugmcl.errors.Stopped` when the user asked for the end; called between pieces of work."""


SILENT = Reporter()

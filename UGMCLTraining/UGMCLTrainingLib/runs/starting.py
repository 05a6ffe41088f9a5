"""Processes that were started a moment ago: until their attempt begins, a run looks as it did before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import qt
from slicer.i18n import tr as _

from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.launch import LAUNCH_LOG, Launched

LOOK_MS = 300


def has_begun(job: JobFolder, launched: Launched) -> bool:
    """Whether the attempt is there that this process was started for."""
    newest = job.newest_attempt()
    return newest is not None and newest.number >= launched.attempt


class Starts:
    """Watches started processes until they work.

    Args:
        on_begin: called when one has begun. on_never: gets its folder and why it ended before.
    """

    def __init__(self, on_begin: Callable[[Path], None], on_never: Callable[[Path, str], None]) -> None:
        self._on_begin, self._on_never = on_begin, on_never
        self._waiting: dict[Path, Launched] = {}
        self._timer = qt.QTimer()
        self._timer.setInterval(LOOK_MS)
        self._timer.connect("timeout()", self._look)

    def watch(self, folder: Path, launched: Launched) -> None:
        """Watch this one too."""
        self._waiting[folder] = launched
        self._timer.start()

    def waiting(self, folder: Path) -> Launched | None:
        """The process of a run that has not begun yet."""
        return self._waiting.get(folder)

    def forget(self) -> None:
        """Nobody is told any more."""
        self._timer.stop()
        self._waiting.clear()

    def _look(self) -> None:
        for folder, launched in list(self._waiting.items()):
            ended = launched.process.poll() is not None  # before the look at its attempt
            if has_begun(JobFolder(folder), launched):
                del self._waiting[folder]
                self._on_begin(folder)
            elif ended:
                del self._waiting[folder]
                self._on_never(folder, _reason(folder, launched))
        if not self._waiting:
            self._timer.stop()


def _reason(folder: Path, launched: Launched) -> str:
    try:
        said = (folder / LAUNCH_LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        said = []
    if said:
        return said[-1][:300]
    return _("its process ended with status {status}").format(status=launched.process.poll())

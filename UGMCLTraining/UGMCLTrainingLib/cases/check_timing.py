"""When a project is checked: soon after whatever a check looks at was changed, and on request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt

from ugmcl.models.description import ModelPackage
from UGMCLTrainingLib.cases.checking import Checker
from UGMCLTrainingLib.cases.project import Project

SOON_MS = 150  # many changes at once are one check
LOOK_MS = 200


class CheckTiming:
    """Starts checks.

    Args:
        on_end: told when the project has taken a check's result; gets None or what went wrong.
        on_progress: called while one is at work.
    """

    def __init__(
        self, on_end: Callable[[BaseException | None], None], on_progress: Callable[[], None]
    ) -> None:
        self._on_end, self._on_progress = on_end, on_progress
        self._checker = Checker(self._ended)
        self._project: Project | None = None
        self._package: ModelPackage | None = None
        self._checked: Any = None
        self._soon = qt.QTimer()
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.connect("timeout()", self._start)
        self._ticks = qt.QTimer()
        self._ticks.setInterval(LOOK_MS)
        self._ticks.connect("timeout()", lambda: self._on_progress())

    @property
    def share(self) -> float | None:
        """How much of a check is done, 0..1; None at rest."""
        counter = self._checker.counter
        if counter is None:
            return None
        return counter.done / counter.total if counter.total else 0.0

    @property
    def is_fresh(self) -> bool:
        """Whether the findings are those of the project as it is."""
        return self._checked is not None and self._checked == self._key()

    def follow(self, project: Project, package: ModelPackage | None) -> None:
        """Check this project soon, where it or the model is another than at the last check."""
        self._project, self._package = project, package
        if not project.cases:
            self.stop()
        elif self._checked != self._key() and not self._soon.active and self._wanted != self._key():
            self._soon.start()

    def again(self) -> None:
        """Check now, whatever was checked before."""
        self._checked = self._wanted = None
        self._checker.forget()
        self._start()

    def stop(self) -> None:
        """No check any more until `follow`."""
        self._soon.stop()
        self._ticks.stop()
        self._checker.stop()
        self._wanted = None

    _wanted: Any = None  # state of the project that the check at work looks at

    def _start(self) -> None:
        if self._project is None or not self._project.cases:
            return
        self._wanted = self._key()
        self._checker.start(self._project, None if self._package is None else self._package.input)
        self._ticks.start()
        self._on_progress()

    def _ended(self, fault: BaseException | None) -> None:
        self._ticks.stop()
        # labels that were looked into count as seen: they are what the check itself found
        self._checked = self._key() if self._wanted == self._key() or fault is not None else None
        self._wanted = None
        self._on_end(fault)

    def _key(self) -> Any:
        """Everything that a check depends on, but the content of files."""
        project = self._project
        if project is None:
            return None
        cases = tuple((c.id, c.images, c.source, c.role, c.patient) for c in project.cases)
        meanings = tuple(sorted(project.meanings.items()))
        model = None if self._package is None else self._package.id
        segments = tuple((s.value, s.name) for s in project.segments)
        return (str(project.folder), cases, segments, meanings, project.channels, model)

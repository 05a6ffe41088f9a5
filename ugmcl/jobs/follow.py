"""Watching a job from another process, by its files: for a window's timer and for the command line."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ugmcl.jobs.events import EventReader
from ugmcl.jobs.folder import Attempt, JobFolder
from ugmcl.jobs.launch import LAUNCH_LOG, Launched
from ugmcl.jobs.state import ENDED, State, state_of

SILENT_SECONDS = 60.0  # without a sign for so long, a user should be told


@dataclass
class Progress:
    """What a job is doing now; ``total`` and ``remaining_s`` are None while unknown."""

    stage: str = ""
    done: float = 0.0
    total: float | None = None
    unit: str = ""
    remaining_s: float | None = None
    last_sign: float | None = None

    def take(self, event: Mapping[str, Any]) -> None:
        """Bring up to date with one event."""
        self.last_sign = event.get("t", self.last_sign)
        if event["kind"] == "stage":
            self.stage, self.done, self.total, self.remaining_s = str(event.get("name", "")), 0.0, None, None
        elif event["kind"] == "progress":
            self.done, self.total = event.get("done") or 0.0, event.get("total")
            self.unit, self.remaining_s = str(event.get("unit", "")), event.get("remaining_s")


@dataclass(frozen=True)
class Update:
    """One look at a job.

    Attributes:
        state: see `ugmcl.jobs.state`.
        events: those since the last look.
        progress: stage, done, total, remaining seconds.
        silent_s: seconds since the last sign of life of a running job, else 0.
        result: of an ended job: ``status`` and ``result`` or ``error``.
        attempt: number of the newest attempt, 0 before the first.
        error: one line for a job that failed, was interrupted, or never began; "" otherwise.
    """

    state: State
    events: list[dict[str, Any]] = field(default_factory=list)
    progress: Progress = field(default_factory=Progress)
    silent_s: float = 0.0
    result: dict[str, Any] | None = None
    attempt: int = 0
    error: str = ""


class Follower:
    """Looks at a job again and again; every event is given once, over all attempts from the first look on.

    Args:
        job: to watch.
        launched: its process where this program started it: tells which attempt is meant, and why it never
            began.
    """

    def __init__(self, job: JobFolder, launched: Launched | None = None) -> None:
        self.job, self.launched = job, launched
        self.progress = Progress()
        self._attempt: Attempt | None = None
        self._reader: EventReader | None = None

    def look(self) -> Update:
        """What is new; takes milliseconds and never waits."""
        state = state_of(self.job)  # before the events: an ended job's last ones are there then
        newest = self.job.newest_attempt()
        if self.launched and state in ENDED and (newest.number if newest else 0) < self.launched.attempt:
            state = "queued"  # these are the results of an earlier attempt
        events = self._new_events(newest)
        for event in events:
            self.progress.take(event)
        result = newest.result() if newest and state in ENDED else None
        return Update(
            state,
            events,
            self.progress,
            max(0.0, time.time() - self.progress.last_sign)
            if state == "running" and self.progress.last_sign
            else 0.0,
            result,
            newest.number if newest else 0,
            self._error(state, result),
        )

    def _new_events(self, newest: Attempt | None) -> list[dict[str, Any]]:
        if newest is None:
            return []
        if self._attempt != newest:
            rest = self._read_all() if self._reader else []
            self._attempt, self._reader, self.progress = newest, EventReader(newest.events), Progress()
            return rest + self._read_all()
        return self._read_all()

    def _read_all(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        while self._reader and (more := self._reader.read()):
            events += more
        return events

    def _error(self, state: State, result: Mapping[str, Any] | None) -> str:
        if result is not None:
            return str(result.get("error") or "")
        status = self.launched.process.poll() if self.launched else None
        if state == "interrupted":
            return f"The work was interrupted{_cause(status)}. It can be tried again."
        if state == "queued" and status is not None:
            said = _last_line(self.job.path / LAUNCH_LOG)
            return f"The work could not begin: {said or f'its process ended with status {status}'}"
        return ""


def follow(
    job: JobFolder,
    on_update: Callable[[Update], None],
    *,
    launched: Launched | None = None,
    interval_s: float = 0.3,
    wait_for_start_s: float = 60.0,
) -> Update:
    """Watch until the job ends (or does not begin); returns the last look.

    A queued job that nobody starts is given up after ``wait_for_start_s``.
    """
    follower = Follower(job, launched)
    begin = time.monotonic()
    while True:
        update = follower.look()
        on_update(update)
        never = update.state == "queued" and (update.error or time.monotonic() - begin > wait_for_start_s)
        if update.state in ENDED or never:
            return update
        time.sleep(interval_s)


def _cause(status: int | None) -> str:
    if status is None or status >= 0:
        return " (its process is gone: it was ended from outside, or the computer was)"
    if status == -9:
        return " (its process was killed, as systems do when memory runs out)"
    return f" (its process was ended by signal {-status})"


def _last_line(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""

"""The reporter of a job: events into its attempt, heartbeat, the end that the ``cancel`` file asks for."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from ugmcl.errors import Stopped
from ugmcl.jobs.events import EventWriter
from ugmcl.jobs.folder import Attempt, JobFolder
from ugmcl.jobs.lock import HEARTBEAT_SECONDS, beat
from ugmcl.jobs.remaining import RemainingTime
from ugmcl.jobs.reporter import SILENT, Reporter

PROGRESS_SECONDS = 0.5  # between two events of progress
_CHECK_SECONDS = 0.2  # between two looks for the cancel file
REASONS = ("cancelled", "paused")  # what a cancel file may say


class JobReporter(Reporter):
    """Writes what it is told as events; used as a context, inside of which the heart beats.

    Args:
        job: whose cancel file counts.
        attempt: whose events are written.
        also: is told the same (a progress bar), and asked whether to end.
    """

    def __init__(self, job: JobFolder, attempt: Attempt, also: Reporter = SILENT) -> None:
        self._job, self._also = job, also
        self._events = EventWriter.to_file(attempt.events)
        self._remaining = RemainingTime()
        self._last_progress = self._last_check = float("-inf")
        self._ended = threading.Event()

    def __enter__(self) -> JobReporter:
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._heart.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._heart.join()
        self._events.close()

    def stage(self, name: str) -> None:
        self._remaining, self._last_progress = RemainingTime(), float("-inf")
        self._events.write("stage", name=name)
        self._also.stage(name)

    def progress(self, done: float, total: float, unit: str = "steps") -> None:
        self._also.progress(done, total, unit)
        now = time.monotonic()
        remaining = self._remaining.update(done, total, now)
        if now - self._last_progress < PROGRESS_SECONDS and done < total:
            return
        self._last_progress = now
        seconds = None if remaining is None else round(remaining, 1)
        self._events.write("progress", done=done, total=total, unit=unit, remaining_s=seconds)

    def metric(self, values: Mapping[str, float], iteration: int | None = None) -> None:
        self._events.write("metric", values=values, iteration=iteration)
        self._also.metric(values, iteration)

    def case(self, name: str, state: str, reason: str = "") -> None:
        self._events.write("case", name=name, state=state, reason=reason)
        self._also.case(name, state, reason)

    def message(self, text: str, level: str = "info") -> None:
        self._events.write("message", text=text, level=level)
        self._also.message(text, level)

    def preview(self, path: Path, iteration: int | None = None) -> None:
        inside = Path(path).is_relative_to(self._job.path)
        shown = Path(path).relative_to(self._job.path).as_posix() if inside else str(path)
        self._events.write("preview", path=shown, iteration=iteration)
        self._also.preview(path, iteration)

    def check(self) -> None:
        now = time.monotonic()
        if now - self._last_check >= _CHECK_SECONDS:
            self._last_check = now
            if (reason := cancel_reason(self._job)) is not None:
                raise Stopped(reason)
        try:
            self._also.check()
        except Stopped as wish:  # a signal may come from whoever wrote the file, which says it better
            raise Stopped(cancel_reason(self._job) or wish.reason) from wish

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT_SECONDS):
            try:
                self._events.write("heartbeat")
                beat(self._job.path)
            except OSError:  # a full disk: the work itself will say so, a later beat may succeed
                continue


def cancel_reason(job: JobFolder) -> str | None:
    """What the cancel file asks for; None while there is none."""
    try:
        text = job.cancel_file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except OSError:  # being written just now
        return REASONS[0]
    return text if text in REASONS else REASONS[0]

"""The job's reporter: events, a beating heart, and an ear for the cancel file."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ugmcl.errors import Stopped
from ugmcl.jobs import job_reporter
from ugmcl.jobs.cancel import request_end
from ugmcl.jobs.events import EventReader
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.job_reporter import JobReporter
from ugmcl.jobs.lock import hold_lock, lock_holder
from ugmcl.jobs.remaining import RemainingTime
from ugmcl.jobs.reporter import Reporter


def test_every_kind_of_news_is_an_event(job: JobFolder, tmp_path: Path) -> None:
    attempt = job.new_attempt()
    with JobReporter(job, attempt) as reporter:
        reporter.stage("Preparing")
        reporter.progress(1, 4, "cases")
        reporter.metric({"dice": 0.5}, 7)
        reporter.message("Careful", "warning")
        reporter.preview(job.path / "preview.png", 3)
        reporter.preview(tmp_path / "elsewhere.png")
    found = [{k: v for k, v in event.items() if k != "t"} for event in EventReader(attempt.events).read()]
    assert found == [
        {"kind": "stage", "name": "Preparing"},
        {"kind": "progress", "done": 1, "total": 4, "unit": "cases", "remaining_s": None},
        {"kind": "metric", "values": {"dice": 0.5}, "iteration": 7},
        {"kind": "message", "text": "Careful", "level": "warning"},
        {"kind": "preview", "path": "preview.png", "iteration": 3},
        {"kind": "preview", "path": str(tmp_path / "elsewhere.png"), "iteration": None},
    ]


def test_progress_is_throttled_but_its_end_is_told(job: JobFolder) -> None:
    attempt = job.new_attempt()
    with JobReporter(job, attempt) as reporter:
        for done in range(1, 1001):
            reporter.progress(done, 1000)
    events = [event["done"] for event in EventReader(attempt.events).read()]
    assert events[0] == 1 and events[-1] == 1000 and len(events) < 20


def test_the_heart_beats_in_events_and_lock(job: JobFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_reporter, "HEARTBEAT_SECONDS", 0.05)
    attempt = job.new_attempt()
    with hold_lock(job.path):
        first = lock_holder(job.path)
        with JobReporter(job, attempt):
            time.sleep(0.4)
        last = lock_holder(job.path)
    beats = [event for event in EventReader(attempt.events).read() if event["kind"] == "heartbeat"]
    assert len(beats) >= 3
    assert first and last and last.heartbeat > first.heartbeat


@pytest.mark.parametrize("reason", ["cancelled", "paused"])
def test_the_cancel_file_ends_the_work(job: JobFolder, reason: str) -> None:
    with JobReporter(job, job.new_attempt()) as reporter:
        reporter.check()
        request_end(job, reason)
        time.sleep(0.25)
        with pytest.raises(Stopped) as stopped:
            reporter.check()
    assert stopped.value.reason == reason


def test_an_empty_cancel_file_cancels(job: JobFolder) -> None:
    job.cancel_file.touch()
    with JobReporter(job, job.new_attempt()) as reporter, pytest.raises(Stopped, match="cancelled"):
        reporter.check()


class Bar(Reporter):
    """Notes what it is told; may ask for the end."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.wish = ""

    def stage(self, name: str) -> None:
        self.told.append(name)

    def progress(self, done: float, total: float, unit: str = "steps") -> None:
        self.told.append(f"{done:g}/{total:g} {unit}")

    def check(self) -> None:
        if self.wish:
            raise Stopped(self.wish)


def test_a_bar_beside_is_told_the_same_and_may_end_the_work(job: JobFolder) -> None:
    bar = Bar()
    with JobReporter(job, job.new_attempt(), bar) as reporter:
        reporter.stage("One")
        reporter.progress(1, 2, "cases")
        bar.wish = "paused"
        with pytest.raises(Stopped, match="paused"):
            reporter.check()
        request_end(job, "cancelled")  # whoever sent the signal wrote what it means
        with pytest.raises(Stopped, match="cancelled"):
            reporter.check()
    assert bar.told == ["One", "1/2 cases"]


def test_remaining_time_of_an_even_pace() -> None:
    remaining = RemainingTime()
    assert remaining.update(5000, 6000, now=0.0) is None  # a resumed run: no pace is known yet
    assert remaining.update(5010, 6000, now=20.0) == pytest.approx(990 * 2.0)
    assert remaining.update(6000, 6000, now=21.0) == 0.0


def test_remaining_time_follows_the_last_minutes() -> None:
    remaining = RemainingTime()
    for second in range(0, 1001, 10):
        remaining.update(second, 10_000, now=float(second))  # one a second
    estimate = None
    for second in range(1010, 1301, 10):
        estimate = remaining.update(
            1000 + (second - 1000) / 10, 10_000, now=float(second)
        )  # ten times slower
    assert estimate == pytest.approx((10_000 - 1030) * 10, rel=0.1)
    assert remaining.update(0, 100, now=1301.0) is None  # another count began


def test_after_a_validation_the_rate_is_again_that_of_the_training() -> None:
    remaining = RemainingTime()
    for step in range(11):
        remaining.update(990 + step, 5000, now=float(step))
    for case in range(31):
        remaining.update(case, 30, now=10.0 + case)
    remaining.update(1001, 5000, now=42.0)
    assert remaining.update(1002, 5000, now=43.0) == pytest.approx(3998.0)

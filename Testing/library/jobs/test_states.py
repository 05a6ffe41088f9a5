"""States are what the folder says: no attempt, a held lock, the newest result, or neither."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ugmcl.errors import UserError
from ugmcl.jobs.folder import JobFolder, find_job, list_jobs
from ugmcl.jobs.lock import hold_lock
from ugmcl.jobs.state import state_of

Start = Callable[[JobFolder, str], "subprocess.Popen[bytes]"]


def test_a_job_is_private_and_named_in_ascii(home: Path, job: JobFolder) -> None:
    assert stat.S_IMODE(job.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(job.path.parent.stat().st_mode) == 0o700
    assert job.name.isascii() and "-check-" in job.name and job.path.is_relative_to(home)
    assert (job.path / "request.json").read_bytes().isascii()
    request = JobFolder.open(job.path).request()
    assert (request.kind, request.arguments) == ("check", {"dataset": "/data/größe 病院"})
    assert set(request.versions) == {"ugmcl", "python"} and request.created > 1.7e9


def test_names_never_meet(home: Path) -> None:
    assert len({JobFolder.create("check", {}).name for _ in range(50)}) == 50


def test_queued_then_running_then_each_end(job: JobFolder) -> None:
    assert state_of(job) == "queued"
    for status in ("done", "failed", "cancelled", "stopped"):
        with hold_lock(job.path):
            assert state_of(job) == "running"
            attempt = job.new_attempt()
            assert state_of(job) == "running"
            attempt.write_result(status)
        assert state_of(job) == status
    assert [attempt.number for attempt in job.attempts()] == [1, 2, 3, 4]


def test_without_lock_and_result_it_was_interrupted(job: JobFolder) -> None:
    job.new_attempt()
    assert state_of(job) == "interrupted"


def test_the_newest_attempt_counts(job: JobFolder) -> None:
    for _ in range(10):
        job.new_attempt().write_result("stopped")
    job.new_attempt()
    newest = job.newest_attempt()
    assert newest and newest.number == 11  # by number, not as text
    assert state_of(job) == "interrupted"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"status": "splendid"}'])
def test_a_result_that_is_none(job: JobFolder, content: str) -> None:
    attempt = job.new_attempt()
    (attempt.path / "result.json").write_text(content)
    assert state_of(job) == "interrupted"


def test_a_killed_process_leaves_an_interrupted_job(job: JobFolder, start: Start) -> None:
    process = start(job, "listen")
    assert state_of(job) == "running"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert state_of(job) == "interrupted"
    again = start(job, "listen")  # and it can be tried again
    assert state_of(job) == "running"
    os.kill(again.pid, signal.SIGKILL)
    again.wait()
    assert [attempt.number for attempt in job.attempts()] == [1, 2]


def test_a_running_job_is_not_removed(job: JobFolder) -> None:
    with hold_lock(job.path), pytest.raises(UserError, match="at work"):
        job.remove()
    job.remove()
    assert not job.path.exists() and list_jobs() == []


def test_jobs_are_listed_newest_first_with_runs_of_their_own_folder(home: Path, tmp_path: Path) -> None:
    first = JobFolder.create("check", {})
    second = JobFolder.create("train", {}, tmp_path / "Läufe" / "run 1")
    third = JobFolder.create("check", {})
    (home / "jobs" / "no job").mkdir()
    assert [job.path for job in list_jobs()] == [third.path, second.path, first.path]
    assert find_job("run 1").path == second.path == find_job(tmp_path / "Läufe" / "run 1").path
    assert find_job(first.name).path == first.path
    with pytest.raises(UserError, match="several"):
        find_job(first.name[:8])
    with pytest.raises(UserError, match="no such job"):
        find_job("nothing")
    second.remove()
    assert [job.path for job in list_jobs()] == [third.path, first.path]


def test_a_run_folder_keeps_its_rights_and_its_files(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o755)
    (folder / "settings.json").write_text("{}")
    JobFolder.create("train", {}, folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert (folder / "settings.json").read_text() == "{}"
    with pytest.raises(UserError, match="holds a job already"):
        JobFolder.create("train", {}, folder)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("", "no job"),
        ("{}", "damaged"),
        (
            '{"format": "ugmcl-job/2", "kind": "check", "arguments": {}, "versions": {"ugmcl": "9.1"}}',
            r"9\.1",
        ),
        ('{"format": "ugmcl-job/1", "kind": "check", "arguments": []}', "damaged"),
    ],
)
def test_requests_that_cannot_be_read(job: JobFolder, content: str, word: str) -> None:
    (job.path / "request.json").write_text(content)
    with pytest.raises(UserError, match=word):
        JobFolder.open(job.path)


def test_a_job_needs_a_place(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be made"):
        JobFolder.create("check", {}, tmp_path / "file" / "run")
    with pytest.raises(ValueError, match="no kind"):
        JobFolder.create("../check", {})

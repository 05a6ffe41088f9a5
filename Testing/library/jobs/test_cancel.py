"""Cancelling: heard by those who listen, forced on the others with everything that they started."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from ugmcl.errors import UserError
from ugmcl.jobs.cancel import cancel, end_now, request_end
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.processes import descendants, end_tree
from ugmcl.jobs.state import state_of

Start = Callable[[JobFolder, str], "subprocess.Popen[bytes]"]
WaitUntil = Callable[..., None]


def alive(pid: int) -> bool:
    from ugmcl.jobs.processes import _alive

    return pid in _alive()


@pytest.mark.parametrize(("reason", "state"), [("cancelled", "cancelled"), ("paused", "stopped")])
def test_a_job_that_listens_ends_by_itself(job: JobFolder, start: Start, reason: str, state: str) -> None:
    process = start(job, "listen")
    assert cancel(job, reason=reason) == state
    assert process.wait(10) == 3
    newest = job.newest_attempt()
    result = newest.result() if newest else None
    assert result and result["reason"] == reason and "forced" not in result
    assert not job.cancel_file.exists(), "the next attempt would be cancelled as well"


def test_a_deaf_job_ends_with_its_grandchildren(job: JobFolder, start: Start, wait_until: WaitUntil) -> None:
    process = start(job, "deaf")
    wait_until(lambda: len(descendants(process.pid)) == 4)
    tree = {process.pid, *descendants(process.pid)}
    assert cancel(job, grace_s=0.2) == "cancelled"
    process.wait(10)
    wait_until(lambda: not any(alive(pid) for pid in tree), 10)
    newest = job.newest_attempt()
    result = newest.result() if newest else None
    assert result and result["forced"] is True and not job.cancel_file.exists()


def test_orphans_of_a_killed_job_are_found_by_its_group(
    job: JobFolder, start: Start, wait_until: WaitUntil
) -> None:
    process = start(job, "deaf")
    wait_until(lambda: len(descendants(process.pid)) == 4)
    tree = descendants(process.pid)
    process.kill()
    process.wait()
    end_tree(process.pid, process.pid, 0.5)
    wait_until(lambda: sum(alive(pid) for pid in tree) <= 1, 10)
    survivors = [pid for pid in tree if alive(pid)]  # the grandchild that left the session has no tie left
    for pid in survivors:
        end_tree(pid, pid, 0.0)


def test_a_job_that_nobody_began_never_begins(job: JobFolder) -> None:
    assert cancel(job) == "cancelled"
    assert state_of(job) == "cancelled"
    assert cancel(job) == "cancelled"  # a second time changes nothing
    assert len(job.attempts()) == 1


def test_an_interrupted_job_stays_what_it_is(job: JobFolder) -> None:
    job.new_attempt()
    assert cancel(job) == "interrupted"


def test_our_own_group_is_never_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    sibling = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    import os

    end_tree(child.pid, os.getpgid(0), 0.2)
    assert child.wait(5) != 0
    assert sibling.poll() is None
    sibling.kill()
    sibling.wait()


def test_a_job_on_another_computer_is_left_alone(job: JobFolder) -> None:
    import json

    holder = {"pid": 1, "group": 1, "host": "another-computer", "heartbeat": time.time()}
    (job.path / "lock").write_text(json.dumps(holder))
    job.new_attempt()
    with pytest.raises(UserError, match="runs on another-computer"):
        cancel(job, grace_s=0.1)
    assert job.cancel_file.exists()  # it may listen there


def test_only_known_reasons_are_written(job: JobFolder) -> None:
    with pytest.raises(ValueError, match="none of"):
        request_end(job, "bored")
    assert end_now(job) == "cancelled"

"""The state of a job, derived from lock and newest result (design, section 9); never stored."""

from __future__ import annotations

from typing import Literal

from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.lock import lock_holder

State = Literal["queued", "running", "done", "failed", "cancelled", "stopped", "interrupted"]
ENDED: tuple[State, ...] = ("done", "failed", "cancelled", "stopped", "interrupted")
RESUMABLE: tuple[State, ...] = ("stopped", "interrupted", "cancelled", "failed")


def state_of(job: JobFolder) -> State:
    """``running`` while the lock is held (or another host's heartbeat is fresh); else by the newest attempt:

    its result's status, ``interrupted`` without a result, ``queued`` without an attempt.
    """
    if lock_holder(job.path) is not None:
        return "running"
    newest = job.newest_attempt()
    if newest is None:
        return "queued"
    result = newest.result()
    if result is None and lock_holder(job.path) is not None:
        return "running"  # it began after the first look
    result = result or newest.result()  # it may have ended since
    status: State = result["status"] if result else "interrupted"
    return status

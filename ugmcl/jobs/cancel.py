"""Ending a job: asked for by the ``cancel`` file, and by force where it does not listen."""

from __future__ import annotations

import os
import time
from pathlib import Path

from ugmcl.errors import UserError
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.job_reporter import REASONS
from ugmcl.jobs.lock import hold_lock, lock_holder
from ugmcl.jobs.processes import TERM_SECONDS, end_tree
from ugmcl.jobs.state import State, state_of

GRACE_SECONDS = 20.0


def request_end(job: JobFolder, reason: str = "cancelled") -> None:
    """Ask a job to end: ``cancelled`` is final, ``paused`` leaves it to be resumed."""
    if reason not in REASONS:
        raise ValueError(f"{reason!r} is none of {', '.join(REASONS)}")
    part = job.path / f".cancel.part{os.getpid()}"
    part.write_text(reason, encoding="ascii")
    os.replace(part, job.cancel_file)


def cancel(job: JobFolder, *, reason: str = "cancelled", grace_s: float = GRACE_SECONDS) -> State:
    """Ask a job to end, wait, then end its process tree; returns the state it is in then.

    Raises:
        UserError: it runs on another computer and does not listen.
    """
    state = state_of(job)
    if state not in ("running", "queued"):
        return state
    request_end(job, reason)
    end = time.monotonic() + (grace_s if state == "running" else 0.0)
    while state_of(job) == "running" and time.monotonic() < end:
        time.sleep(0.1)
    return end_now(job, reason)


def end_now(job: JobFolder, reason: str = "cancelled", patience_s: float = TERM_SECONDS) -> State:
    """End a job's process tree by force and write down that it was ended; returns the state it is in then.

    Raises:
        UserError: it runs on another computer.
    """
    holder = lock_holder(job.path)
    if holder is not None and not holder.here:
        raise UserError(f"this job runs on {holder.host}", job.path, "End it there")
    if holder is not None:
        end_tree(holder.pid, holder.group, patience_s)
        _wait_for_lock(job.path)
    state = state_of(job)
    if state in ("interrupted", "queued"):
        _write_end(job, reason)
    return state_of(job)


def _wait_for_lock(folder: Path) -> None:
    """The system lets go of a killed process's lock a moment later."""
    end = time.monotonic() + 5.0
    while lock_holder(folder) is not None and time.monotonic() < end:
        time.sleep(0.05)


def _write_end(job: JobFolder, reason: str) -> None:
    """The result that a killed (or never started) job could not write itself."""
    with hold_lock(job.path):
        attempt = job.newest_attempt()
        if attempt is None or attempt.result() is not None:
            attempt = job.new_attempt()
        attempt.write_result("cancelled" if reason == "cancelled" else "stopped", reason=reason, forced=True)
        job.cancel_file.unlink(missing_ok=True)

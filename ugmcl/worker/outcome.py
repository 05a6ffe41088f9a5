"""One attempt at a job, from lock to result: whatever happens, the result says so."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from ugmcl import __version__
from ugmcl.errors import Stopped, UserError
from ugmcl.jobs.folder import Attempt, JobFolder
from ugmcl.jobs.job_reporter import JobReporter
from ugmcl.jobs.lock import hold_lock
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.worker.output import output_into

log = logging.getLogger(__name__)


@dataclass
class Outcome:
    """How an attempt ended.

    Attributes:
        status: done, failed, cancelled or stopped.
        result: JSON values of work that is done.
        error: one line of work that failed, "" otherwise.
        fault: ``user`` (bad input) or ``ours``, of work that failed.
        reason: of work that was ended.
        exception: what ended the work, for a caller in the same process.
    """

    status: str
    result: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    fault: str = ""
    reason: str = ""
    exception: BaseException | None = None

    @property
    def exit_status(self) -> int:
        """As the command line's: 0 done, 1 our fault, 2 bad input, 3 stopped."""
        if self.status == "failed":
            return 2 if self.fault == "user" else 1
        return 0 if self.status == "done" else 3


def perform(
    job: JobFolder,
    work: Callable[[Reporter], dict[str, Any]],
    *,
    also: Reporter = SILENT,
    capture: bool = False,
) -> Outcome:
    """Do ``work`` as a new attempt at ``job``.

    Args:
        job: whose lock is held meanwhile.
        work: takes the reporter, returns the JSON values of the result.
        also: is told what the job's events tell; its ``check`` may end the work.
        capture: all output of this process goes into the attempt's log.

    Raises:
        UserError: another process works on the job; every other fault is in the outcome and in result.json.
    """
    with hold_lock(job.path):
        attempt = job.new_attempt()
        began = time.monotonic()
        with (
            output_into(attempt.log) if capture else nullcontext(),
            JobReporter(job, attempt, also) as reporter,
        ):
            outcome = _outcome(work, reporter, attempt)
        attempt.write_result(
            outcome.status,
            result=outcome.result,
            error=outcome.error,
            fault=outcome.fault,
            reason=outcome.reason,
            seconds=round(time.monotonic() - began, 3),
            versions={"ugmcl": __version__},
        )
        job.cancel_file.unlink(missing_ok=True)  # it was meant for this attempt
    return outcome


def _outcome(work: Callable[[Reporter], dict[str, Any]], reporter: Reporter, attempt: Attempt) -> Outcome:
    try:
        reporter.check()  # cancelled before it began
        return Outcome("done", work(reporter))
    except Stopped as stopped:
        status = "cancelled" if stopped.reason.startswith("cancelled") else "stopped"
        return Outcome(status, reason=stopped.reason, exception=stopped)
    except UserError as fault:
        return Outcome("failed", error=str(fault), fault="user", exception=fault)
    except KeyboardInterrupt as stop:
        return Outcome("cancelled", reason="cancelled", exception=stop)
    except Exception as fault:  # noqa: BLE001 - the job's result must tell of every fault; the log has it whole
        _write_traceback(attempt, fault)
        return Outcome("failed", error=one_line(fault), fault="ours", exception=fault)


def one_line(fault: BaseException) -> str:
    """A fault that is not the user's, in one line."""
    if isinstance(fault, MemoryError):
        return "There was not enough memory for this work."
    if isinstance(fault, OSError) and fault.strerror:
        place = f"{fault.filename}: " if fault.filename else ""
        return f"{place}{fault.strerror}."
    return " ".join(f"{type(fault).__name__}: {fault}".split())[:300]


def _write_traceback(attempt: Attempt, fault: BaseException) -> None:
    try:
        with attempt.log.open("a", encoding="utf-8") as stream:
            stream.writelines(traceback.format_exception(fault))
    except OSError as second:  # a full disk: the line in the result must do
        log.warning("the traceback could not be written: %s", second)

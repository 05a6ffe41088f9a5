"""Execute one job: as a process (``ugmcl run JOB``), or around work in this process."""

from __future__ import annotations

import argparse
import faulthandler
import logging
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from ugmcl.errors import Stopped, UserError
from ugmcl.jobs.folder import REQUEST, JobFolder
from ugmcl.jobs.keep_awake import kept_awake, lower_priority
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.worker.outcome import Outcome, perform
from ugmcl.worker.table import Work, function_of

T = TypeVar("T")


def run_job(
    folder: Path | str,
    *,
    functions: Mapping[str, Work] | None = None,
    also: Reporter = SILENT,
    capture: bool = False,
) -> Outcome:
    """Execute the job in ``folder``.

    Args:
        folder: of the job.
        functions: by kind, instead of the table's.
        also: is told the same as the job's events.
        capture: all output of this process goes into the attempt's log.

    Raises:
        UserError: there is no job, or another process works on it. All other faults are in the result.
    """
    job = JobFolder.open(folder)
    request = job.request()

    def work(reporter: Reporter) -> dict[str, Any]:
        function = (functions or {}).get(request.kind) or function_of(request.kind)
        return function(request.arguments, job.path, reporter)

    return perform(job, work, also=also, capture=capture)


def run_as_job(
    folder: Path | str,
    kind: str,
    arguments: Mapping[str, Any],
    work: Callable[[Reporter], T],
    describe: Callable[[T], dict[str, Any]],
    *,
    also: Reporter = SILENT,
) -> T:
    """Do ``work`` in this process, and leave what a job leaves: request, events, result, a held lock.

    So a training that was started on the command line can be followed and opened in Slicer.

    Args:
        folder: the job's own; a job of the same kind that is there gets another attempt.
        kind, arguments: of the request.
        work: takes the reporter to use.
        describe: the work's value as the JSON values of the result.
        also: the caller's reporter.

    Raises:
        Whatever ``work`` raises.
    """
    path = Path(folder)
    job = JobFolder.open(path) if (path / REQUEST).exists() else JobFolder.create(kind, arguments, path)
    if job.request().kind != kind:
        raise UserError(
            f"this folder holds a job of kind {job.request().kind}", path, "Choose another folder"
        )
    values: list[T] = []

    def described(reporter: Reporter) -> dict[str, Any]:
        values.append(work(reporter))
        return describe(values[0])

    outcome = perform(job, described, also=also)
    if outcome.exception is not None:
        raise outcome.exception
    return values[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """``ugmcl.worker.run JOB [--background]``; returns the exit status of the command line."""
    parser = argparse.ArgumentParser(prog="ugmcl run", description="Execute a job.")
    parser.add_argument("job", help="the job's folder")
    parser.add_argument("--background", action="store_true", help="low priority, computer kept awake")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    faulthandler.enable()
    if chosen.background:
        lower_priority()
    try:
        with (
            kept_awake("a training is running") if chosen.background else nullcontext(),
            Signals() as signals,
        ):
            return run_job(chosen.job, also=signals, capture=True).exit_status
    except UserError as fault:
        sys.stderr.write(f"{fault}\n")
        return 2


class Signals(Reporter):
    """Ends work in order when the system or a terminal asks for it."""

    def __init__(self) -> None:
        self._reason = ""

    def __enter__(self) -> Signals:
        self._before = {
            number: signal.signal(number, self._take) for number in (signal.SIGTERM, signal.SIGINT)
        }
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        if self._reason:
            raise Stopped(self._reason)

    def _take(self, number: int, frame: FrameType | None) -> None:
        self._reason = "cancelled" if number == signal.SIGINT else "paused"


if __name__ == "__main__":
    sys.exit(main())

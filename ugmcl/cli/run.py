"""``ugmcl run``: execute one job folder, as the modules in 3D Slicer have it done."""

from __future__ import annotations

import argparse

from ugmcl.cli import printing


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.add_argument("job", metavar="JOB", help="the job's folder")
    parser.add_argument("--background", action="store_true", help="low priority, and keep the computer awake")
    parser.epilog = "Output goes into the job's attempt-N/log.txt; exit status as for every command."
    parser.set_defaults(function=call)


def call(arguments: argparse.Namespace) -> int:
    """Executes the job and says how it ended."""
    from ugmcl.jobs.folder import JobFolder
    from ugmcl.worker import run

    job = JobFolder.open(arguments.job)
    status = run.main([str(job.path), *(["--background"] if arguments.background else [])])
    newest = job.newest_attempt()
    if newest is not None and (result := newest.result()) is not None:
        printing.error_line(
            f"ugmcl: {result['status']}" + (f": {result['error']}" if result.get("error") else "")
        )
    return status

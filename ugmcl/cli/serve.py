"""``ugmcl serve``: the warm worker, which keeps libraries and the last model loaded."""

from __future__ import annotations

import argparse

from ugmcl.cli import options


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the command's options."""
    parser.add_argument(
        "--idle-minutes",
        type=options.positive,
        default=15.0,
        metavar="N",
        help="end after so long without a job",
    )
    parser.epilog = (
        "Standard input: paths of job folders, one a line; 'free' lets go of the device, 'end' ends. "
        "Standard output: events, one JSON object a line."
    )
    parser.set_defaults(function=call)


def call(arguments: argparse.Namespace) -> int:
    """Works until standard input ends, nothing comes for a while, or the end is asked for."""
    from ugmcl.worker import serve

    return serve.main(["--idle-minutes", f"{arguments.idle_minutes:g}"])

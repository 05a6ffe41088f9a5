"""The program ``ugmcl``: finds the command, calls it, and turns its end into an exit status.

Exit status (design, section 12): 0 done; 1 our fault (one line, the traceback in a log file); 2 bad input or
usage (one line); 3 stopped on request or by the time limit, resumable.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from ugmcl import __version__
from ugmcl.cli import faults, printing
from ugmcl.cli.parser import Parser
from ugmcl.errors import Stopped, UserError

DONE, OUR_FAULT, BAD_INPUT, STOPPED = 0, 1, 2, 3

COMMANDS = {  # name: one line; the command's own file ugmcl/cli/NAME.py is imported only when it is called
    "demo": "segment the bundled MRI, compare with its reference, say what to open",
    "segment": "segment volumes, with a map of uncertainty and a list of places to look at",
    "prepare": "check a data set and prepare it for training",
    "train": "train a model, or fine-tune one on your own data",
    "report": "what a training brought: old and new model on the held-out cases, and a control",
    "average": "average several fine-tunings of one model",
    "calibrate": "fit a model's uncertainty on validation cases and renew its card",
    "evaluate": "measure a model, or finished segmentations, against references",
    "compare": "paired comparison of two evaluations",
    "rank": "which unlabelled case to label next",
    "models": "list, show, import, export, verify and remove models",
    "jobs": "list, show, follow and cancel background jobs",
    "run": "execute a job folder (for the modules in 3D Slicer)",
    "serve": "the warm worker: execute job folders named on standard input",
    "doctor": "what is installed, which device is used and why, memory and disk",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line ``arguments`` (default: those of the process) and returns the exit status."""
    printing.use_utf8()
    try:
        parsed = build_parser(sys.argv[1:] if arguments is None else arguments).parse_args(arguments)
        return parsed.function(parsed) or DONE
    except UserError as error:
        return _end(f"error: {error}", BAD_INPUT)
    except Stopped as stopped:
        return _end(f"stopped: {stopped.reason}", STOPPED)
    except KeyboardInterrupt:
        return _end("stopped: Ctrl-C", STOPPED)
    except BrokenPipeError:  # the reader of our output, for instance "head", has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return DONE
    except Exception as fault:  # noqa: BLE001 - the one place where any fault becomes a line and a log
        if remedy := faults.remedy_of_system_error(fault):
            return _end(f"error: {remedy}", BAD_INPUT)
        return _end(f"internal error: {faults.describe(fault)}", OUR_FAULT)


def build_parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser with all commands' names, and the options of the command that ``arguments`` call."""
    width = max(map(len, COMMANDS)) + 2
    parser = Parser(
        prog="ugmcl",
        usage="ugmcl COMMAND [OPTIONS]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Semi-supervised segmentation of medical volumes that says where it is unsure.\n"
        "Research software, not a medical device.\n\ncommands:\n"
        + "\n".join(f"  {name:{width}}{summary}" for name, summary in COMMANDS.items()),
        epilog="ugmcl COMMAND --help explains a command. Start with: ugmcl demo",
    )
    parser.add_argument("--version", action="version", version=f"ugmcl {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, help=argparse.SUPPRESS)
    called = next((word for word in arguments if not word.startswith("-")), None)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(
            name, prog=f"ugmcl {name}", description=summary[0].upper() + summary[1:] + "."
        )
        if name == called:
            importlib.import_module(f"ugmcl.cli.{name}").define(command)
    return parser


def _end(line: str, status: int) -> int:
    printing.error_line(f"ugmcl: {line}")
    return status


if __name__ == "__main__":
    sys.exit(main())

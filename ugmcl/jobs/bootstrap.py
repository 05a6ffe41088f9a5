"""Start of a job's process, run as a script with nothing but the standard library.

    python bootstrap.py [--first FOLDER]... run JOB [--background] | serve [--idle-minutes N]
        | check FOLDER

Puts each FOLDER (the private environment) and then the folder that holds ``ugmcl`` first on ``sys.path``:
PythonSlicer resets PYTHONPATH, so the environment cannot be handed over by that alone.
"""

from __future__ import annotations

import os
import sys

COMMANDS = {
    "run": "ugmcl.worker.run",
    "serve": "ugmcl.worker.serve",
    "check": "ugmcl.worker.environment_check",
}


def prepare_path(arguments: list[str]) -> list[str]:
    """Set ``sys.path``; returns the arguments that remain."""
    here = os.path.dirname(os.path.abspath(__file__))
    if sys.path and os.path.abspath(sys.path[0]) == here:
        del sys.path[0]  # the script's own folder: its files would pass for top-level modules
    source = os.path.dirname(os.path.dirname(here))
    first = []
    while arguments[:1] == ["--first"] and len(arguments) > 1:
        first.append(arguments[1])
        arguments = arguments[2:]
    sys.path[:0] = [*first, source]
    return arguments


def main() -> int:
    """Exit status of the worker."""
    if sys.version_info < (3, 11):  # noqa: UP036 - a foreign interpreter may be older than ours
        print(f"UG-MCL needs Python 3.11 or newer, this is {sys.version.split()[0]}", file=sys.stderr)  # noqa: T201
        return 2
    arguments = prepare_path(sys.argv[1:])
    import importlib

    command, rest = arguments[0], arguments[1:]
    module = importlib.import_module(COMMANDS[command])
    status: int = module.main(rest)
    return status


if __name__ == "__main__":
    sys.exit(main())

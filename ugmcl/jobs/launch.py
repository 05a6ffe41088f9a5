"""Start a job (or the warm worker) as a process of its own that outlives its parent and needs no pipe."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from ugmcl.errors import UserError
from ugmcl.jobs.environment import BOOTSTRAP
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.state import state_of

LAUNCH_LOG = "launch.txt"  # what the process says before its attempt begins
STRANGE = (  # of the parent's environment; each breaks an interpreter that is not the parent's
    "PYTHONHOME", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONEXECUTABLE", "PYTHONPATH", "PYTHONBREAKPOINT",
    "QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH", "MPLBACKEND", "__PYVENV_LAUNCHER__",
)  # fmt: skip
_FOREIGN_LIBRARIES = ("libcudnn", "libtorch", "libcublas")
_NEW_GROUP, _NO_WINDOW = 0x00000200, 0x08000000  # of Windows' CreateProcess


@dataclass(frozen=True)
class Interpreter:
    """Which Python does the work.

    Attributes:
        python: its path; PythonSlicer inside of Slicer, any other with what ``ugmcl`` needs.
        first: folders to put first on its ``sys.path`` (the private environment).
        environment: its environment variables before cleaning; None takes this process's. A foreign Python
            needs Slicer's start-up environment (``slicer.util.startupEnvironment()``).
    """

    python: str = sys.executable
    first: tuple[Path, ...] = ()
    environment: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Launched:
    """A started process.

    Attributes:
        process: its handle.
        command: what started it.
        attempt: number of the attempt that it will make; of a job that ended before, results of earlier
            ones are there already.
    """

    process: subprocess.Popen[bytes]
    command: tuple[str, ...]
    attempt: int = 1

    @property
    def pid(self) -> int:
        """Of the started process; PythonSlicer's is a launcher, whose child does the work."""
        return self.process.pid

    @property
    def shown(self) -> str:
        """The command as one would type it."""
        return shlex.join(self.command)


def launch(job: JobFolder, interpreter: Interpreter | None = None, *, background: bool = False) -> Launched:
    """Start a job and return at once; follow it by its folder.

    Args:
        job: that is queued, or has ended and shall be tried again.
        interpreter: None takes this very Python.
        background: low priority, and the computer is kept awake (training).

    Raises:
        UserError: the job is at work, or the interpreter cannot be started.
    """
    if state_of(job) == "running":
        raise UserError("this job is at work already", job.path, "Follow it, or cancel it first")
    job.cancel_file.unlink(missing_ok=True)  # a wish from before this one
    arguments = ["run", str(job.path), *(["--background"] if background else [])]
    newest = job.newest_attempt()
    with (job.path / LAUNCH_LOG).open("wb") as log:
        launched = _start(arguments, interpreter or Interpreter(), output=log, keep_input=False)
    return replace(launched, attempt=1 if newest is None else newest.number + 1)


def launch_server(
    status_file: Path, interpreter: Interpreter | None = None, *, idle_minutes: float = 15.0
) -> Launched:
    """Start the warm worker (`ugmcl.worker.serve`).

    Its standard input is a pipe: closing it, also by this process's death, ends the worker. What it says goes
    to ``status_file`` as events (`ugmcl.jobs.events`), its log beside it, so that nobody has to read a pipe.
    """
    status_file.parent.mkdir(parents=True, exist_ok=True)
    with status_file.open("wb") as status, status_file.with_suffix(".txt").open("wb") as log:
        return _start(
            ["serve", "--idle-minutes", f"{idle_minutes:g}"],
            interpreter or Interpreter(),
            output=status,
            errors=log,
            keep_input=True,
        )


def command_line(arguments: Sequence[str], interpreter: Interpreter) -> list[str]:
    """The command of a job's process."""
    first = [word for folder in interpreter.first for word in ("--first", str(folder))]
    return [interpreter.python, str(BOOTSTRAP), *first, *arguments]


def clean_environment(interpreter: Interpreter) -> dict[str, str]:
    """A copy of the environment for another interpreter: ours in, what would confuse it out."""
    given = os.environ if interpreter.environment is None else interpreter.environment
    environment = {key: value for key, value in given.items() if key.upper() not in STRANGE}
    for key in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
        if key in environment:
            environment[key] = _without_foreign_libraries(environment[key])
    paths = [str(folder) for folder in (*interpreter.first, BOOTSTRAP.parents[2])]
    same = interpreter.python == sys.executable and interpreter.environment is None
    if same and given.get("PYTHONPATH"):
        paths.append(given["PYTHONPATH"])
    environment.update(
        PYTHONPATH=os.pathsep.join(paths),
        PYTHONUNBUFFERED="1",
        PYTHONUTF8="1",
        PYTHONIOENCODING="utf-8",
        MPLBACKEND="Agg",
    )
    if interpreter.first:
        environment["PYTHONNOUSERSITE"] = "1"  # a private environment shares nothing
    return environment


def _without_foreign_libraries(paths: str) -> str:
    """Library folders without those that hold another torch's or CUDA's libraries: ours would mix them in."""
    kept = []
    for folder in paths.split(os.pathsep):
        try:
            names = os.listdir(folder) if folder else []
        except OSError:
            names = []
        if not any(name.startswith(_FOREIGN_LIBRARIES) for name in names):
            kept.append(folder)
    return os.pathsep.join(kept)


def _start(
    arguments: Sequence[str],
    interpreter: Interpreter,
    *,
    output: IO[bytes],
    errors: IO[bytes] | None = None,
    keep_input: bool,
) -> Launched:
    command = command_line(arguments, interpreter)
    try:
        process = subprocess.Popen(
            command,
            bufsize=0,  # what is told to a worker leaves at once
            stdin=subprocess.PIPE if keep_input else subprocess.DEVNULL,
            stdout=output,
            stderr=errors or subprocess.STDOUT,
            env=clean_environment(interpreter),
            cwd=Path.home() if Path.home().is_dir() else None,
            start_new_session=os.name == "posix",
            creationflags=_NEW_GROUP | _NO_WINDOW if os.name == "nt" else 0,
        )
    except OSError as fault:
        raise UserError(
            f"this Python cannot be started ({fault.strerror})",
            interpreter.python,
            "Choose another interpreter",
        ) from fault
    return Launched(process, tuple(command))

"""A process that is watched while it works: what it says, whether it still does anything, its end."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ugmcl.jobs.processes import end_tree

LOOK_SECONDS = 0.2


@dataclass
class Watched:
    """What is known of a process.

    Attributes:
        lines: that it said.
        status: of its end; None when it was ended because it did nothing any more.
    """

    lines: list[str] = field(default_factory=list)
    status: int | None = None


def watch(
    command: Sequence[str],
    environment: Mapping[str, str],
    said: Path,
    check: Callable[[], None],
    look: Callable[[list[str]], float],
) -> Watched:
    """Run ``command`` until it ends, the user asks for the end, or its patience is over.

    Args:
        command: to run.
        environment: of the process.
        said: file for its words.
        check: raises when the user asked for the end; the whole tree is ended then.
        look: gets the new lines and returns the seconds that may still pass without a sign of life; called
            every fifth of a second. 0 or less ends the process.

    Raises:
        Whatever ``check`` raises. OSError: it cannot be started.
    """
    found = Watched()
    with said.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=said.parent,
            creationflags=0x08000000 if os.name == "nt" else 0,  # no window
        )
    with said.open("rb") as words:
        try:
            while True:
                ended = process.poll() is not None
                new = _lines(words.read())
                found.lines += new
                patience = look(new)
                if ended:
                    found.status = process.returncode
                    return found
                if patience <= 0:
                    return found
                check()
                time.sleep(LOOK_SECONDS)
        finally:
            if process.poll() is None:
                end_tree(process.pid, 0)
                process.wait()


def _lines(data: bytes) -> list[str]:
    """A line that is not complete yet counts as two."""
    return data.decode("utf-8", "replace").splitlines()

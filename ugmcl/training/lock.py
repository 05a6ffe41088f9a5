"""One run folder, one process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ugmcl.errors import UserError


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Hold the folder.

    Raises:
        UserError: another process holds it.
    """
    import fcntl

    with (folder / "lock").open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError("another process trains in this folder", folder, "Wait, or cancel it") from error
        stream.truncate(0)
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        yield

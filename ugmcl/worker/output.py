"""Everything that this process and its children print, into a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def output_into(file: Path) -> Iterator[None]:
    """Append standard output and error, also those of libraries written in C and of children, to ``file``."""
    _flush()
    saved = [os.dup(descriptor) for descriptor in (1, 2)]
    target = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.dup2(target, 1)
        os.dup2(target, 2)
        yield
    finally:
        _flush()
        for descriptor, copy in zip((1, 2), saved, strict=True):
            os.dup2(copy, descriptor)
            os.close(copy)
        os.close(target)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # absent where Windows gives a process no console
            stream.flush()

"""Starting processes from any script, notebook or standard input without running that script in them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def without_main() -> Iterator[None]:
    """While this lasts new processes do not import the main module.

    Where processes are spawned, `multiprocessing` imports the user's script into each of them, which would
    begin the user's training there once more unless the script guards against it. What our processes run lies
    in the library, so they need no main module.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main

"""How a process with a host ends: at once, as VTK objects that outlive Qt crash Python's own exit."""

from __future__ import annotations

import os
import sys


def end_process(status: int) -> None:
    """End now with this exit status; what was printed is written first."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)

"""Work that goes on while nobody is there: low priority, and a computer that does not fall asleep."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_ES_CONTINUOUS, _ES_SYSTEM_REQUIRED = 0x80000000, 0x00000001  # of Windows' SetThreadExecutionState
_BELOW_NORMAL = 0x00004000


def lower_priority() -> None:
    """Give way to other programs; without effect where the system does not let us."""
    try:
        if sys.platform == "win32":
            import ctypes

            kernel = ctypes.windll.kernel32
            kernel.SetPriorityClass(kernel.GetCurrentProcess(), _BELOW_NORMAL)
        elif os.nice(0) < 10:
            os.nice(10 - os.nice(0))
    except OSError:
        return  # a wish, not a need


@contextmanager
def kept_awake(reason: str) -> Iterator[bool]:
    """Inside, the computer does not go to sleep by itself; whether that could be arranged."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        arranged = bool(kernel.SetThreadExecutionState(_ES_CONTINUOUS | _ES_SYSTEM_REQUIRED))
        try:
            yield arranged
        finally:
            kernel.SetThreadExecutionState(_ES_CONTINUOUS)
        return
    keeper = _start(keeper_command(reason))
    try:
        yield keeper is not None and keeper.poll() is None
    finally:
        if keeper is not None:
            assert keeper.stdin is not None
            keeper.stdin.close()
            keeper.terminate()
            keeper.wait()


def keeper_command(reason: str, platform: str = sys.platform) -> list[str] | None:
    """A command that keeps the computer awake until its input or this process ends; None without one."""
    if platform == "darwin" and (caffeinate := shutil.which("caffeinate")):
        return [caffeinate, "-i", "-w", str(os.getpid())]
    if platform.startswith("linux") and (inhibit := shutil.which("systemd-inhibit")):
        # cat ends when our end of its input closes, also when this process is killed
        return [inhibit, "--what=sleep:idle", "--who=UG-MCL", f"--why={reason}", "--mode=block", "cat"]
    return None


def _start(command: list[str] | None) -> subprocess.Popen[bytes] | None:
    if command is None:
        return None
    quiet = subprocess.DEVNULL
    try:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet)
    except OSError:
        return None  # the work goes on; the computer may sleep

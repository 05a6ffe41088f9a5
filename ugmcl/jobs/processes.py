"""Ending a process with everything that it started; standard library only."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

TERM_SECONDS = 3.0


def end_tree(pid: int, group: int, patience_s: float = TERM_SECONDS) -> None:
    """End process ``pid``, its descendants and its process ``group``: asked first, then forced.

    Neither this process nor its group are ever ended. A group that was not made for this tree (a shell's) is
    left; its members that descend from ``pid`` are ended all the same.
    """
    if pid <= 0 or pid == os.getpid():
        return
    if os.name == "nt":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(pid)], capture_output=True, check=False)
        return
    targets = {pid} | descendants(pid) | _members(group)
    targets.discard(os.getpid())
    _signal(targets, signal.SIGTERM)
    end = time.monotonic() + patience_s
    while targets & _alive() and time.monotonic() < end:
        targets |= {child for target in targets for child in descendants(target)} - {os.getpid()}
        time.sleep(0.05)
    _signal(targets | _members(group), signal.SIGKILL)


def descendants(pid: int) -> set[int]:
    """Children of ``pid``, their children and so on, as they are now."""
    children: dict[int, list[int]] = {}
    for process, parent, _ in _table():
        children.setdefault(parent, []).append(process)
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def _members(group: int) -> set[int]:
    """Processes of a group that leads a session of its own, as launched jobs do; none of another group.

    It finds the orphans whose parents have died.
    """
    if group <= 1 or group == os.getpgid(0):
        return set()
    members = {process for process, _, its_group in _table() if its_group == group}
    return {process for process in members if _session(process) == group}


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:  # it ended meanwhile
        return 0


def _alive() -> set[int]:
    return {process for process, _, _ in _table()}


def _table() -> list[tuple[int, int, int]]:
    """(process, parent, group) of every process."""
    if Path("/proc/self/stat").exists():
        return list(_from_proc())
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,pgid="], capture_output=True, text=True, check=False
    )
    rows = (line.split() for line in listed.stdout.splitlines())
    return [(int(row[0]), int(row[1]), int(row[2])) for row in rows if len(row) == 3]


def _from_proc() -> Iterable[tuple[int, int, int]]:
    for name in os.listdir("/proc"):
        if not name.isdecimal():
            continue
        try:
            fields = Path("/proc", name, "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if fields[0] != "Z":  # the dead that nobody has buried are no processes
            yield int(name), int(fields[1]), int(fields[2])


def _signal(processes: Iterable[int], number: int) -> None:
    for process in processes:
        try:
            os.kill(process, number)
        except (ProcessLookupError, PermissionError):
            continue  # gone, or become another user's by a reused number

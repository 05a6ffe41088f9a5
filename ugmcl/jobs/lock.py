"""Who works in a job's folder: an operating-system lock on the file ``lock``, which ends with its process.

The file holds pid, process group, host and heartbeat of the holder, for other processes to show and, on
another host where the lock itself may not be seen, to judge by.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from ugmcl.errors import UserError

LOCK = "lock"
HEARTBEAT_SECONDS = 5.0
FRESH_SECONDS = 60.0  # a heartbeat of another host that is older counts as a dead process
_PATIENCE_SECONDS = 2.0  # someone who only looks whether the lock is held has it for a moment
_BINARY = getattr(os, "O_BINARY", 0)  # Windows would write more bytes than asked for
_TEXT_BYTES = 512  # one write of fixed length, so that no reader meets half a text
_HELD: dict[str, _Held] = {}  # this process's locks by folder: the lock belongs to the process as a whole


@dataclass(frozen=True)
class Holder:
    """The process that holds a lock; ``heartbeat`` in seconds since the epoch."""

    pid: int
    group: int
    host: str
    heartbeat: float

    @property
    def here(self) -> bool:
        """Whether it runs on this computer."""
        return self.host == socket.gethostname()


@dataclass
class _Held:
    descriptor: int
    users: int = 1


@contextmanager
def hold_lock(folder: Path, *, join: bool = False) -> Iterator[None]:
    """Hold the folder's lock.

    Args:
        folder: of the job or run.
        join: take part in the lock where this process holds it already (a training inside of its job).

    Raises:
        UserError: another process (without ``join`` also this one) works there, or it cannot be locked.
    """
    key = os.path.realpath(folder)
    if key in _HELD and join:
        _HELD[key].users += 1
    else:
        _HELD[key] = _Held(_acquire(Path(folder), key))
        beat(folder)
    try:
        yield
    finally:
        held = _HELD.get(key)
        if held is not None:  # a forked child has let go already
            held.users -= 1
            if held.users == 0:
                del _HELD[key]
                _release(held.descriptor)


def beat(folder: Path) -> None:
    """Renew the heartbeat of a lock that this process holds; nothing where it holds none."""
    held = _HELD.get(os.path.realpath(folder))
    if held is None:
        return
    group = os.getpgid(0) if hasattr(os, "getpgid") else os.getpid()
    text = json.dumps(asdict(Holder(os.getpid(), group, socket.gethostname(), round(time.time(), 3))))
    os.lseek(held.descriptor, 0, os.SEEK_SET)
    os.write(held.descriptor, text.encode("ascii").ljust(_TEXT_BYTES - 1) + b"\n")


def lock_holder(folder: Path) -> Holder | None:
    """Who holds the folder's lock; None when nobody does, or a foreign host's heartbeat is old."""
    file = Path(folder) / LOCK
    if os.path.realpath(folder) in _HELD:
        return _read(file)
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except OSError:  # never locked, or out of reach
        return None
    try:
        held = not _try(descriptor, shared=True)
    finally:
        os.close(descriptor)
    holder = _read(file)
    if held:
        return holder or Holder(0, 0, "", 0.0)
    if holder is not None and not holder.here and abs(time.time() - holder.heartbeat) < FRESH_SECONDS:
        return holder
    return None


def _acquire(folder: Path, key: str) -> int:
    busy = UserError("another process is at work in this folder", folder, "Wait until it ends, or cancel it")
    if key in _HELD:
        raise busy
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | _BINARY, 0o600)
    except OSError as fault:
        raise UserError(
            f"the folder cannot be locked ({fault.strerror})", folder, "Choose a folder that you may write"
        ) from fault
    end = time.monotonic() + _PATIENCE_SECONDS
    try:
        while not _try(descriptor):
            if time.monotonic() > end:
                raise busy
            time.sleep(0.05)
        foreign = _read(folder / LOCK)
        if foreign and not foreign.here and abs(time.time() - foreign.heartbeat) < FRESH_SECONDS:
            raise busy
    except OSError as fault:
        os.close(descriptor)
        raise UserError(
            f"the folder cannot be locked ({fault.strerror})", folder, "Choose a folder on another disk"
        ) from fault
    except UserError:
        os.close(descriptor)
        raise
    return descriptor


def _release(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)  # no heartbeat is left that another host could take for a living one
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
    os.close(descriptor)


def _read(file: Path) -> Holder | None:
    try:
        found = json.loads(file.read_bytes()[:_TEXT_BYTES])
        return Holder(int(found["pid"]), int(found["group"]), str(found["host"]), float(found["heartbeat"]))
    except (OSError, ValueError, KeyError, TypeError):  # empty, being written for the first time, or foreign
        return None


_LOCKED_BYTE = 2**30  # Windows locks bytes against reading: one far beyond the text, which stays readable


def _try(descriptor: int, *, shared: bool = False) -> bool:
    """Try to lock; of a shared lock, which only asks, nothing stays once the file is closed."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            if shared:
                os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
                msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as fault:
        if fault.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            return False
        raise
    return True


def _let_go_in_child() -> None:
    """A forked child (a loader's process) must not keep its dead parent's lock alive."""
    for held in _HELD.values():
        os.close(held.descriptor)
    _HELD.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_in_child)

"""Ends of a training that are nobody's mistake: a full disk, a lost card, too little memory, in one line."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import torch

from ugmcl.errors import Stopped, UserError
from ugmcl.jobs.run_files import newest_checkpoint

ROOM = ".room"  # given up when the disk is full, so that the run can still say why it ended
_ROOM_BYTES = 256 * 1024
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_LEAST_FREE = 64 * 1024  # bytes: with less, an error of writing that names no reason is one of a full disk
_NO_MEMORY = ("out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory")
_NO_CARD = (
    "cuda error", "cudnn", "cublas", "hip error", "nvml", "nccl", "acceleratorerror", "mps backend",
    "unspecified launch failure", "no cuda gpus", "no cuda-capable",
)  # fmt: skip
_KILLED_LOADER = ("dataloader worker", "killed by signal")


@contextmanager
def clear_ends(folder: Path) -> Iterator[None]:
    """Turn what ends the training in ``folder`` from outside into a `UserError` with the way to go on.

    Raises:
        UserError: the disk is full, the card failed, memory ran out. Other faults pass as they are.
    """
    try:
        _keep_room(folder)
        yield
    except Stopped:
        raise
    except Exception as fault:
        clear = _clear(fault, folder)
        if clear is None:
            raise
        raise clear from fault
    finally:
        with suppress(OSError):
            (folder / ROOM).unlink(missing_ok=True)


def disk_is_full(fault: BaseException, folder: Path) -> bool:
    """Whether this fault, or what caused it, is one of a disk without room."""
    while fault is not None:
        if isinstance(fault, OSError) and fault.errno in _FULL:
            return True
        if "no space left on device" in str(fault).lower():  # told by a library, or by a loader's process
            return True
        writes = isinstance(fault, OSError | UserError) and not isinstance(fault, FileNotFoundError)
        if writes and _free(folder) < _LEAST_FREE:  # numpy, zip and ITK name no reason
            return True
        fault = fault.__cause__  # type: ignore[assignment]
    return False


def _clear(fault: Exception, folder: Path) -> UserError | None:
    text = str(fault).lower()
    if disk_is_full(fault, folder):
        return UserError("the disk is full", folder, f"Free room there, then resume the run{_from(folder)}")
    if isinstance(fault, UserError):
        return None
    if isinstance(fault, torch.cuda.OutOfMemoryError) or ("cuda" in text and "out of memory" in text):
        return UserError(
            "the graphics card has too little free memory", folder,
            "Close programs that use the card and resume the run, resume it on the processor (device = cpu), "
            f"or train anew with a smaller patch{_from(folder)}",
        )  # fmt: skip
    if isinstance(fault, MemoryError) or _says(fault, _NO_MEMORY) or _killed(text):
        return UserError(
            "the memory of this computer does not suffice", folder,
            f"Close other programs, then resume the run{_from(folder)}",
        )  # fmt: skip
    if _is_of_card(fault) or _says(fault, _NO_CARD):
        first = str(fault).strip().splitlines()[0][:160] if text.strip() else type(fault).__name__
        return UserError(
            f"the graphics card stopped working ({first})", folder,
            "Restart the computer if it stays away, then resume the run; or resume it on the processor "
            f"(device = cpu){_from(folder)}",
        )  # fmt: skip
    return None


def _from(folder: Path) -> str:
    """Where a resumed run goes on."""
    steps = newest_checkpoint(folder)
    return f"; it goes on after step {steps}" if steps else "; it begins anew, no checkpoint was written yet"


def _says(fault: Exception, words: tuple[str, ...]) -> bool:
    return isinstance(fault, RuntimeError) and any(word in str(fault).lower() for word in words)


def _killed(text: str) -> bool:
    return all(word in text for word in _KILLED_LOADER)


def _is_of_card(fault: Exception) -> bool:
    return isinstance(fault, getattr(torch, "AcceleratorError", ()))


def _keep_room(folder: Path) -> None:
    """Real bytes: a file of zeros takes no room on some disks."""
    with (folder / ROOM).open("wb") as stream:
        stream.write(os.urandom(_ROOM_BYTES))


def _free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return _LEAST_FREE

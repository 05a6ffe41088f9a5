"""Faults that are not the user's: a line that says where the traceback is, for a report."""

from __future__ import annotations

import errno
import platform
import sys
import tempfile
import time
import traceback
from pathlib import Path

from ugmcl import __version__

# Errors of the operating system that only the user can mend.
_REMEDIES = {
    errno.ENOSPC: "Free some disk space, or choose another --output",
    errno.EACCES: "Choose a place that you may read and write",
    errno.EPERM: "Choose a place that you may read and write",
    errno.EROFS: "Choose a folder that can be written",
    errno.ENAMETOOLONG: "Choose a shorter name or a shorter path",
    errno.EEXIST: "Choose another name, or remove what is there",
    errno.ENOTDIR: "Name a folder, not a file",
    errno.EISDIR: "Name a file, not a folder",
    getattr(errno, "EDQUOT", errno.ENOSPC): "Free some disk space, or choose another --output",
}


def remedy_of_system_error(fault: Exception) -> str | None:
    """One line for an error of the operating system that the user can mend; None for every other fault."""
    if not isinstance(fault, OSError) or fault.errno not in _REMEDIES:
        return None
    place = f"{fault.filename}: " if fault.filename else ""
    return f"{place}{fault.strerror}. {_REMEDIES[fault.errno]}."


def describe(fault: Exception) -> str:
    """One line with the fault's kind and message; its traceback goes into a log file that the line names."""
    text = " ".join(f"{type(fault).__name__}: {fault}".split())
    log = write_log(fault)
    return f"{text[:300]} (traceback: {log})" if log else text[:300]


def write_log(fault: Exception) -> Path | None:
    """Writes the traceback into the data folder's ``logs``, else among temporary files; or None."""
    lines = [
        f"ugmcl {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"command: {' '.join(sys.argv[1:2])}",
        *traceback.format_exception(fault),
    ]
    name = f"ugmcl-fault-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**6:06d}.log"
    for folder in _log_folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("\n".join(lines), encoding="utf-8")
        except OSError:
            continue  # the next folder is tried; without any, the line alone must do
        return folder / name
    return None


def _log_folders() -> list[Path]:
    from ugmcl.jobs.environment import data_folder

    return [data_folder() / "logs", Path(tempfile.gettempdir())]

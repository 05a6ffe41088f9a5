"""A job: a private folder that holds what was asked for, each attempt at it, and the results.

``request.json`` · ``attempt-N/`` with ``events.jsonl``, ``log.txt``, ``result.json`` (last) · ``lock`` ·
``cancel``. All of these names are fixed and ASCII. The state is derived, never stored (`ugmcl.jobs.state`).
"""

from __future__ import annotations

import os
import platform
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ugmcl import __version__
from ugmcl.errors import UserError
from ugmcl.jobs.environment import jobs_folder, private_folder
from ugmcl.jobs.json_files import read_json, write_json
from ugmcl.jobs.lock import lock_holder

REQUEST, EVENTS, LOG, RESULT, CANCEL = "request.json", "events.jsonl", "log.txt", "result.json", "cancel"
FORMAT_NAME, FORMAT_NUMBER = "ugmcl-job", 1
STATUSES = ("done", "failed", "cancelled", "stopped")
_ATTEMPT = re.compile(r"attempt-(\d{1,6})")
_KIND = re.compile(r"[a-z][a-z-]{0,30}")
_POINTER = ".path"  # file in the jobs' folder that tells where a job with a folder of its own lies


@dataclass(frozen=True)
class Request:
    """What is asked for: ``kind`` of work, its ``arguments``, who asked (``versions``) and when."""

    kind: str
    arguments: dict[str, Any]
    versions: dict[str, str]
    created: float


@dataclass(frozen=True)
class Attempt:
    """One try at a job."""

    path: Path

    @property
    def number(self) -> int:
        """Counted from 1."""
        return int(self.path.name.partition("-")[2])

    @property
    def events(self) -> Path:
        """File of the events."""
        return self.path / EVENTS

    @property
    def log(self) -> Path:
        """File that takes the process's output and tracebacks."""
        return self.path / LOG

    def result(self) -> dict[str, Any] | None:
        """``status``, ``result`` or ``error`` (one line), ``seconds``; None while there is none."""
        data = read_json(self.path / RESULT)
        return data if data is not None and data.get("status") in STATUSES else None

    def write_result(self, status: str, **values: Any) -> None:
        """Write result.json, the last thing of an attempt; complete or not at all."""
        if status not in STATUSES:
            raise ValueError(f"status {status!r} is none of {', '.join(STATUSES)}")
        write_json(
            self.path / RESULT, {"format": "ugmcl-result/1", "status": status, "ended": time.time(), **values}
        )


@dataclass(frozen=True)
class JobFolder:
    """A job on disk."""

    path: Path

    @classmethod
    def create(cls, kind: str, arguments: Mapping[str, Any], folder: Path | str | None = None) -> JobFolder:
        """Make a job.

        Args:
            kind: of work, see `ugmcl.worker.table`.
            arguments: JSON values; paths as text.
            folder: the job's own (a training's run folder); None makes a private one in the data folder.

        Raises:
            UserError: the folder holds a job already, or cannot be made.
        """
        if not _KIND.fullmatch(kind):
            raise ValueError(f"{kind!r} is no kind of job")
        try:
            if folder is None:
                job = cls(_new_folder(kind))
            else:
                job = cls(Path(folder).absolute())
                job.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if (job.path / REQUEST).exists():
                raise UserError(
                    "this folder holds a job already", job.path, "Resume it, or choose another folder"
                )
            versions = {"ugmcl": __version__, "python": platform.python_version()}
            write_json(job.path / REQUEST, {
                "format": f"{FORMAT_NAME}/{FORMAT_NUMBER}", "kind": kind, "arguments": dict(arguments),
                "versions": versions, "created": time.time(),
            })  # fmt: skip
            if folder is not None:
                _remember(job.path, kind)
        except OSError as fault:
            raise UserError(
                f"the job's folder cannot be made ({fault.strerror})",
                fault.filename,
                "Choose a place that you may write",
            ) from fault
        return job

    @classmethod
    def open(cls, path: Path | str) -> JobFolder:
        """The job in ``path``.

        Raises:
            UserError: there is none, or a newer version made it.
        """
        job = cls(Path(path).absolute())
        job.request()
        return job

    @property
    def name(self) -> str:
        """Of the folder."""
        return self.path.name

    def request(self) -> Request:
        """What was asked for.

        Raises:
            UserError: no job, damaged, or of a newer version.
        """
        data = read_json(self.path / REQUEST)
        if data is None:
            raise UserError("there is no job in this folder", self.path, "See the jobs with: ugmcl jobs list")
        name, _, number = str(data.get("format")).partition("/")
        if name != FORMAT_NAME or not number.isdecimal() or not isinstance(data.get("arguments"), dict):
            raise UserError("the job's request is damaged", self.path, "Start the work anew")
        if int(number) > FORMAT_NUMBER:
            made_by = (data.get("versions") or {}).get("ugmcl", "a newer version")
            raise UserError("a newer version made this job", self.path, f"Use ugmcl {made_by}")
        return Request(
            str(data.get("kind")),
            data["arguments"],
            dict(data.get("versions") or {}),
            float(data.get("created") or 0),
        )

    def attempts(self) -> list[Attempt]:
        """All attempts, the first first."""
        try:
            names = [
                entry for entry in self.path.iterdir() if _ATTEMPT.fullmatch(entry.name) and entry.is_dir()
            ]
        except OSError:
            return []
        return sorted((Attempt(entry) for entry in names), key=lambda attempt: attempt.number)

    def newest_attempt(self) -> Attempt | None:
        """The newest attempt, if there is any."""
        attempts = self.attempts()
        return attempts[-1] if attempts else None

    def new_attempt(self) -> Attempt:
        """Begin an attempt; the caller holds the lock."""
        newest = self.newest_attempt()
        attempt = Attempt(self.path / f"attempt-{1 if newest is None else newest.number + 1}")
        attempt.path.mkdir(mode=0o700)
        return attempt

    @property
    def cancel_file(self) -> Path:
        """Its presence asks for the end; its text says why: cancelled or paused."""
        return self.path / CANCEL

    def remove(self) -> None:
        """Delete the job with its results.

        Raises:
            UserError: it is at work.
        """
        if lock_holder(self.path) is not None:
            raise UserError("this job is at work", self.path, "Cancel it first")
        shutil.rmtree(self.path)


def list_jobs() -> list[JobFolder]:
    """All jobs of this user, the newest first: in the data folder, and runs in folders of their own."""
    found: dict[str, tuple[float, JobFolder]] = {}
    for folder in known_folders():
        data = read_json(folder / REQUEST)
        if data is not None:  # a pointer's run may have been deleted
            made = data.get("created")
            found[os.path.realpath(folder)] = (
                float(made) if isinstance(made, int | float) else 0.0,
                JobFolder(folder),
            )
    return [job for _, job in sorted(found.values(), key=lambda pair: pair[0], reverse=True)]


def known_folders() -> list[Path]:
    """Folders in which this user's jobs are or were: in the data folder, and where its pointers say."""
    place = jobs_folder()
    if not place.is_dir():
        return []
    folders = [entry for entry in place.iterdir() if entry.is_dir()]
    return folders + [folder for _, folder in _pointers()]


def forget_folder(folder: Path) -> None:
    """Remove what points to a job that has a folder of its own."""
    real = os.path.realpath(folder)
    for pointer, target in _pointers():
        if os.path.realpath(target) == real:
            pointer.unlink(missing_ok=True)


def _pointers() -> list[tuple[Path, Path]]:
    """File and the folder that it names; damaged ones name nothing."""
    found = []
    for pointer in jobs_folder().glob(f"*{_POINTER}"):
        try:
            text = pointer.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if text and "\0" not in text:
            found.append((pointer, Path(text)))
    return found


def find_job(wanted: str | Path) -> JobFolder:
    """The job of this name (or beginning of a name) or path.

    Raises:
        UserError: none, or several.
    """
    path = Path(wanted)
    if (path / REQUEST).is_file():
        return JobFolder.open(path)
    found = [job for job in list_jobs() if job.name.startswith(str(wanted))]
    exact = [job for job in found if job.name == str(wanted)]
    if len(exact or found) == 1:
        return JobFolder.open((exact or found)[0].path)
    what = "several jobs are meant" if found else "there is no such job"
    raise UserError(what, wanted, "See the jobs with: ugmcl jobs list")


def _new_folder(kind: str) -> Path:
    """A private folder with a name of its own: time, kind, chance."""
    place = private_folder(jobs_folder())
    while True:
        folder = place / f"{_stamp(kind)}-{secrets.token_hex(3)}"
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder


def _remember(folder: Path, kind: str) -> None:
    pointer = private_folder(jobs_folder()) / f"{_stamp(kind)}-{secrets.token_hex(3)}{_POINTER}"
    pointer.write_text(f"{folder}\n", encoding="utf-8")


def _stamp(kind: str) -> str:
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{kind}"

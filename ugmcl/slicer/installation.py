"""The private environment from Slicer's side: its cost, its installation watched by a timer, its removal."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.follow import Update
from ugmcl.jobs.installation import CHOOSE, Wanted
from ugmcl.jobs.installation_pip import LARGE
from ugmcl.jobs.installation_place import check_place, clear_part
from ugmcl.jobs.installation_torch import nvidia_tool
from ugmcl.jobs.launch import Interpreter, launch
from ugmcl.jobs.pins import DIRECT
from ugmcl.slicer import settings
from ugmcl.slicer.interpreter import environment_folder, slicer_python
from ugmcl.slicer.job_watch import JobWatch

_GB = 1_000_000_000
_LOADED, _UNPACKED = 0.7, 0.95  # shares of the whole when all is downloaded, and unpacked


@dataclass(frozen=True)
class Plan:
    """What an installation means.

    Attributes:
        size_text: download and disk, in words.
        folder: that will hold everything.
        packages: the requirements.
        wanted: for the job.
    """

    size_text: str
    folder: Path
    packages: tuple[str, ...]
    wanted: Wanted


def installation_plan() -> Plan:
    """What would be installed on this computer; asks no network.

    Raises:
        UserError: there is no place for it, or the folder of wheels does not exist.
    """
    wheels = settings.wheels_folder()
    if wheels and not Path(wheels).is_dir():
        raise UserError(
            _("there is no such folder of wheels"), wheels, _("Choose another, or leave it empty")
        )
    large = settings.large_torch()
    download, disk = _figures(large or nvidia_tool() is not None)
    target = environment_folder()
    if wheels:  # whoever fills a folder knows what is in it
        wanted = Wanted(target, wheels=Path(wheels))
        size_text = _("about {disk} GB on disk").format(disk=f"{disk:g}")
    else:
        needed = int((download + disk) * _GB)  # the packages go when they are unpacked
        wanted = Wanted(target, needed, int(download * _GB), extra_index="" if large else CHOOSE)
        words = _("about {download} GB to download, {disk} GB on disk")
        size_text = words.format(download=f"{download:g}", disk=f"{disk:g}")
    check_place(target, wanted.needed_bytes)
    return Plan(size_text, target, DIRECT, wanted)


def installed_folder() -> Path | None:
    """The private environment, if there is one."""
    folder = environment_folder()
    return folder if folder.is_dir() else None


def remove_installation() -> None:
    """Delete the private environment: renamed at once, deleted by a thread.

    Raises:
        UserError: it is in use.
    """
    folder = installed_folder()
    if folder is None:
        return
    away = folder.with_name(f".{folder.name}.removed")
    shutil.rmtree(away, ignore_errors=True)
    try:
        folder.rename(away)
    except OSError as fault:
        raise UserError(
            _("the folder is in use ({reason})").format(reason=fault.strerror),
            folder,
            _("Wait for the computation to end, then try again"),
        ) from fault
    _delete(away)


class Installation:
    """An installation at work, in another process.

    Args:
        progress: gets a line and the share of the whole (None: unknown).
        done: nothing more. failed: gets a sentence, also when cancelled; then nothing is left.
    """

    def __init__(
        self,
        progress: Callable[[str, float | None], None],
        done: Callable[[], None],
        failed: Callable[[str], None],
    ) -> None:
        self._progress, self._done, self._failed = progress, done, failed
        self._watch: JobWatch | None = None
        self._job: JobFolder | None = None
        self._target: Path | None = None
        self._package = ""

    def start(self) -> None:
        """Begin; returns at once.

        Raises:
            UserError: no place, or Slicer's Python cannot be started.
        """
        wanted = installation_plan().wanted
        self._target = wanted.target
        values = {**asdict(wanted), "target": str(wanted.target)}
        values["wheels"] = str(wanted.wheels) if wanted.wheels else None
        self._job = JobFolder.create("install", values)
        launched = launch(self._job, Interpreter(slicer_python()))
        self._watch = JobWatch(self._job, launched, self._says, self._ended)
        self._progress(_("Starting"), None)

    def cancel(self) -> None:
        """Stop; failed is told when it has ended."""
        if self._watch is not None:
            self._watch.cancel()

    def _says(self, update: Update) -> None:
        for event in update.events:
            if event["kind"] == "message" and event.get("level") == "info":
                self._package = str(event.get("text", ""))
            elif event["kind"] == "metric" and LARGE in event["values"]:
                settings.set_large_torch(True)  # the next question names the larger size
        progress = update.progress
        if progress.stage == "Downloading" and progress.total:
            line = _("Downloading {package}: {done} of about {total} MB").format(
                package=self._package, done=f"{progress.done:.0f}", total=f"{progress.total:.0f}"
            )
            self._progress(line, _LOADED * progress.done / progress.total)
        elif progress.stage == "Installing" and progress.total:
            line = _("Installing: {done} of {total} packages").format(
                done=int(progress.done), total=int(progress.total)
            )
            self._progress(line, _LOADED + (_UNPACKED - _LOADED) * progress.done / progress.total)
        elif progress.stage:
            share = _UNPACKED if progress.stage == "Checking the installation" else None
            self._progress(_stage_words(progress.stage), share)

    def _ended(self, update: Update) -> None:
        self._says(update)
        self._watch = None
        if self._job is not None:
            _delete(self._job.path)
        if self._target is not None:
            _in_thread(clear_part, self._target)  # of a process that was ended by force
        if update.state == "done":
            settings.set_large_torch(False)
            self._done()
        elif update.state in ("cancelled", "stopped"):
            self._failed(_("Cancelled. Nothing was installed."))
        else:
            self._failed(_("Nothing was installed. {reason}").format(reason=update.error))


def _figures(nvidia: bool) -> tuple[float, float]:
    """GB to download, and GB on disk; measured with the pinned versions."""
    if nvidia and sys.platform != "darwin":
        return 3.0, 7.0
    return 0.4, 1.5


def _stage_words(stage: str) -> str:
    return {
        "Checking the place": _("Checking the place"),
        "Finding the packages": _("Finding the packages"),
        "Downloading": _("Downloading"),
        "Installing": _("Installing"),
        "Checking the installation": _("Checking the installation"),
    }.get(stage, stage)


def _delete(folder: Path) -> None:
    _in_thread(partial(shutil.rmtree, ignore_errors=True), folder)


def _in_thread(function: Callable[[Path], object], folder: Path) -> None:
    threading.Thread(target=function, args=(folder,), name="ugmcl-delete", daemon=True).start()

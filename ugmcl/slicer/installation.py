"""The private environment from Slicer's side: its cost, its installation watched by a timer, its removal."""

from __future__ import annotations

import platform
import shutil
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.installation import Wanted, check_place, part_of
from ugmcl.jobs.launch import Interpreter, launch
from ugmcl.jobs.pins import DIRECT
from ugmcl.slicer import settings
from ugmcl.slicer.interpreter import environment_folder, slicer_python
from ugmcl.slicer.job_watch import JobWatch

_CPU, _CUDA = "https://download.pytorch.org/whl/cpu", "https://download.pytorch.org/whl/cu126"
_GB = 1_000_000_000


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
    download, disk, index = _figures(shutil.which("nvidia-smi") is not None)
    words = (
        _("about {disk} GB on disk") if wheels else _("about {download} GB to download, {disk} GB on disk")
    )
    wanted = Wanted(environment_folder(), int(disk * _GB), Path(wheels) if wheels else None, index)
    if wheels:  # whoever fills a folder knows what is in it
        wanted = Wanted(wanted.target, 0, Path(wheels), "")
    check_place(wanted)
    size_text = words.format(download=f"{download:g}", disk=f"{disk:g}")
    return Plan(size_text, wanted.target, DIRECT, wanted)


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
        self._job = JobFolder.create("install", {
            "target": str(wanted.target), "needed_bytes": wanted.needed_bytes,
            "wheels": str(wanted.wheels) if wanted.wheels else None, "extra_index": wanted.extra_index,
        })  # fmt: skip
        launched = launch(self._job, Interpreter(slicer_python()))
        self._watch = JobWatch(self._job, launched, self._says, self._ended)
        self._progress(_("Starting"), None)

    def cancel(self) -> None:
        """Stop; failed is told when it has ended."""
        if self._watch is not None:
            self._watch.cancel()

    def _says(self, update: Any) -> None:
        for event in update.events:
            if event["kind"] == "message":
                self._package = str(event.get("text", ""))
        progress = update.progress
        stage = _stage_words(progress.stage)
        if progress.total:
            line = _("{stage} {number} of {count}: {package}").format(
                stage=stage, number=int(progress.done) + 1, count=int(progress.total), package=self._package
            )
            self._progress(line, 0.1 + 0.6 * progress.done / progress.total)
        elif stage:
            self._progress(stage, {"Installing": 0.7, "Checking the installation": 0.95}.get(progress.stage))

    def _ended(self, update: Any) -> None:
        self._watch = None
        if self._target is not None:
            _delete(part_of(self._target))  # where it was ended by force
        if self._job is not None:
            _delete(self._job.path)
        if update.state == "done":
            self._done()
        elif update.state in ("cancelled", "stopped"):
            self._failed(_("Cancelled. Nothing was installed."))
        else:
            self._failed(_("Nothing was installed. {reason}").format(reason=update.error))


def _figures(nvidia: bool) -> tuple[float, float, str]:
    """GB to download, GB on disk, and PyTorch's index for this kind of computer."""
    if sys.platform == "darwin":
        return (0.3, 1.2, "")
    if nvidia:
        return (3.0, 7.0, _CUDA if sys.platform == "win32" else "")
    linux_arm = platform.machine() in ("aarch64", "arm64")
    return (0.4, 1.5, "" if sys.platform == "win32" or linux_arm else _CPU)


def _stage_words(stage: str) -> str:
    return {
        "Checking the place": _("Checking the place"),
        "Finding the packages": _("Finding the packages"),
        "Downloading": _("Downloading"),
        "Installing": _("Installing"),
        "Checking the installation": _("Checking the installation"),
    }.get(stage, stage)


def _delete(folder: Path) -> None:
    threading.Thread(target=shutil.rmtree, args=(folder, True), name="ugmcl-delete", daemon=True).start()

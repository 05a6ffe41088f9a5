"""Going on with a run, in a process of its own that outlives this Slicer."""

from __future__ import annotations

from pathlib import Path

from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.jobs.folder import REQUEST, JobFolder
from ugmcl.jobs.json_files import read_json
from ugmcl.jobs.launch import Launched, launch


def resume_run(folder: Path) -> Launched:
    """Start another attempt; it goes on after the newest sound checkpoint.

    Raises:
        UserError: nothing here can compute, the run is at work, or its folder is damaged.
    """
    from ugmcl.slicer.interpreter import find_interpreter

    interpreter = find_interpreter().interpreter
    if interpreter is None:
        raise UserError(
            _("the computation is not set up on this computer yet"), None, _("See above; it is done once")
        )
    return launch(_job(folder), interpreter, background=True)


def _job(folder: Path) -> JobFolder:
    """The run as a job; one that lacks its request (of a cluster), or whose request is damaged, gets another.

    A run goes on by its own settings and checkpoints; the request says only how it began.
    """
    if read_json(folder / REQUEST) is None and (folder / "settings.json").is_file():
        (folder / REQUEST).unlink(missing_ok=True)
        return JobFolder.create("train", {}, folder=folder)
    return JobFolder.open(folder)


def uses_gpu(folder: Path) -> bool:
    """Whether this run computed on a graphics card before."""
    device = str((read_json(folder / "device.json") or {}).get("device") or "")
    return device.startswith(("cuda", "mps"))

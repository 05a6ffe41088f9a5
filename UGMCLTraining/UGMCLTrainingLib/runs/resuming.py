"""Going on with a run, in a process of its own that outlives this Slicer."""

from __future__ import annotations

from pathlib import Path

from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.jobs.folder import JobFolder
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
    return launch(JobFolder.open(folder), interpreter, background=True)


def uses_gpu(folder: Path) -> bool:
    """Whether this run computed on a graphics card before."""
    device = str((read_json(folder / "device.json") or {}).get("device") or "")
    return device.startswith(("cuda", "mps"))

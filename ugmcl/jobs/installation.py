"""The private environment, all or nothing: place, packages, check, then its name.

Runs as a job (kind ``install``) in Slicer's own Python, with the standard library and pip. Whatever happens
before the last step, nothing is left; nothing that Slicer ships is changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError
from ugmcl.jobs.installation_check import check_environment
from ugmcl.jobs.installation_pip import fetch
from ugmcl.jobs.installation_place import SITE, WORK, check_place, growing
from ugmcl.jobs.installation_torch import nvidia_card, torch_index
from ugmcl.jobs.json_files import read_json, write_json
from ugmcl.jobs.renaming import rename_patiently
from ugmcl.jobs.reporter import Reporter

ABOUT = "ugmcl-environment.json"  # in the environment: packages, and what torch computes with
CHOOSE = "choose"  # the index of torch: by the graphics card


@dataclass(frozen=True)
class Wanted:
    """What to install and where.

    Attributes:
        target: folder of the environment; must not exist.
        needed_bytes: free space that is needed.
        download_bytes: expected, for the progress.
        wheels: folder of wheels, instead of the network; or None.
        extra_index: address of a further index, "" for none, or `CHOOSE`.
    """

    target: Path
    needed_bytes: int = 0
    download_bytes: int = 0
    wheels: Path | None = None
    extra_index: str = ""


def install(wanted: Wanted, reporter: Reporter) -> dict[str, Any]:
    """Make the environment; one that is there and complete is left as it is.

    Returns:
        ``folder``, ``packages`` (name==version), ``torch``, ``cuda``, ``device`` (see
        `ugmcl.jobs.installation_check`), and ``remark``: why an NVIDIA card is not used; "" otherwise.

    Raises:
        UserError: no place, no network, a package that cannot be had, or the check failed.
        Stopped: the user asked for the end.
    """
    reporter.stage("Checking the place")
    there = read_json(wanted.target / ABOUT)
    if there is not None:  # another Slicer was faster
        return {"folder": str(wanted.target), **there}
    check_place(wanted.target, wanted.needed_bytes)
    try:
        with growing(wanted.target) as part:
            return _install(part, wanted, reporter)
    except OSError as fault:
        reason = fault.strerror or type(fault).__name__
        raise UserError(
            f"the installation failed ({reason})", fault.filename, "Make room, then try again"
        ) from fault


def _install(part: Path, wanted: Wanted, reporter: Reporter) -> dict[str, Any]:
    """The steps that may fail; everything happens below ``part``."""
    card = nvidia_card()
    index, remark = torch_index(card) if wanted.extra_index == CHOOSE else (wanted.extra_index, "")
    packages = fetch(
        part,
        reporter,
        wheels=wanted.wheels,
        extra_index=index,
        download_bytes=wanted.download_bytes,
    )
    found = check_environment(part / SITE, part / WORK, reporter)
    if card is not None and not found["cuda"] and not remark:
        remark = f"{card.name} is not used: this build of PyTorch computes with the processor only"
    elif card is not None and found["device"] == "cpu" and not remark:
        remark = f"{card.name} is not used: its driver ({card.driver}) does not fit this build of PyTorch"
    if remark:
        reporter.message(remark, "warning")
    about = {"packages": packages, **found, "remark": remark}
    write_json(part / SITE / ABOUT, about)
    reporter.check()
    rename_patiently(part / SITE, wanted.target)
    return {"folder": str(wanted.target), **about}

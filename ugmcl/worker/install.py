"""Work of kind ``install``: the private environment (`ugmcl.jobs.installation`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ugmcl.jobs.installation import Wanted
from ugmcl.jobs.installation import install as install_wanted
from ugmcl.jobs.reporter import Reporter
from ugmcl.worker.arguments import needed, only_known, path_from


def install(arguments: Mapping[str, Any], folder: Path, reporter: Reporter) -> dict[str, Any]:
    """Install.

    Args:
        arguments: ``target``, and optionally ``needed_bytes``, ``download_bytes``, ``wheels``,
            ``extra_index`` (see `Wanted`).
        folder: the job's.
        reporter: is told stages and packages.
    """
    only_known(arguments, ("target", "needed_bytes", "download_bytes", "wheels", "extra_index"))
    wheels = arguments.get("wheels")
    wanted = Wanted(
        target=path_from(folder, needed(arguments, "target")),
        needed_bytes=int(arguments.get("needed_bytes") or 0),
        download_bytes=int(arguments.get("download_bytes") or 0),
        wheels=path_from(folder, wheels) if wheels else None,
        extra_index=str(arguments.get("extra_index") or ""),
    )
    return install_wanted(wanted, reporter)

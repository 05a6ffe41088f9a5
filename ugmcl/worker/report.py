"""Work of kind ``report``: what a finished training brought."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ugmcl.jobs.reporter import Reporter
from ugmcl.outcome.conclude import conclude_run
from ugmcl.outcome.record import REPORT
from ugmcl.worker.arguments import needed, only_known, path_from


def report(arguments: Mapping[str, Any], folder: Path, reporter: Reporter) -> dict[str, Any]:
    """Conclude.

    Args:
        arguments: ``run`` (its folder); ``control`` and ``device`` as in
            `ugmcl.outcome.conclude.conclude_run`.
        folder: of the job.
        reporter: stages, warnings.

    Returns:
        What ``outcome.json`` of the run holds, and ``report``, the page's path.
    """
    only_known(arguments, ("run", "control", "device"))
    run = path_from(folder, needed(arguments, "run"))
    found = conclude_run(
        run, control=arguments.get("control"), device=arguments.get("device"), reporter=reporter
    )
    return {**found.to_json(), "report": str(run / REPORT)}

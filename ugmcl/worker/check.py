"""Work of kind ``check``: every fault of a data set, with its remedy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ugmcl.data.checks import check_dataset
from ugmcl.data.dataset import load_dataset
from ugmcl.jobs.reporter import Reporter
from ugmcl.worker.arguments import needed, only_known, path_from


def check(arguments: Mapping[str, Any], folder: Path, reporter: Reporter) -> dict[str, Any]:
    """Check.

    Args:
        arguments: ``dataset``, ``allow_outside``, ``seed`` (of the draw of validation cases).
        folder: the job's.
        reporter: progress in cases.

    Returns:
        ``findings`` (``severity``, ``case``, ``message``, ``remedy``), ``cases`` (number by role),
        ``channels``, ``notes``.
    """
    only_known(arguments, ("dataset", "allow_outside", "seed"))
    dataset = load_dataset(
        path_from(folder, needed(arguments, "dataset")),
        allow_outside=bool(arguments.get("allow_outside")),
        seed=int(arguments.get("seed", 1337)),
    )
    findings = check_dataset(dataset, reporter=reporter)
    return {
        "findings": [asdict(finding) for finding in findings],
        "cases": dict(Counter(case.role for case in dataset.cases)),
        "channels": list(dataset.channels),
        "notes": list(dataset.notes),
    }

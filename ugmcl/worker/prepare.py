"""Work of kind ``prepare``: a data set into its cache."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ugmcl.data import preparation
from ugmcl.data.checks import check_dataset, refuse_errors
from ugmcl.data.dataset import load_dataset
from ugmcl.data.plan import plan_spec
from ugmcl.jobs.reporter import Reporter
from ugmcl.training.loading import DEFAULT_PRESET, load_settings
from ugmcl.training.source import spec_overrides
from ugmcl.worker.arguments import needed, only_known, path_from, shown_path


def prepare(arguments: Mapping[str, Any], folder: Path, reporter: Reporter) -> dict[str, Any]:
    """Check and prepare.

    Args:
        arguments: ``dataset``, ``output`` (``cache`` in the job's folder by default), ``preset``,
            ``settings``, ``allow_outside``.
        folder: the job's.
        reporter: progress in cases.

    Returns:
        ``cache`` (folder), ``cases`` (number by role), ``input`` (the InputSpec).
    """
    only_known(arguments, ("dataset", "output", "preset", "settings", "allow_outside"))
    settings = load_settings(
        arguments.get("preset") or DEFAULT_PRESET, overrides=arguments.get("settings") or {}
    )
    path = path_from(folder, needed(arguments, "dataset"))
    output = path_from(folder, arguments.get("output") or "cache")
    dataset = load_dataset(path, allow_outside=bool(arguments.get("allow_outside")), seed=settings.seed)
    refuse_errors(check_dataset(dataset, reporter=reporter), path)
    cache = preparation.prepare(
        dataset, plan_spec(dataset, spec_overrides(settings)), output, reporter=reporter
    )
    return {
        "cache": shown_path(folder, output),
        "cases": dict(Counter(case.role for case in cache.cases)),
        "input": cache.spec.to_json(),
    }

"""Work of kind ``train``: the job's folder is the run folder; another attempt goes on with the run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ugmcl.jobs.reporter import Reporter
from ugmcl.training import run
from ugmcl.training.folder import holds_run
from ugmcl.training.loading import DEFAULT_PRESET, load_settings
from ugmcl.worker.arguments import needed, only_known, path_from, place_or_name, shown_path


def train(arguments: Mapping[str, Any], folder: Path, reporter: Reporter) -> dict[str, Any]:
    """Train.

    Args:
        arguments: ``data`` (dataset or cache), ``preset``, ``settings`` (values by name), ``start`` (a
            model), ``max_minutes``.
        folder: of the job and of the run.
        reporter: see `ugmcl.training.run.train`.

    Returns:
        See `describe`.
    """
    only_known(arguments, ("data", "preset", "settings", "start", "max_minutes"))
    minutes = arguments.get("max_minutes")
    if holds_run(folder):
        return describe(run.train(None, folder, resume=True, max_minutes=minutes, reporter=reporter))
    settings = load_settings(
        arguments.get("preset") or DEFAULT_PRESET, overrides=arguments.get("settings") or {}
    )
    start = arguments.get("start")
    return describe(
        run.train(
            path_from(folder, needed(arguments, "data")),
            folder,
            settings,
            start=place_or_name(folder, start) if start else None,
            max_minutes=minutes,
            reporter=reporter,
        )
    )


def describe(result: run.RunResult) -> dict[str, Any]:
    """``iterations``, ``skipped``, ``seconds``, ``model`` (folder), ``alarms``, ``validation``."""
    return {
        "iterations": result.iterations,
        "skipped": result.skipped,
        "seconds": round(result.seconds, 1),
        "model": None if result.model is None else shown_path(result.folder, result.model),
        "alarms": list(result.alarms),
        "validation": None if result.validation is None else result.validation.to_json(),
    }

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
from ugmcl.worker.conclusion import conclusion, deadline_in

KNOWN = ("data", "preset", "settings", "start", "max_minutes", "allow_outside", "control")


def train(arguments: Mapping[str, Any], folder: Path, reporter: Reporter) -> dict[str, Any]:
    """Train, then find out what it brought.

    Args:
        arguments: ``data`` (dataset or cache), ``preset``, ``settings`` (values by name), ``start`` (a
            model), ``max_minutes``, ``allow_outside`` (the manifest may name files outside its folder),
            ``control`` (also train on the labelled cases alone, and compare).
        folder: of the job and of the run.
        reporter: see `ugmcl.training.run.train`.

    Returns:
        See `describe`, and `ugmcl.worker.conclusion.conclusion`.
    """
    only_known(arguments, KNOWN)
    minutes = arguments.get("max_minutes")
    deadline = deadline_in(minutes)
    if holds_run(folder):
        result = run.train(None, folder, resume=True, max_minutes=minutes, reporter=reporter)
    else:
        result = _begin(arguments, folder, reporter)
    control = arguments.get("control")
    return {**describe(result), **conclusion(folder, control, reporter, deadline)}


def _begin(arguments: Mapping[str, Any], folder: Path, reporter: Reporter) -> run.RunResult:
    settings = load_settings(
        arguments.get("preset") or DEFAULT_PRESET, overrides=arguments.get("settings") or {}
    )
    start = arguments.get("start")
    return run.train(
        path_from(folder, needed(arguments, "data")),
        folder,
        settings,
        start=place_or_name(folder, start) if start else None,
        max_minutes=arguments.get("max_minutes"),
        allow_outside=bool(arguments.get("allow_outside")),
        reporter=reporter,
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

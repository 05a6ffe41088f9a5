"""Work of kind ``estimate``: time, memory and disk of a training on this computer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ugmcl.jobs.reporter import Reporter
from ugmcl.models.library import find_model
from ugmcl.training.estimate import estimate_training
from ugmcl.training.loading import DEFAULT_PRESET, load_settings
from ugmcl.worker.arguments import needed, only_known, path_from, place_or_name


def estimate(arguments: Mapping[str, Any], folder: Path, reporter: Reporter) -> dict[str, Any]:
    """Measure.

    Args:
        arguments: ``dataset``; ``preset``, ``settings``, ``start`` as for a training; ``output``, the folder
            whose cache a training uses again (the job's own by default); ``seconds`` to spend;
            ``allow_outside``.
        folder: the job's.
        reporter: progress in seconds.

    Returns:
        What `ugmcl.training.estimate.Estimate.to_json` gives.
    """
    only_known(arguments, ("dataset", "preset", "settings", "start", "output", "seconds", "allow_outside"))
    preset = arguments.get("preset") or DEFAULT_PRESET
    settings = load_settings(preset, overrides=arguments.get("settings") or {})
    start = arguments.get("start")
    package = None if start is None else find_model(place_or_name(folder, start))
    return estimate_training(
        path_from(folder, needed(arguments, "dataset")),
        path_from(folder, arguments.get("output") or "."),
        settings,
        package,
        seconds=float(arguments.get("seconds") or 15.0),
        allow_outside=bool(arguments.get("allow_outside")),
        reporter=reporter,
    ).to_json()

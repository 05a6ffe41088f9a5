"""Work of kind ``settings``: effective training settings, checked, for the panel's form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ugmcl.jobs.reporter import Reporter
from ugmcl.models.library import find_model
from ugmcl.training.loading import DEFAULT_PRESET, load_settings, preset_names
from ugmcl.worker.arguments import only_known, path_from, place_or_name


def settings(arguments: Mapping[str, Any], folder: Path, reporter: Reporter) -> dict[str, Any]:
    """Put settings together and check them.

    Args:
        arguments: ``preset``, ``file``, ``settings`` (values by name), ``start`` (a model).
        folder: the job's.
        reporter: not told anything; this takes a second.

    Returns:
        ``settings`` (every value), ``preset``, ``presets`` (all names).
    """
    only_known(arguments, ("preset", "file", "settings", "start"))
    preset, file, start = (
        arguments.get("preset") or DEFAULT_PRESET,
        arguments.get("file"),
        arguments.get("start"),
    )
    effective = load_settings(
        preset, path_from(folder, file) if file else None, arguments.get("settings") or {}
    )
    if start:
        from ugmcl.training.start import (
            settings_from_start,
        )  # imports torch, which the panel need not wait for

        effective = settings_from_start(effective, find_model(place_or_name(folder, start)))
    return {"settings": effective.model_dump(mode="json"), "preset": preset, "presets": preset_names()}

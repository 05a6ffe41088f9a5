"""Work of kind ``settings``: effective training settings, checked, for the panel's form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ugmcl.jobs.reporter import Reporter
from ugmcl.models.library import find_model
from ugmcl.training.loading import DEFAULT_PRESET, load_settings, preset_names
from ugmcl.worker.arguments import only_known, path_from, place_or_name

if TYPE_CHECKING:
    from ugmcl.models.package import ModelPackage
    from ugmcl.training.settings import TrainingSettings


def settings(arguments: Mapping[str, Any], folder: Path, reporter: Reporter) -> dict[str, Any]:
    """Put settings together and check them.

    Args:
        arguments: ``preset``, ``file``, ``settings`` (values by name), ``start`` (a model), ``dataset``
            (looked at only together with ``start``), ``allow_outside``.
        folder: the job's.
        reporter: not told anything; this takes a second.

    Returns:
        ``settings`` (every value), ``preset``, ``presets`` (all names); with ``start`` and ``dataset`` also
        ``segments``: names that are ``kept`` from the model, ``new``, or ``dropped``.
    """
    only_known(arguments, ("preset", "file", "settings", "start", "dataset", "allow_outside"))
    preset, file, start = (
        arguments.get("preset") or DEFAULT_PRESET,
        arguments.get("file"),
        arguments.get("start"),
    )
    effective = load_settings(
        preset, path_from(folder, file) if file else None, arguments.get("settings") or {}
    )
    found: dict[str, Any] = {}
    if start:  # imports torch, which the panel need not wait for
        from ugmcl.training.start import settings_from_start

        package = find_model(place_or_name(folder, start))
        effective = settings_from_start(effective, package)
        if dataset := arguments.get("dataset"):
            outside = bool(arguments.get("allow_outside"))
            found["segments"] = _segments(path_from(folder, dataset), outside, effective, package)
    return {
        "settings": effective.model_dump(mode="json"),
        "preset": preset,
        "presets": preset_names(),
        **found,
    }


def _segments(
    dataset: Path, allow_outside: bool, effective: TrainingSettings, package: ModelPackage
) -> dict[str, list[str]]:
    """Which of the data set's segments the model knows.

    Raises:
        UserError: the model does not fit these data or this method.
    """
    from ugmcl.data.cache import is_cache, open_cache
    from ugmcl.data.dataset import load_dataset
    from ugmcl.methods.registry import get_method
    from ugmcl.training.start import common_segments, require_fit

    if is_cache(dataset):
        cache = open_cache(dataset)
        channels, segments = cache.spec.channels, cache.segments
    else:
        loaded = load_dataset(dataset, allow_outside=allow_outside, seed=effective.seed)
        channels, segments = loaded.channels, loaded.segments
    method = get_method(effective.method)(effective, len(channels), len(segments) + 1)
    require_fit(package, method.network()[0], len(channels))
    return common_segments(package, segments).to_json()

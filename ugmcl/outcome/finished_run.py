"""A finished run as it lies in its folder: settings, prepared data, new model, starting model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ugmcl.data.cache import Cache, CachedCase, open_cache
from ugmcl.data.case import Case, Dataset
from ugmcl.errors import UserError
from ugmcl.models.library import find_model
from ugmcl.models.package import ModelPackage, read_package
from ugmcl.training.checkpoints import read_json
from ugmcl.training.folder import DATA, SETTINGS
from ugmcl.training.loading import change_settings, load_settings
from ugmcl.training.settings import TrainingSettings


@dataclass(frozen=True)
class FinishedRun:
    """What the run folder holds.

    Attributes:
        folder: of the run.
        settings: it was trained with; none counts as chosen by the user.
        facts: its ``data.json``.
        cache: the prepared data; None where they are gone.
        model: the package that it made.
        start: the package that it began with; None without, or where that is gone (``start_fault``).
    """

    folder: Path
    settings: TrainingSettings
    facts: Mapping[str, Any]
    cache: Cache | None
    model: ModelPackage
    start: ModelPackage | None
    start_fault: str = ""


def open_run(folder: Path | str) -> FinishedRun:
    """The run in ``folder``.

    Raises:
        UserError: there is no run, or it has no model yet.
    """
    folder = Path(folder)
    if not (folder / SETTINGS).is_file():
        raise UserError("there is no run in this folder", folder, "Name the folder of a training")
    if not (folder / "model" / "model.json").is_file():
        raise UserError("the run has no model yet", folder, "Go on with the training until its end")
    settings = change_settings(load_settings(None), read_json(folder / SETTINGS))
    facts = read_json(folder / DATA)
    start, fault = _start(facts.get("start"))
    return FinishedRun(
        folder, settings, facts, _cache(folder, facts), read_package(folder / "model"), start, fault
    )


def source_dataset(cache: Cache) -> Dataset:
    """The cases as files, with the roles they had in the training, from what the cache noted of them."""
    segments = tuple(
        replace(segment, value=value)
        for segment, value in zip(cache.segments, cache.label_values, strict=True)
    )
    cases = [_case(case) for case in cache.cases]
    return Dataset(cache.folder, cases, segments, cache.spec.channels, cache.name)


def reachable(case: Case) -> bool:
    """Whether all files of the case are there."""
    return all(path.exists() for path in (*case.images, *((case.label,) if case.label else ())))


def _case(case: CachedCase) -> Case:
    paths = [Path(source["path"]) for source in case.sources]
    label = paths.pop() if case.has_label else None
    return Case(case.id, tuple(paths), label, case.role, case.patient)


def _cache(folder: Path, facts: Mapping[str, Any]) -> Cache | None:
    """Where the run says it is, or inside of the run folder, which may have been moved."""
    for place in (Path(facts["cache"]), folder / "cache"):
        if (place / "cache.json").is_file():
            return open_cache(place)
    return None


def _start(name: str | None) -> tuple[ModelPackage | None, str]:
    if name is None:
        return None, ""
    try:
        return find_model(name), ""
    except UserError as fault:
        return None, fault.what

"""The run folder: `settings.json`, `data.json`, and what a resumed run may change."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ugmcl.data.cache import Cache
from ugmcl.devices.choice import DeviceChoice
from ugmcl.errors import UserError
from ugmcl.jobs.renaming import rename_patiently
from ugmcl.jobs.run_files import DEVICE
from ugmcl.models.package import ModelPackage
from ugmcl.training.checkpoints import checkpoint_folders, read_json
from ugmcl.training.loading import change_settings, check_settings
from ugmcl.training.segment_rows import match_segments
from ugmcl.training.settings import TrainingSettings

if TYPE_CHECKING:
    from ugmcl.training.origin import Origin

SETTINGS, DATA = "settings.json", "data.json"
CHANGEABLE = {  # they do not change what is trained, apart from rounding on another device
    "device", "precision", "threads", "loader_processes", "validate_every", "preview_every",
    "checkpoint_every", "checkpoint_minutes", "model_name", "weights", "start_share",
}  # fmt: skip


def holds_run(folder: Path) -> bool:
    return (folder / SETTINGS).exists() or bool(checkpoint_folders(folder))


def require_empty(folder: Path) -> None:
    """A new run needs a folder without a run.

    Raises:
        UserError: there is one.
    """
    if holds_run(folder):
        raise UserError(
            "this folder holds a run already", folder, "Go on with it (--resume), or choose another folder"
        )


def resumed_settings(folder: Path, wished: TrainingSettings | None) -> TrainingSettings:
    """The run's own settings, with those wishes that may change.

    Raises:
        UserError: no run in the folder, or a wish that would make it another training.
    """
    if not (folder / SETTINGS).is_file():
        raise UserError("there is no run to resume in this folder", folder, "Start it without --resume")
    own = check_settings(read_json(folder / SETTINGS), where=folder / SETTINGS)
    own._explicit = frozenset()  # settled at the start; nothing of it is a wish now
    changes: dict[str, Any] = {}
    for name in wished.explicit if wished is not None else ():
        value = getattr(wished, name)
        if value == getattr(own, name):
            continue
        if name not in CHANGEABLE:
            raise UserError(
                f"{name} cannot change from {getattr(own, name)} to {value} within a run", folder,
                "Leave it out, or start a new run",
            )  # fmt: skip
        changes[name] = value
    return change_settings(own, changes)


def write_settings(folder: Path, settings: TrainingSettings) -> None:
    write_json(folder / SETTINGS, settings.model_dump(mode="json"))


def write_data(
    folder: Path, cache: Cache, origin: Origin, cache_folder: Path, package: ModelPackage | None
) -> None:
    """What the run learns from; it stays in the run folder, the model's card gets counts only."""
    roles = Counter(case.role for case in cache.cases)
    match = None if package is None else match_segments(package.segments, cache.segments)
    write_json(
        folder / DATA,
        {
            "source": str(Path(origin.source).absolute()),
            "cache": str(cache_folder),
            "start": None if package is None else str(package.path),
            "start_terms": _terms(package),
            "allow_outside": origin.allow_outside,
            "one_piece": bool(match and not match.new and package and package.one_piece),
            "segments": [segment.to_json() for segment in cache.segments],
            "input": cache.spec.to_json(),
            "roles": dict(sorted(roles.items())),
            "cases": {case.id: case.role for case in cache.cases},
        },
    )


def _terms(package: ModelPackage | None) -> dict[str, str] | None:
    """The starting model's name and terms: they hold for what is made of its weights too."""
    if package is None:
        return None
    names = ("licence", "attribution", "citation")
    return {"model": package.id, **{name: getattr(package, name) for name in names}}


def write_device(folder: Path, choice: DeviceChoice) -> None:
    """What this attempt computes on: who wants a card that is taken can be told (`ugmcl.jobs.runs`)."""
    write_json(folder / DEVICE, asdict(choice))


def write_json(path: Path, values: Any) -> None:
    """Write under another name, flush to the disk, rename."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with part.open("w", encoding="utf-8") as stream:
            stream.write(json.dumps(values, indent=1, ensure_ascii=False) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        rename_patiently(part, path)
    finally:
        part.unlink(missing_ok=True)

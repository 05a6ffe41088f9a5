"""Student and teacher of a run, both as packages, from its newest checkpoint."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from ugmcl.data.cache import open_cache
from ugmcl.jobs.reporter import SILENT
from ugmcl.methods.registry import get_method
from ugmcl.models.package import ModelPackage, read_package
from ugmcl.models.weights import save_weights
from ugmcl.training.checkpoints import resume_newest
from ugmcl.training.distributed import World
from ugmcl.training.folder import DATA, resumed_settings
from ugmcl.training.precision import choose_precision
from ugmcl.training.recalibrated_networks import recalibrated_networks
from ugmcl.training.state import build_state


def both_networks(run: Path) -> dict[str, ModelPackage]:
    """``student`` and ``teacher`` by name; they are written once, to ``RUN/sources``.

    Uncertainty is that of a model that was not calibrated: temperature 1, no rim.
    """
    found = {name: run / "sources" / name for name in ("student", "teacher")}
    if not all((folder / "model.json").is_file() for folder in found.values()):
        _write(run, found)
    return {name: read_package(folder) for name, folder in found.items()}


def _write(run: Path, folders: dict[str, Path]) -> None:
    settings = resumed_settings(run, None)
    cache = open_cache(json.loads((run / DATA).read_text(encoding="utf-8"))["cache"])
    precision = choose_precision(settings.precision, "cpu", settings.patch_zyx)
    method = get_method(settings.method)(settings, len(cache.spec.channels), cache.classes)
    state = build_state(method, settings, precision, World())
    resume_newest(run, state, SILENT)
    package = read_package(run / "model")
    for name, network in recalibrated_networks(state, cache, settings, precision).items():
        if not folders[name].exists():
            plain = replace(package.uncertainty, source=name, temperature=1.0, rim=None, confidence_map=None)
            save_weights(folders[name], replace(package, path=None, uncertainty=plain), network)

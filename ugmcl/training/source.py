"""Open the prepared cache, or check a dataset and prepare it under the run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ugmcl.data.cache import Cache, is_cache, open_cache
from ugmcl.errors import UserError
from ugmcl.framing.spec import InputSpec
from ugmcl.jobs.reporter import Reporter
from ugmcl.models.package import ModelPackage
from ugmcl.training.distributed import World
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.start import spec_from_start


def open_source(
    source: Path | str,
    run: Path,
    settings: TrainingSettings,
    package: ModelPackage | None,
    world: World,
    reporter: Reporter,
    *,
    allow_outside: bool = False,
) -> tuple[Cache, Path]:
    """The cache to train from and its folder; a dataset is checked and prepared once, by the first process.

    ``allow_outside``: its manifest may name files outside its folder.

    Raises:
        UserError: the data have faults, or a cache was prepared by other rules than the starting model's.
    """
    if is_cache(source):
        folder = Path(source)
    else:
        folder = run / "cache"
        if world.first:
            _prepare(source, folder, settings, package, reporter, allow_outside)
        world.barrier()
    cache = open_cache(folder)
    if package is not None:
        _require_same_input(cache.spec, package, folder)
    if not any(case.role == "labelled" for case in cache.cases):
        raise UserError(
            "no case is labelled for training", source, "Give at least one case the role labelled"
        )
    return cache, folder.resolve()


def _prepare(
    source: Path | str,
    folder: Path,
    settings: TrainingSettings,
    package: ModelPackage | None,
    reporter: Reporter,
    allow_outside: bool,
) -> None:
    # SimpleITK is imported here only: a prepared cache trains without it
    from ugmcl.data.checks import check_dataset, refuse_errors
    from ugmcl.data.dataset import load_dataset
    from ugmcl.data.plan import plan_spec
    from ugmcl.data.preparation import prepare

    dataset = load_dataset(source, seed=settings.seed, allow_outside=allow_outside)
    findings = check_dataset(dataset, spec=None if package is None else package.input, reporter=reporter)
    for finding in findings:
        if finding.severity != "error":
            text = str(finding).removeprefix(f"{finding.severity}: ")
            reporter.message(text, "warning" if finding.severity == "warning" else "info")
    refuse_errors(findings, source)
    wishes = spec_overrides(settings) if package is None else spec_from_start(settings, package)
    spec = plan_spec(dataset, wishes)
    prepare(dataset, spec, folder, reporter=reporter)


def spec_overrides(settings: TrainingSettings) -> dict[str, Any]:
    """What the settings say about the network's input."""
    return {
        "patch": None if settings.patch == "auto" else settings.patch,
        "normalisation": settings.normalisation,
        "clip_percentiles": settings.clip_percentiles,
        "spacing_mm": settings.spacing_mm,
        "modality": settings.modality,
    }


def _require_same_input(spec: InputSpec, package: ModelPackage, folder: Path) -> None:
    for name in ("channels", "spacing_mm", "orientation", "normalisation"):
        mine, its = getattr(spec, name), getattr(package.input, name)
        if name == "channels":
            mine, its = len(mine), len(its)
        if mine != its:
            raise UserError(
                f"the cache has another {name} ({mine}) than the starting model ({its})", folder,
                "Name the dataset instead of the cache",
            )  # fmt: skip

"""How long a training would take here, and what memory and disk: by real steps, not by a guess."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import torch

from ugmcl.devices.choice import choose_device
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.methods.registry import get_method
from ugmcl.models.package import ModelPackage
from ugmcl.training.budgets import BUDGETS
from ugmcl.training.checkpoints import save_checkpoint
from ugmcl.training.distributed import World
from ugmcl.training.loading import change_settings
from ugmcl.training.precision import choose_precision
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.source import open_source
from ugmcl.training.start import settings_from_start, start_weights
from ugmcl.training.state import build_state
from ugmcl.training.trainer import Trainer

WARM_STEPS = 2  # the first steps choose algorithms and fill caches
LEAST_STEPS, MOST_STEPS = 3, 40
CHECKPOINTS = 4  # the last two, the best, and the one that is being written


@dataclass(frozen=True)
class Estimate:
    """What was measured.

    Attributes:
        device, precision: that the steps ran with.
        patch: voxels, x, y, z.
        seconds_per_iteration: median of the measured steps.
        validation_seconds: of one validation; 0 without validation cases.
        memory_bytes: the largest use while measuring (of the GPU where it trains).
        free_memory_bytes: what is there.
        disk_bytes: cache, checkpoints and model.
        budgets: by name the ``iterations`` and the whole ``seconds`` with validations.
        asked: the same for the settings' own iterations.
    """

    device: str
    precision: str
    patch: tuple[int, int, int]
    seconds_per_iteration: float
    validation_seconds: float
    memory_bytes: int
    free_memory_bytes: int
    disk_bytes: int
    budgets: dict[str, dict[str, float]]
    asked: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        """For the panel."""
        return asdict(self)


def estimate_training(
    source: Path | str,
    folder: Path,
    settings: TrainingSettings,
    package: ModelPackage | None = None,
    *,
    seconds: float = 15.0,
    allow_outside: bool = False,
    reporter: Reporter = SILENT,
) -> Estimate:
    """Take a few real steps and one validation.

    Args:
        source: dataset or cache.
        folder: takes the prepared cache, which a training in the same folder uses again.
        settings: of the training.
        package: the starting model.
        seconds: to spend on steps.
        allow_outside: a manifest may name files outside its folder.

    Raises:
        UserError: the data or settings have faults. Stopped: by request.
    """
    if package is not None:
        settings = settings_from_start(settings, package)
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    device, world = choose_device(settings.device), World()
    cache, cache_folder = open_source(
        source, folder, settings, package, world, reporter, allow_outside=allow_outside
    )
    if settings.patch == "auto":
        settings = change_settings(settings, {"patch": cache.spec.patch})
    precision = choose_precision(settings.precision, device.device, settings.patch_zyx)
    method = get_method(settings.method)(settings, len(cache.spec.channels), cache.classes)
    kind, arguments = method.network()
    weights = None if package is None else start_weights(package, kind, arguments, cache.segments)
    state = build_state(method, settings, precision, world, weights)
    trainer = Trainer(cache, settings, method, state, precision, world=world, reporter=reporter)
    _forget_peak(device.device)
    per_step = _time_steps(trainer, seconds, reporter)
    memory = _peak(device.device)
    validation = _time_validation(trainer, reporter)
    disk = _size(cache_folder) + _state_size(trainer)
    disk += sum(value.nbytes for value in (weights or {}).values())  # what the run keeps of its start

    def whole(iterations: int) -> dict[str, float]:
        rounds = iterations // settings.validate_every + (iterations % settings.validate_every > 0)
        rounds += package is not None  # the starting model is measured too
        return {"iterations": iterations, "seconds": iterations * per_step + rounds * validation}

    return Estimate(
        device.name or device.device,
        precision.name,
        settings.patch_xyz,
        per_step,
        validation,
        memory,
        _free(device.device),
        disk,
        {name: whole(budget.iterations(per_step)) for name, budget in BUDGETS.items()},
        whole(settings.iterations),
    )


def _time_steps(trainer: Trainer, seconds: float, reporter: Reporter) -> float:
    """Median seconds of a step, with its batch."""
    reporter.stage("Measuring a few steps")
    times: list[float] = []
    begun = last = time.perf_counter()
    for number, batch in enumerate(trainer.batches(0, WARM_STEPS + MOST_STEPS)):
        reporter.check()
        trainer.iterate(batch)
        now = time.perf_counter()
        if number >= WARM_STEPS:
            times.append(now - last)
        last = now
        reporter.progress(min(now - begun, seconds), seconds, "seconds")
        if len(times) >= LEAST_STEPS and now - begun > seconds:
            break
    return sorted(times)[len(times) // 2]


def _time_validation(trainer: Trainer, reporter: Reporter) -> float:
    if not any(case.role == "validation" for case in trainer.cache.cases):
        return 0.0
    begun = time.perf_counter()
    trainer.validate()
    return time.perf_counter() - begun


def _state_size(trainer: Trainer) -> int:
    """All checkpoints that a run keeps."""
    with TemporaryDirectory() as folder:
        save_checkpoint(Path(folder), trainer.state)
        return CHECKPOINTS * _size(Path(folder))


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _forget_peak(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)


def _peak(device: str) -> int:
    if device.startswith("cuda"):
        return int(torch.cuda.max_memory_allocated(device))
    return int(psutil.Process().memory_info().rss)


def _free(device: str) -> int:
    if device.startswith("cuda"):
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)

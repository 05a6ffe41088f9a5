"""One training from data to model package: `train`."""

from __future__ import annotations

import time
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import torch

from ugmcl.data.cache import Cache
from ugmcl.devices.choice import choose_device
from ugmcl.jobs.lock import hold_lock
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.methods.base import Method
from ugmcl.methods.registry import get_method
from ugmcl.models.package import ModelPackage
from ugmcl.training.checkpoints import resume_newest
from ugmcl.training.curves_picture import draw_curves
from ugmcl.training.distributed import World, join_world, local_rank
from ugmcl.training.ends import clear_ends
from ugmcl.training.folder import (
    require_empty,
    resumed_settings,
    write_data,
    write_device,
    write_settings,
)
from ugmcl.training.loading import change_settings, load_settings
from ugmcl.training.origin import find_origin, open_start
from ugmcl.training.packaging import package_run
from ugmcl.training.precision import Precision, choose_precision
from ugmcl.training.report import write_report
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.source import open_source
from ugmcl.training.start import common_segments, settings_from_start, start_weights
from ugmcl.training.start_share import learned_by_start, read_start, write_start
from ugmcl.training.state import TrainingState, build_state
from ugmcl.training.trainer import Trainer
from ugmcl.training.validation import Validation


@dataclass(frozen=True)
class RunResult:
    """What `train` gives back.

    Attributes:
        folder: the run folder.
        iterations: steps done.
        skipped: steps left out because the loss or a gradient was not finite.
        validation: the last validation; its ``role`` is ``labelled`` where there were no validation cases.
        model: folder of the model package.
        seconds: time spent in steps, over all attempts.
        alarms: texts of the alarms that stand at the last validation.
    """

    folder: Path
    iterations: int
    skipped: int
    validation: Validation | None
    model: Path | None
    seconds: float
    alarms: tuple[str, ...]


def train(
    source: Path | str | None,
    output: Path | str,
    settings: TrainingSettings | None = None,
    *,
    start: ModelPackage | Path | str | None = None,
    resume: bool = False,
    max_minutes: float | None = None,
    allow_outside: bool = False,
    reporter: Reporter = SILENT,
) -> RunResult:
    """Train a model on a dataset or a prepared cache.

    Args:
        source: folder or manifest of a dataset, or a cache's folder; None only to resume.
        output: the run folder; it is made.
        settings: None takes the preset ``fine-tune``.
        start: a model (package, folder, or name in the library) whose weights are the beginning.
        resume: go on with the run in ``output``.
        max_minutes: end in order after this time.
        allow_outside: a manifest may name files outside its folder; a resumed run keeps what it began with.
        reporter: receives stages, progress, metrics, messages; may ask for the end.

    Raises:
        UserError: bad data, settings or folder.
        Stopped: by request or time limit; go on with ``resume=True``.
    """
    deadline = None if max_minutes is None else time.monotonic() + 60 * max_minutes
    folder = Path(output)
    if resume:
        settings = resumed_settings(folder, settings)
    settings = settings or load_settings()
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    device = choose_device(settings.device, local_rank=local_rank())
    world = join_world(device.device)
    if not world.first:
        reporter = SILENT
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with hold_lock(folder, join=True) if world.first else nullcontext():
            if world.first and not resume:
                require_empty(folder)
            reporter.message(f"Training on {device.name or device.device} ({device.reason})")
            run = _Run(folder, settings, device.device, world, reporter)
            with clear_ends(folder) if world.first else nullcontext():
                if world.first:
                    write_device(folder, device)
                return run.execute(source, start, resume, deadline, allow_outside)
    finally:
        world.leave()


@dataclass
class _Run:
    """The steps of `train` once folder, device and processes are settled."""

    folder: Path
    settings: TrainingSettings
    device: str
    world: World
    reporter: Reporter

    def execute(
        self,
        source: Path | str | None,
        start: ModelPackage | Path | str | None,
        resume: bool,
        deadline: float | None,
        allow_outside: bool,
    ) -> RunResult:
        origin = find_origin(self.folder, source, start, resume=resume, allow_outside=allow_outside)
        package = open_start(origin.start) if origin.needs_start else None
        if package is not None and not resume:  # a resumed run's settings have it already
            self.settings = settings_from_start(self.settings, package)
        cache, cache_folder = open_source(
            origin.source, self.folder, self.settings, package, self.world, self.reporter,
            allow_outside=origin.allow_outside,
        )  # fmt: skip
        if self.settings.patch == "auto":
            self.settings = change_settings(self.settings, {"patch": cache.spec.patch})
        precision = choose_precision(self.settings.precision, self.device, self.settings.patch_zyx)
        method = get_method(self.settings.method)(self.settings, len(cache.spec.channels), cache.classes)
        state = self._state(method, cache, package, precision)
        if self.world.first and not origin.recorded:
            write_data(self.folder, cache, origin, cache_folder, package)
        if self.world.first:
            if state.start is not None:
                write_start(self.folder, state.start)
            write_settings(self.folder, self.settings)  # last: now the folder holds a run
        if package is None and origin.start is not None and self.settings.start_share > 0:
            state.start = read_start(self.folder)
        self._say(cache, precision)
        if resume:
            self._resume(state)
        if package is None and state.counters.iteration == 0 and state.counters.start is None:
            package = open_start(origin.start)  # it was ended before the model was measured
        trainer = Trainer(
            cache, self.settings, method, state, precision,
            folder=self.folder if self.world.first else None,
            world=self.world, deadline=deadline, start=package, reporter=self.reporter,
        )  # fmt: skip
        try:
            trainer.run()
        except BaseException:
            with suppress(OSError):  # a full disk: the reason is told, the picture must wait
                self._show(state)
            raise
        self._show(state)
        model = self._package(method, cache, state, precision)
        return _result(self.folder, state, model)

    def _state(
        self, method: Method, cache: Cache, package: ModelPackage | None, precision: Precision
    ) -> TrainingState:
        weights = None
        if package is not None:
            self.reporter.message(common_segments(package, cache.segments).sentence())
            kind, arguments = method.network()
            weights = start_weights(package, kind, arguments, cache.segments)
        state = build_state(method, self.settings, precision, self.world, weights)
        if package is not None and weights is not None:
            state.start = learned_by_start(package, weights, cache.segments)
        return state

    def _resume(self, state: TrainingState) -> None:
        found = resume_newest(self.folder, state, self.reporter)
        if found is None:
            self.reporter.message("No checkpoint was written yet; the run begins anew")
        else:
            self.reporter.message(f"Going on after iteration {state.counters.iteration}")

    def _say(self, cache: Cache, precision: Precision) -> None:
        roles = [case.role for case in cache.cases]
        counts = ", ".join(f"{roles.count(role)} {role}" for role in ("labelled", "unlabelled", "validation"))
        self.reporter.message(f"{self.settings.method}, {counts} cases, {precision.name}")
        if "validation" not in roles:
            self.reporter.message(
                "No case has the role validation: the figures are of training cases and compare nothing",
                "warning",
            )

    def _show(self, state: TrainingState) -> None:
        """Picture and report, also of a run that stopped; a bare GPU machine may lack what draws them."""
        if not self.world.first:
            return
        missing = [name for name in ("matplotlib", "jinja2") if find_spec(name) is None]
        if missing:
            self.reporter.message(f"No curves.png and report.html: {missing[0]} is not installed", "warning")
            return
        picture = draw_curves(self.folder)
        write_report(self.folder, self.settings, state.counters)
        if picture is not None:
            self.reporter.preview(picture)

    def _package(
        self, method: Method, cache: Cache, state: TrainingState, precision: Precision
    ) -> Path | None:
        model = None
        if self.world.first:
            model = package_run(self.folder, method, cache, self.settings, state, precision, self.reporter)
        self.world.barrier()
        return model


def _result(folder: Path, state: TrainingState, model: Path | None) -> RunResult:
    counters = state.counters
    last = Validation.from_json(counters.validations[-1]) if counters.validations else None
    return RunResult(
        folder,
        counters.iteration,
        counters.skipped,
        last,
        model,
        counters.seconds,
        tuple(alarm["text"] for alarm in counters.alarms if last and alarm["iteration"] == last.iteration),
    )

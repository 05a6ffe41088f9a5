"""The loop of a training: batches, the method's step, optimisers, teacher, validation, checkpoints, events.

What a method does is in `ugmcl.methods`; nothing here knows one of them. Every draw of iteration t comes
from generators seeded by (seed, t, stream), so that a resumed run equals an undisturbed one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import torch

from ugmcl.batch import Batch
from ugmcl.data.batches import BatchSource, batch_loader
from ugmcl.data.cache import Cache
from ugmcl.errors import Stopped, UserError
from ugmcl.jobs.lock import HEARTBEAT_SECONDS, beat
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.methods.base import Method, StepContext
from ugmcl.models.package import ModelPackage
from ugmcl.training.alarms import SKIPS_IN_ROW, judge, not_finite
from ugmcl.training.baseline import measure_start
from ugmcl.training.checkpoints import save_checkpoint
from ugmcl.training.curves import CurveLog
from ugmcl.training.distributed import World
from ugmcl.training.optimisers import STUDENT, StepResult, joint_step
from ugmcl.training.precision import Precision
from ugmcl.training.previews import Previews
from ugmcl.training.recalibrated_networks import recalibrated_networks
from ugmcl.training.remarks import remark
from ugmcl.training.schedule import learning_rate_factor
from ugmcl.training.seeding import seed_global, step_generator
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.state import TrainingState
from ugmcl.training.teacher import update_teacher
from ugmcl.training.validation import Validation, validate

ROW_EVERY = 10  # iterations between two rows of curves.csv


class Trainer:
    """Runs ``state`` from its iteration to the last one.

    Args:
        folder: the run folder; None writes nothing (processes other than the first of several).
        deadline: `time.monotonic` value at which the run is to stop, resumable.
        start: the model that the run begins with; it is measured before the first step.
    """

    def __init__(
        self,
        cache: Cache,
        settings: TrainingSettings,
        method: Method,
        state: TrainingState,
        precision: Precision,
        *,
        folder: Path | None = None,
        world: World | None = None,
        deadline: float | None = None,
        start: ModelPackage | None = None,
        reporter: Reporter = SILENT,
    ) -> None:
        self.cache, self.settings, self.method, self.state = cache, settings, method, state
        self.precision, self.folder, self.world = precision, folder, world or World()
        self.deadline, self.reporter = deadline, reporter
        self._start = start
        done = state.counters.iteration
        self._curves = CurveLog(folder, done) if folder is not None else None
        self._previews = Previews(folder, cache, settings, reporter) if folder is not None else None
        self._saved_at = done
        self._saved_time = self._beat_time = time.monotonic()

    def run(self) -> None:
        """Train to the last iteration.

        Raises:
            Stopped: by request or time limit; a checkpoint was written.
            UserError: the loss stays without a finite value.
        """
        last = self.settings.iterations
        done = self.state.counters.iteration
        self.reporter.stage("Training")
        self.reporter.progress(done, last, "iterations")
        try:
            self._measure_start()
            self._validate_if_due()
            for batch in self.batches(done, last):
                self._stop_if_asked()
                self._tell(self.iterate(batch))
                self._validate_if_due()
                self._preview_if_due()
                self._save_if_due()
        except Stopped:
            self.save()
            raise

    def iterate(self, batch: Batch) -> dict[str, float]:
        """One step on ``batch``; returns its figures."""
        begun = time.monotonic()
        t = self.state.counters.iteration
        if batch.iteration != t:
            raise ValueError(f"the batch is of iteration {batch.iteration}, the step of {t}")
        rate = self._set_learning_rates(t)
        buffers = {id(b): b.clone() for n in self.state.networks().values() for b in n.buffers()}
        result, values = self._step(batch, t)
        if result.stepped:
            self.state.counters.skipped_in_row = 0
            self.world.average_buffers([self.state.student, *self.state.auxiliary.values()])
            if self.state.teacher is not None:
                update_teacher(self.state.teacher, self.state.student, t, self.settings.ema)
        else:
            self._skip(buffers, t)
        self.state.counters.iteration = t + 1
        self.state.counters.seconds += time.monotonic() - begun
        values |= {"loss": result.total, "learning rate": rate, "gradient norm": result.gradient_norm}
        return values

    def validate(self) -> Validation | None:
        """Validate student and teacher; raises alarms. The first process works, the others wait."""
        validation = None
        if self.world.first:
            iteration = self.state.counters.iteration
            self.reporter.stage("Validating")
            networks = recalibrated_networks(self.state, self.cache, self.settings, self.precision)
            # the others wait: an early end inside would leave them behind
            inner = SILENT if self.world.several else self.reporter
            validation = validate(networks, self.cache, self.settings, self.precision, iteration, inner)
            self._note(validation)
            self.reporter.stage("Training")
            self.reporter.progress(iteration, self.settings.iterations, "iterations")
        self.world.barrier()
        return validation

    def _validate_if_due(self) -> None:
        """Also at a run's beginning: where the run was stopped within a validation, it is done now."""
        done, past = self.state.counters.iteration, self.state.counters.validations
        due = done > 0 and (done % self.settings.validate_every == 0 or done == self.settings.iterations)
        if due and not (past and past[-1]["iteration"] == done):
            self.validate()

    def _measure_start(self) -> None:
        """The starting model's Dice, once; a run that goes on has it in its checkpoint."""
        counters = self.state.counters
        if counters.iteration > 0:
            return
        if counters.start is None and self._start is not None and self.world.first:
            self.reporter.stage("Measuring the starting model")
            inner = SILENT if self.world.several else self.reporter
            found = measure_start(self._start, self.cache, self.settings, self.precision, inner)
            counters.start = None if found is None else found.to_json()
            self.reporter.stage("Training")
        if counters.start is not None:
            self._tell_dice(Validation.from_json(counters.start))
        self.world.barrier()

    def _preview_if_due(self) -> None:
        """The better network of the newest validation, the student before the first one."""
        done, every = self.state.counters.iteration, self.settings.preview_every
        if every == 0 or done == 0 or done % every:
            return
        if self._previews is not None and self._previews.possible:
            self.reporter.stage("Preview")
            past = self.state.counters.validations
            best = Validation.from_json(past[-1]).best_source() if past else None
            networks = recalibrated_networks(
                self.state, self.cache, self.settings, self.precision, best or STUDENT
            )
            for network in networks.values():
                self._previews.write(network, self.precision, done)
            self.reporter.stage("Training")
            self.reporter.progress(done, self.settings.iterations, "iterations")
        self.world.barrier()

    def save(self) -> None:
        """Write a checkpoint, unless this very state was written already."""
        if self._saved_at == self.state.counters.iteration > 0:
            return
        if self.folder is not None:
            save_checkpoint(self.folder, self.state)
        self._saved_at = self.state.counters.iteration
        self._saved_time = time.monotonic()

    def batches(self, start: int, stop: int) -> Iterator[Batch]:
        source = BatchSource(self.cache, self.settings, rank=self.world.rank, world=self.world.size)
        return iter(
            batch_loader(source, start, stop, loader_processes(self.settings, self.precision), self.reporter)
        )

    def _step(self, batch: Batch, t: int) -> tuple[StepResult, dict[str, float]]:
        for network in self.state.networks().values():
            network.train()
        seed_global(self.settings.seed, t, rank=self.world.rank)
        metrics: dict[str, float] = {}
        context = StepContext(
            student=self.state.student,
            teacher=self.state.teacher,
            auxiliary=self.state.auxiliary,
            iteration=t,
            last_iteration=self.settings.iterations,
            random=step_generator(self.settings.seed, t, self.world.rank),
            autocast=self.precision.autocast,
            metrics=metrics,
        )
        terms = self.method.step(_on_device(batch, self.precision.device), context)
        result = joint_step(
            terms, self.state.optimisers, self.state.scaler, self.world, self.settings.gradient_clip
        )
        values = {name: float(term.value.detach()) for name, term in terms.items()}
        return result, {**values, **{name: float(value) for name, value in metrics.items()}}

    def _set_learning_rates(self, t: int) -> float:
        """Schedule of the student's groups, and of others' that ask for it (key ``scheduled``)."""
        factor = learning_rate_factor(self.settings, t)
        for name, optimiser in self.state.optimisers.items():
            for group in optimiser.param_groups:
                if name == STUDENT or group.get("scheduled"):
                    group["lr"] = group["initial_lr"] * factor
        return float(self.state.optimisers[STUDENT].param_groups[0]["lr"])

    def _skip(self, buffers: dict[int, torch.Tensor], t: int) -> None:
        """Undo what the failed step left in running statistics; give up after too many."""
        with torch.no_grad():
            for network in self.state.networks().values():
                for buffer in network.buffers():
                    buffer.copy_(buffers[id(buffer)])
        self.state.counters.skipped += 1
        self.state.counters.skipped_in_row += 1
        if self.state.counters.skipped_in_row >= SKIPS_IN_ROW:
            text = not_finite(SKIPS_IN_ROW, t)
            self.reporter.message(text, "alarm")
            what, _, remedy = text.partition(". ")
            raise UserError(what, self.folder, remedy)

    def _tell(self, values: dict[str, float]) -> None:
        done, last = self.state.counters.iteration, self.settings.iterations
        self.reporter.progress(done, last, "iterations")
        if self._curves is None or self.folder is None:
            return
        if time.monotonic() - self._beat_time > HEARTBEAT_SECONDS:
            beat(self.folder)
            self._beat_time = time.monotonic()
        self._curves.add(values)
        if done % ROW_EVERY == 0 or done == last:
            self.reporter.metric(self._curves.write(done), done)

    def _note(self, validation: Validation) -> None:
        counters = self.state.counters
        counters.validations.append(validation.to_json())
        self._tell_dice(validation)
        source = validation.best_source()
        if source is not None:
            mean = validation.sources[source].mean
            if mean is not None and (counters.best is None or mean > counters.best["dice"]):
                counters.best = {"iteration": validation.iteration, "dice": mean, "source": source}
        self._raise_alarms()

    def _tell_dice(self, validation: Validation) -> None:
        figures = validation.figures()
        if self._curves is not None:
            self._curves.append(validation.iteration, figures)
        self.reporter.metric(figures, validation.iteration)

    def _raise_alarms(self) -> None:
        """Note all alarms and remarks; say those that did not stand at the validation before already."""
        counters = self.state.counters
        history = [Validation.from_json(values) for values in counters.validations]
        before = history[-2].iteration if len(history) > 1 else -1
        standing = {(a["kind"], a["segment"]) for a in counters.alarms if a["iteration"] == before}
        last = self.settings.iterations
        for level, found in (("alarm", judge(history, last)), ("warning", remark(history, last))):
            for alarm in found:
                counters.alarms.append({"iteration": history[-1].iteration, **asdict(alarm)})
                if (alarm.kind, alarm.segment) not in standing:
                    self.reporter.message(alarm.text, level)

    def _save_if_due(self) -> None:
        done, best = self.state.counters.iteration, self.state.counters.best
        last = done == self.settings.iterations
        late = time.monotonic() - self._saved_time >= 60 * self.settings.checkpoint_minutes
        new_best = best is not None and best["iteration"] == done
        if last or late or new_best or done % self.settings.checkpoint_every == 0:
            self.save()

    def _stop_if_asked(self) -> None:
        reason = ""
        try:
            self.reporter.check()
        except Stopped as stopped:
            reason = stopped.reason
        if not reason and self.deadline is not None and time.monotonic() >= self.deadline:
            reason = "time limit"
        if self.world.any(bool(reason)):
            raise Stopped(reason or "cancelled")


def loader_processes(settings: TrainingSettings, precision: Precision) -> int:
    """Processes for the batches; automatic: none where the processor trains, else up to four."""
    if settings.loader_processes is not None:
        return settings.loader_processes
    if precision.device_type == "cpu":
        return 0
    return max(0, min(4, _processors() - 1))


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def _on_device(batch: Batch, device: str) -> Batch:
    moved = batch.to(device)
    return replace(moved, image=moved.image.contiguous(memory_format=torch.channels_last_3d))

"""How fast a run of the plan is on this machine, and where its time goes.

    PYTHONPATH=Testing/benchmarks python -m left_atrium.speed DATA OUTPUT --machine gpu --run paper-s1337

Prints iterations per second, the minutes that the whole run would take, and the shares of waiting for data,
the student's and the teacher's passes, the backward pass, the optimiser and the rest (losses, the teacher's
update).
``--compile`` tries the same with compiled networks: whether it pays on this machine. The steps are timed one
after the other, so on a graphics card the sum is a little slower than an untimed training; the first line is
measured without timing inside of a step.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from left_atrium.__main__ import cache
from left_atrium.plan import plan
from ugmcl.cli.terminal import terminal
from ugmcl.data.cache import open_cache
from ugmcl.devices.choice import choose_device
from ugmcl.methods.registry import get_method
from ugmcl.training.distributed import World
from ugmcl.training.loading import load_settings, parse_overrides
from ugmcl.training.precision import choose_precision
from ugmcl.training.state import build_state
from ugmcl.training.trainer import Trainer

WARM = 5  # steps before the clock starts


class Clock:
    """Seconds by what was done; waits for the device before it looks at the time."""

    def __init__(self, device: str) -> None:
        self.device, self.seconds = device, Counter[str]()
        self.running = False

    def now(self) -> float:
        if self.device.startswith("cuda"):
            torch.cuda.synchronize(self.device)
        return time.perf_counter()

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        begun = self.now()
        yield
        if self.running:
            self.seconds[what] += self.now() - begun

    def timed(self, function: Callable[..., Any], what: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            with self.of(what):
                return function(*given, **named)

        return call


def whole_speed(trainer: Trainer, steps: int, device: str) -> float:
    """Iterations per second, undisturbed."""
    clock, begun = Clock(device), 0.0
    for number, batch in enumerate(trainer.batches(0, WARM + steps)):
        if number == WARM:
            begun = clock.now()
        trainer.iterate(batch)
    return steps / (clock.now() - begun)


def shares(trainer: Trainer, steps: int, device: str) -> dict[str, float]:
    """Share of the time by what was done, 0..1, with the rest."""
    clock, state = Clock(device), trainer.state
    state.student.forward = clock.timed(state.student.forward, "student")
    if state.teacher is not None:
        state.teacher.forward = clock.timed(state.teacher.forward, "teacher")
    for optimiser in state.optimisers.values():
        optimiser.step = clock.timed(optimiser.step, "optimiser")  # type: ignore[method-assign]
    first = state.counters.iteration
    batches = iter(trainer.batches(first, first + WARM + steps))
    begun = 0.0
    with patch("torch.autograd.backward", clock.timed(torch.autograd.backward, "backward")):
        for number in range(WARM + steps):
            if number == WARM:
                clock.running, begun = True, clock.now()
            with clock.of("data"):
                batch = next(batches)
            trainer.iterate(batch)
    total = clock.now() - begun
    found = {name: clock.seconds[name] / total for name in ("data", "student", "teacher", "backward")}
    found["optimiser"] = clock.seconds["optimiser"] / total
    return {**found, "rest": 1.0 - sum(found.values())}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m left_atrium.speed", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--machine", choices=("gpu", "cpu"), default="gpu")
    parser.add_argument("--run", default="paper-s1337")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--set", action="append", default=[], metavar="K=V")
    given = parser.parse_args()
    run = next(run for run in plan(given.machine) if run.name == given.run)
    values = {**run.settings, **parse_overrides(given.set)}
    settings = load_settings(values.pop("preset"), overrides=values)
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    given.output.mkdir(parents=True, exist_ok=True)
    with terminal() as reporter:
        prepared = open_cache(cache(run.split, settings, given.data, given.output, reporter))
    device = choose_device(settings.device).device
    precision = choose_precision(settings.precision, device, settings.patch_zyx)
    method = get_method(settings.method)(settings, len(prepared.spec.channels), prepared.classes)
    state = build_state(method, settings, precision, World())
    if given.compile:
        state.student.compile()
        if state.teacher is not None:
            state.teacher.compile()
    trainer = Trainer(prepared, settings, method, state, precision)
    speed = whole_speed(trainer, given.steps, device)
    minutes = settings.iterations / speed / 60
    print(f"{run.name} on {device}, {precision.name}{', compiled' if given.compile else ''}:")
    print(f"{speed:.2f} iterations per second, {minutes:.1f} minutes for {settings.iterations} iterations")
    for name, share in shares(trainer, given.steps, device).items():
        print(f"  {name:10s} {100 * share:5.1f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())

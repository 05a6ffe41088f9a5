"""Two processes under gloo: equal parameters, equal to one process that averages the two ranks' gradients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from ugmcl.data.batches import BatchSource
from ugmcl.data.cache import Cache
from ugmcl.methods.base import StepContext
from ugmcl.methods.registry import get_method
from ugmcl.training.distributed import World, join_world, synchronise_batch_norm
from ugmcl.training.precision import choose_precision
from ugmcl.training.recalibration import recalibrated
from ugmcl.training.schedule import learning_rate_factor
from ugmcl.training.seeding import seed_global, step_generator
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.state import build_state

SCRIPT = Path(__file__).with_name("two_processes.py")
STEPS, RANKS = 20, 2


def one_process(cache: Cache, settings: TrainingSettings) -> dict[str, torch.Tensor]:
    """Both ranks' gradients computed in turn, averaged and applied, without any of the trainer's loop."""
    method = get_method(settings.method)(settings, 1, cache.classes)
    precision = choose_precision("fp32", "cpu")
    state = build_state(method, settings, precision, World())
    student, teacher, optimiser = state.student, state.teacher, state.optimisers["student"]
    assert teacher is not None
    for t in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * learning_rate_factor(settings, t)
        gradients = []
        for rank in range(RANKS):
            batch = BatchSource(cache, settings, rank=rank, world=RANKS)[t]
            seed_global(settings.seed, t, rank=rank)
            student.train()
            teacher.train()
            random = step_generator(settings.seed, t, rank)
            context = StepContext(student, teacher, {}, t, settings.iterations, random, precision.autocast)
            terms = method.step(batch, context)
            total = sum(term.weight * term.value for term in terms.values())
            optimiser.zero_grad()
            total.backward()
            gradients.append([p.grad.clone() for p in student.parameters()])
        for parameter, first, second in zip(student.parameters(), *gradients, strict=True):
            parameter.grad = (first + second) / 2
        nn.utils.clip_grad_norm_(student.parameters(), settings.gradient_clip)
        optimiser.step()
        alpha = min(1 - 1 / (t + 1), settings.ema)
        with torch.no_grad():
            for mine, its in zip(teacher.parameters(), student.parameters(), strict=True):
                mine.mul_(alpha).add_(its, alpha=1 - alpha)
    return {
        f"{name}.{key}": value
        for name, network in (("student", student), ("teacher", teacher))
        for key, value in network.named_parameters()
    }


@pytest.mark.slow
def test_two_gloo_processes(
    cache: Cache, cache_folder: Path, tiny: Callable[..., TrainingSettings], tmp_path: Path, root: Path
) -> None:
    settings = tiny(iterations=STEPS)
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(settings.model_dump(mode="json")))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={RANKS}"]
    command += [str(SCRIPT), str(cache_folder), str(file), str(tmp_path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    ranks = [load_file(tmp_path / f"rank{rank}.safetensors") for rank in range(RANKS)]
    assert ranks[0].keys() == ranks[1].keys()
    for key, value in ranks[0].items():
        assert torch.equal(value, ranks[1][key]), key  # parameters and running statistics
    expected = one_process(cache, settings)
    start = build_state(
        get_method("ug-mcl")(settings, 1, 3), settings, choose_precision("fp32", "cpu"), World()
    ).student.state_dict()
    for key, value in expected.items():
        torch.testing.assert_close(
            ranks[0][key], value, rtol=1e-5, atol=1e-6, msg=lambda m, k=key: f"{k}: {m}"
        )
    moved = max(float((ranks[0][f"student.{k}"] - v).abs().max()) for k, v in start.items() if "weight" in k)
    assert moved > 1e-3  # they learnt at all


def test_alone_there_is_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    world = join_world("cpu")
    assert (world.rank, world.size, world.first, world.any(True), world.any(False)) == (
        0,
        1,
        True,
        True,
        False,
    )
    world.barrier()


def test_batch_norm_is_synchronised_on_cuda_only_and_plain_again_for_validation() -> None:
    network = nn.Sequential(nn.Conv3d(1, 2, 1), nn.BatchNorm3d(2))
    several = World(0, 2, 0)
    assert isinstance(synchronise_batch_norm(network, several, "cpu")[1], nn.BatchNorm3d)
    synchronised = synchronise_batch_norm(network, several, "cuda:0")
    assert isinstance(synchronised[1], nn.SyncBatchNorm)
    synchronised[1].weight.data.fill_(3.0)
    twin = recalibrated(synchronised, [torch.randn(2, 1, 4, 4, 4)], choose_precision("fp32", "cpu"))
    assert type(twin[1]) is nn.BatchNorm3d
    assert twin[1].weight.tolist() == [3.0, 3.0]
    assert float(twin[1].running_var[0]) != 1.0

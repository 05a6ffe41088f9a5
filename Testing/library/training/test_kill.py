"""Killed at random moments, a training resumes to the identical weights."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.follow import follow
from ugmcl.jobs.launch import launch
from ugmcl.jobs.runs import list_runs
from ugmcl.training.loading import check_settings
from ugmcl.training.run import train
from ugmcl.training.settings import TrainingSettings

SCRIPT = Path(__file__).with_name("train_tiny.py")


def start(cache: Path, run: Path, settings: Path, root: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)}
    command = [sys.executable, str(SCRIPT), str(cache), str(run), str(settings)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def weights(run: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (run / "checkpoints" / "000040").glob("*.safetensors")}


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_kills_at_random_times(
    cache_folder: Path, tiny: Callable[..., TrainingSettings], tmp_path: Path, root: Path
) -> None:
    settings = tmp_path / "settings.json"
    values = tiny(iterations=40, checkpoint_every=2, validate_every=9).model_dump(mode="json")
    settings.write_text(json.dumps(values))
    undisturbed = tmp_path / "undisturbed"
    train(cache_folder, undisturbed, check_settings(values))

    seed = random.SystemRandom().randrange(10**6)
    draw, run, kills, steps_at_kill = random.Random(seed), tmp_path / "killed", 0, []
    print("seed of the kills", seed)
    for _ in range(3):
        process = start(cache_folder, run, settings, root)
        before = newest(run)
        until = time.monotonic() + 60
        while newest(run) <= before and process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)  # it has got further than the last time
        time.sleep(draw.uniform(0, 0.4))
        process.kill()
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
        steps_at_kill.append(newest(run))
    final = start(cache_folder, run, settings, root)
    said, _ = final.communicate(timeout=120)
    assert final.returncode == 0, said.decode()
    assert kills >= 2, f"the run ended before the kills ({steps_at_kill}, seed {seed})"
    assert weights(run) == weights(undisturbed), f"kills after steps {steps_at_kill}, seed {seed}"
    assert (run / "model" / "model.json").is_file()


def newest(run: Path) -> int:
    """Steps of the checkpoint that the pointer names."""
    try:
        return int((run / "checkpoints" / "latest").read_text())
    except (OSError, ValueError):
        return 0


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_a_launched_run_killed_within_a_checkpoint(
    cache_folder: Path, tiny: Callable[..., TrainingSettings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Slicer starts it: killed while a checkpoint is written, listed as interrupted, taken up again."""
    monkeypatch.setenv("UGMCL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    values = tiny(iterations=40, checkpoint_every=1, validate_every=20, threads=1).model_dump(mode="json")
    undisturbed = tmp_path / "undisturbed"
    train(cache_folder, undisturbed, check_settings(values))

    job = JobFolder.create("train", {"data": str(cache_folder), "settings": values}, tmp_path / "run")
    for attempt in (1, 2):
        launched = launch(job, background=True)
        before, until = newest(job.path), time.monotonic() + 60
        while not stopped_within_a_checkpoint(job.path, launched.process, before + 2):
            assert time.monotonic() < until and launched.process.poll() is None
            time.sleep(0.002)
        launched.process.kill()
        launched.process.wait()
        (listed,) = list_runs()
        assert listed.state == "interrupted" and "resumed" in listed.error, listed
        assert listed.iteration == newest(job.path) > before and len(job.attempts()) == attempt
    last = launch(job, background=True)
    update = follow(job, lambda update: None, launched=last)
    last.process.wait(20)
    assert update.state == "done", update.error
    assert weights(job.path) == weights(undisturbed)
    assert not list((job.path / "checkpoints").glob(".*.part*"))


def stopped_within_a_checkpoint(run: Path, process: subprocess.Popen[bytes], after: int) -> bool:
    """Hold the process where it writes a checkpoint later than ``after``; else let it go on."""

    def writes() -> bool:
        return newest(run) > after and bool(list((run / "checkpoints").glob(".*.part*")))

    if not writes():
        return False
    process.send_signal(signal.SIGSTOP)
    if writes():
        return True
    process.send_signal(signal.SIGCONT)
    return False

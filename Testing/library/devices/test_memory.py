"""Memory: what is free, and the model of the need against a measurement in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ugmcl.devices import memory
from ugmcl.devices.memory import (
    free_memory_bytes,
    kept_bytes,
    memory_budget_bytes,
    total_memory_bytes,
    whole_volume_bytes,
)

MEASURE = """
import sys, threading, time
import numpy as np, psutil, torch
from ugmcl.networks.dual_task_vnet import DualTaskVNet
from ugmcl.segmentation.predictor import Predictor
torch.set_num_threads(1)
width, side, passes = map(int, sys.argv[1:])
network = DualTaskVNet(width=width, classes=3)
predictor = Predictor(network, passes=passes, patch_zyx=(32, 32, 32), device="cpu", memory_budget=2**40)
predictor.predict(np.zeros((1, 32, 32, 32), np.float32))
process = psutil.Process()
image = np.random.default_rng(0).normal(size=(1, side, side, side)).astype(np.float32)
before, peak, running = process.memory_info().rss, [0], [True]
def watch():
    while running[0]:
        peak[0] = max(peak[0], process.memory_info().rss)
        time.sleep(0.002)
thread = threading.Thread(target=watch)
thread.start()
predictor.predict(image)
running[0] = False
thread.join()
print(peak[0] - before, predictor.estimate_bytes((side, side, side)))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("width", "side"), [(16, 96), (8, 96)])
def test_the_model_of_the_need_is_near_a_measurement(
    root: Path, width: int, side: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """An estimate that is too low ends in want of memory, one that is far too high in needless tiles."""
    command = [sys.executable, "-c", MEASURE, str(width), str(side), "2"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    measured, estimated = map(int, done.stdout.split())
    with capsys.disabled():
        mib = 2**20
        print(
            f"\nwidth {width}, {side}^3: measured {measured / mib:.0f} MiB, model {estimated / mib:.0f} MiB"
        )
    assert 0.9 * measured <= estimated <= 2.5 * measured


def test_the_need_grows_with_what_makes_it_grow() -> None:
    base = whole_volume_bytes((64, 64, 64), width=8, classes=3)
    assert whole_volume_bytes((128, 128, 128), width=8, classes=3) > 4 * base
    assert whole_volume_bytes((64, 64, 64), width=16, classes=3) > 1.3 * base
    assert whole_volume_bytes((64, 64, 64), width=8, classes=20) > base
    assert whole_volume_bytes((64, 64, 64), width=8, classes=3, bytes_per_value=2) < base
    assert whole_volume_bytes((50, 50, 50), width=8, classes=3) == base  # padded to multiples of 16


def test_what_is_kept_of_the_passes() -> None:
    voxels = 10 * 10 * 10
    one = kept_bytes((10, 10, 10), classes=3, passes=8, per_pass=False)
    assert kept_bytes((10, 10, 10), classes=3, passes=8, per_pass=True) - one == 2 * 8 * 3 * voxels


def test_free_memory_is_part_of_the_total() -> None:
    assert 0 < free_memory_bytes("cpu") <= total_memory_bytes("cpu")
    assert memory_budget_bytes("cpu") <= total_memory_bytes("cpu") / 2


def test_a_containers_limit_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("700000\n")
    (tmp_path / "memory.stat").write_text("anon 400000\ninactive_file 300000\n")
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    assert total_memory_bytes("cpu") == 1000000
    assert free_memory_bytes("cpu") == 600000  # the file cache can be given back
    (tmp_path / "memory.max").write_text("max\n")
    assert total_memory_bytes("cpu") > 1000000

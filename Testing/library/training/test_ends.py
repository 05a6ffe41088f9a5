"""A card that is lost and memory that runs out end in one clear line; the run goes on to the same bits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ugmcl.errors import Stopped, UserError
from ugmcl.training.ends import ROOM, clear_ends
from ugmcl.training.run import train
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.trainer import Trainer

Settings = Callable[..., TrainingSettings]
LOST = "CUDA error: unspecified launch failure\nCUDA kernel errors might be asynchronously reported"
FAULTS: list[tuple[Exception, str]] = [
    (RuntimeError(LOST), "graphics card stopped working (CUDA error: unspecified launch failure)"),
    (RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), "graphics card stopped working"),
    (RuntimeError("No CUDA GPUs are available"), "graphics card stopped working"),
    (torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "too little free memory"),
    (RuntimeError("MPS backend out of memory"), "memory of this computer"),
    (
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate"),
        "memory of this computer",
    ),
    (MemoryError(), "memory of this computer"),
    (RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed."), "memory of this computer"),
    (OSError("Caught OSError in DataLoader worker: [Errno 28] No space left on device"), "the disk is full"),
]


@pytest.mark.parametrize(("fault", "words"), FAULTS, ids=lambda value: str(value)[:30])
def test_in_one_line(tmp_path: Path, fault: Exception, words: str) -> None:
    with pytest.raises(UserError) as caught, clear_ends(tmp_path):
        assert (tmp_path / ROOM).stat().st_size > 1000
        raise fault
    line = str(caught.value)
    assert words in line and "resume" in line and str(tmp_path) in line and "\n" not in line
    assert not (tmp_path / ROOM).exists()


@pytest.mark.parametrize(
    "fault",
    [Stopped("cancelled"), UserError("bad data", "x"), RuntimeError("size mismatch"), ValueError("x")],
)
def test_other_faults_pass(tmp_path: Path, fault: Exception) -> None:
    with pytest.raises(type(fault)) as caught, clear_ends(tmp_path):
        raise fault
    assert caught.value is fault


def test_the_newer_name_of_a_lost_card(tmp_path: Path) -> None:
    if not hasattr(torch, "AcceleratorError"):
        pytest.skip("this torch has no AcceleratorError")
    fault = torch.AcceleratorError.__new__(torch.AcceleratorError, "device lost")
    with pytest.raises(UserError, match="graphics card stopped"), clear_ends(tmp_path):
        raise fault


def test_a_card_is_lost_in_a_step(
    cache_folder: Path, tiny: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, run = tmp_path / "whole", tmp_path / "run"
    train(cache_folder, whole, tiny())
    step = Trainer._step

    def lose(self: Trainer, batch: Any, t: int) -> Any:
        if t == 7:
            raise RuntimeError(LOST)
        return step(self, batch, t)

    monkeypatch.setattr(Trainer, "_step", lose)
    with pytest.raises(UserError, match="it goes on after step 6"):
        train(cache_folder, run, tiny())
    assert (run / "curves.png").is_file()
    monkeypatch.undo()
    assert train(None, run, resume=True).iterations == 12
    place = Path("checkpoints", "000012", "student.safetensors")
    assert (whole / place).read_bytes() == (run / place).read_bytes()

"""Which build of torch is taken for which card and driver."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ugmcl.jobs import installation_torch
from ugmcl.jobs.installation_torch import (
    CPU_INDEX,
    CUDA_12_INDEX,
    CUDA_13_INDEX,
    Card,
    nvidia_card,
    torch_index,
)


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> object:
    """``on(system, machine)`` makes the computer seem to be another."""

    def pretend(system: str, machine: str = "x86_64") -> None:
        monkeypatch.setattr(installation_torch.sys, "platform", system)
        monkeypatch.setattr(installation_torch.platform, "machine", lambda: machine)

    return pretend


@pytest.mark.parametrize(
    ("system", "card", "index"),
    [
        ("linux", None, CPU_INDEX),  # spares gigabytes
        ("win32", None, ""),
        ("darwin", None, ""),
        ("linux", Card("RTX 3090", 580, 8.6), ""),  # PyPI's build is that of CUDA 13
        ("win32", Card("RTX 3090", 581, 8.6), CUDA_13_INDEX),  # PyPI's build computes with the processor
        ("linux", Card("GTX 1080", 580, 6.1), CUDA_12_INDEX),  # CUDA 13 dropped it
        ("win32", Card("RTX 3090", 550, 8.6), CUDA_12_INDEX),
        ("win32", Card("RTX 5090", 590, 12.0), CUDA_13_INDEX),
    ],
)
def test_the_index_fits_card_and_driver(on: object, system: str, card: Card | None, index: str) -> None:
    on(system)
    assert torch_index(card) == (index, "")


@pytest.mark.parametrize("card", [Card("RTX 5090", 570, 12.0), Card("RTX 2080", 470, 7.5)])
def test_a_driver_that_is_too_old_is_told_of(on: object, card: Card) -> None:
    on("linux")
    index, words = torch_index(card)
    assert index == CPU_INDEX
    assert f"the driver ({card.driver}) of {card.name} is too old" in words


def test_arm_computers_take_what_there_is(on: object) -> None:
    on("win32", "ARM64")
    assert torch_index(Card("RTX 3090", 580, 8.6)) == ("", "")
    on("linux", "aarch64")
    assert torch_index(None) == (CPU_INDEX, "")


@pytest.mark.skipif(os.name != "posix", reason="a shell script takes the driver's part")
@pytest.mark.parametrize(
    ("says", "card"),
    [
        ("NVIDIA H100 80GB HBM3, 580.65.06, 9.0", Card("NVIDIA H100 80GB HBM3", 580, 9.0)),
        ("NVIDIA-SMI has failed", None),
        ("", None),
    ],
)
def test_what_the_driver_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, card: Card | None
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="ascii")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert nvidia_card() == card


def test_no_driver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert nvidia_card() is None

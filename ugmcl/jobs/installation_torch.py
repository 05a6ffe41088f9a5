"""Which build of torch fits this computer's graphics card, asked of its driver without torch."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass

_INDEX = "https://download.pytorch.org/whl/"
CPU_INDEX, CUDA_12_INDEX, CUDA_13_INDEX = f"{_INDEX}cpu", f"{_INDEX}cu126", f"{_INDEX}cu130"
_DRIVER_CUDA_13 = 580  # oldest driver that runs CUDA 13
_DRIVER_CUDA_12 = 525  # and CUDA 12
_TURING, _BLACKWELL = (
    7.5,
    10.0,
)  # compute capability: CUDA 13 begins with one, CUDA 12.6 ends before the other
_PATIENCE_S = 20.0


@dataclass(frozen=True)
class Card:
    """An NVIDIA card.

    Attributes:
        name: of the card.
        driver: main number of its driver's version.
        capability: compute capability, such as 8.6.
    """

    name: str
    driver: int
    capability: float


def nvidia_tool() -> str | None:
    """The driver's own program; None where there is no NVIDIA driver."""
    return shutil.which("nvidia-smi")


def nvidia_card() -> Card | None:
    """The first card; takes up to a few seconds. None where there is none or its driver does not answer."""
    tool = nvidia_tool()
    if tool is None:
        return None
    query = [tool, "--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader"]
    try:
        done = subprocess.run(
            query,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE_S,
            stdin=subprocess.DEVNULL,
            check=False,
            creationflags=0x08000000 if os.name == "nt" else 0,  # no window
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return _card(done.stdout.splitlines()[0]) if done.returncode == 0 and done.stdout.strip() else None


def _card(line: str) -> Card | None:
    name, _, rest = line.partition(",")
    driver, _, capability = rest.partition(",")
    try:
        return Card(name.strip(), int(driver.strip().partition(".")[0]), float(capability))
    except ValueError:  # an old driver does not know the question
        return None


def torch_index(card: Card | None) -> tuple[str, str]:
    """PyTorch's index for a card, "" where the package index of Python itself has the right build.

    Returns:
        The address, and a sentence for the user where the card cannot be used; "" otherwise.
    """
    windows = sys.platform == "win32"
    if sys.platform == "darwin" or (windows and platform.machine().lower() == "arm64"):
        return "", ""
    if card is None:
        return ("" if windows else CPU_INDEX), ""
    if card.driver >= _DRIVER_CUDA_13 and card.capability >= _TURING:
        return (CUDA_13_INDEX if windows else ""), ""
    if card.driver >= _DRIVER_CUDA_12 and card.capability < _BLACKWELL:
        return CUDA_12_INDEX, ""
    words = (
        f"the driver ({card.driver}) of {card.name} is too old: the processor computes. "
        f"Update it to {_DRIVER_CUDA_13} or newer, remove the installation, and install again"
    )
    return ("" if windows else CPU_INDEX), words

"""The facts behind ``ugmcl doctor``: nothing about patients, and the user's home folder written as ``~``."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ugmcl import __version__
from ugmcl.errors import UserError

PACKAGES = (
    "torch", "SimpleITK", "numpy", "scipy", "monai", "safetensors", "pydantic", "jinja2", "matplotlib",
    "tqdm", "psutil", "pydicom",
)  # fmt: skip


def gather() -> dict[str, Any]:
    """All facts, in the order in which they are printed; a fact that cannot be found out says why."""
    facts = {
        "ugmcl": __version__,
        "python": f"{platform.python_version()} ({shorten(sys.executable)})",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "packages": {name: version(name) for name in PACKAGES},
        "processor": attempt(processor),
        "memory": attempt(memory),
        "device": attempt(device),
        "cards": attempt(cards),
        "data folder": attempt(data_folder),
        "models": attempt(models),
        "sample data": attempt(samples),
        "environment": {
            name: shorten(os.environ[name]) for name in sorted(os.environ) if name.startswith("UGMCL_")
        },
    }
    facts["advice"] = advice(facts)
    return facts


def attempt(question: Callable[[], Any]) -> Any:
    """The answer, or the reason why there is none: a doctor must not fall ill himself."""
    try:
        return question()
    except (UserError, ImportError, OSError, RuntimeError) as fault:
        return f"unknown: {shorten(str(fault))}"


def version(package: str) -> str | None:
    """The installed version of ``package`` (found without importing it), None when it is missing."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def processor() -> str:
    """Name and number of cores that this process may use."""
    from ugmcl.devices.choice import processor_name

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{processor_name()}, {cores} cores"


def memory() -> str:
    """Total and free memory."""
    from ugmcl.devices.memory import free_memory_bytes, total_memory_bytes

    return f"{gib(total_memory_bytes())} GiB, {gib(free_memory_bytes())} GiB free"


def device() -> str:
    """The device that ``auto`` takes, and why."""
    from ugmcl.devices.choice import choose_device

    choice = choose_device("auto")
    return f"{choice.device} ({choice.name}): {choice.reason}"


def cards() -> list[str]:
    """Every graphics card that torch sees, and why one is not used."""
    from ugmcl.devices.choice import list_cards

    return [
        f"{card.device} {card.name}, {card.total_gib:.1f} GiB, {card.free_gib:.1f} GiB free"
        + (f"; not used: {card.fault}" if card.fault else "")
        for card in list_cards()
    ]


def data_folder() -> str:
    """Where models and jobs are kept, and the free space there."""
    from ugmcl.jobs.environment import data_folder as place

    folder = place()
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    state = "" if os.access(existing, os.W_OK) else ", NOT WRITABLE"
    return f"{shorten(folder)}, {gib(shutil.disk_usage(existing).free)} GiB free{state}"


def models() -> list[str]:
    """Every model of the library."""
    from ugmcl.models.library import list_models

    return [f"{entry.id} ({shorten(entry.place.words)}): {shorten(entry.title)}" for entry in list_models()]


def samples() -> str:
    """Whether the sample data are there and whole."""
    from ugmcl.samples import list_samples, verify

    return f"{len([verify(sample) for sample in list_samples()])} cases, verified"


def advice(facts: dict[str, Any]) -> list[str]:
    """What the user could mend."""
    found = [
        f"{name} is missing: pip install {name}" for name in PACKAGES[:-1] if facts["packages"][name] is None
    ]
    if shutil.which("nvidia-smi") and not facts["cards"]:
        found.append("There is an NVIDIA driver, but this torch has no CUDA: install the CUDA build of torch")
    if facts["models"] == []:
        found.append("No model is installed: ugmcl models import FILE.zip")
    if "NOT WRITABLE" in str(facts["data folder"]):
        found.append("The data folder cannot be written: set UGMCL_HOME to a folder of yours")
    return found


def gib(count: float) -> str:
    """Bytes in GiB, one decimal."""
    return f"{count / 2**30:.1f}"


def shorten(text: object) -> str:
    """``text`` with the home folder as ``~`` and other users' homes without their names."""
    short = str(text).replace(str(Path.home()), "~") if len(str(Path.home())) > 1 else str(text)
    return re.sub(r"(?i)((?:/home|/users|[a-z]:\\users)[/\\])[^/\\\s]+", r"\1…", short)

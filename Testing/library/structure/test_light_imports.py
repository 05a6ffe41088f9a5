"""What Slicer's own Python imports needs only what Slicer ships: the rest is blocked, then imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# Packages that Slicer's Python lacks (pydicom it has, and our readers import it when a DICOM file comes).
ABSENT_IN_SLICER = (
    "torch",
    "pydantic",
    "psutil",
    "jinja2",
    "monai",
    "safetensors",
    "matplotlib",
    "tqdm",
    "pydicom",
)
HEAVY = (*ABSENT_IN_SLICER, "numpy", "scipy", "SimpleITK")

# Rooms that Slicer's process imports (design, section 3): the whole folder, or one file of it.
ROOMS = (
    "errors", "samples", "volumes", "jobs", "metrics", "framing/spec",
    "models/library", "models/package", "models/familiarity", "models/exchange",
    "models/registration", "data/dataset", "data/checks",
)  # fmt: skip

BLOCK = """
import sys
for name in {blocked!r}:
    sys.modules[name] = None  # "import name" now raises ImportError
import importlib
for name in {modules!r}:
    importlib.import_module(name)
"""


def modules_of(root: Path, room: str) -> list[str]:
    place = root / "ugmcl" / room
    files = sorted(place.glob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    return [".".join(("ugmcl", *file.relative_to(root / "ugmcl").with_suffix("").parts)) for file in files]


def import_with_blocked(
    root: Path, modules: list[str], blocked: tuple[str, ...]
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BLOCK.format(blocked=blocked, modules=modules)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=120)


def test_rooms_for_slicer_import_with_slicers_packages_only(root: Path) -> None:
    modules = [module for room in ROOMS for module in modules_of(root, room)]
    done = import_with_blocked(root, modules, ABSENT_IN_SLICER)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("room", ["jobs", "errors", "samples"])
def test_rooms_of_the_standard_library(root: Path, room: str) -> None:
    done = import_with_blocked(root, modules_of(root, room), HEAVY)
    assert done.returncode == 0, done.stderr


def test_the_package_and_the_command_line_import_nothing_heavy(root: Path) -> None:
    code = f"import sys, ugmcl, ugmcl.cli.main; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_block_blocks(root: Path) -> None:
    assert import_with_blocked(root, ["ugmcl.batch"], ABSENT_IN_SLICER).returncode != 0

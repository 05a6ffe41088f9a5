"""The private environment, all or nothing: resolved, downloaded, installed beside, checked, then renamed.

Runs as a job (kind ``install``) in Slicer's own Python, with the standard library and pip. Whatever happens
before the last step, nothing is left; nothing that Slicer ships is changed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError
from ugmcl.jobs.pins import CHECKED, DIRECT, INDIRECT
from ugmcl.jobs.processes import end_tree
from ugmcl.jobs.renaming import rename_patiently
from ugmcl.jobs.reporter import Reporter

LONGEST_WINDOWS_PATH = 259
LONGEST_INSIDE = 170  # characters of the longest path within the environment
_PLACES = ("PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_CONFIG_FILE")
_UNWANTED = ("PIP_TARGET", "PIP_USER", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV", "PIP_REQUIRE_HASHES")
_CHECK = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    importlib.import_module(name)
import torch
image, kernel = torch.ones(1, 1, 4, 4, 4), torch.ones(1, 1, 3, 3, 3)
found = float(torch.nn.functional.conv3d(image, kernel).sum())
sys.exit(0 if found == 216.0 else f"a convolution gave {found} instead of 216")
"""


@dataclass(frozen=True)
class Wanted:
    """What to install and where.

    Attributes:
        target: folder of the environment; must not exist.
        needed_bytes: free space that is needed.
        wheels: folder of wheels, instead of the network; or None.
        extra_index: address of a further index (PyTorch's own for this kind of computer), or "".
    """

    target: Path
    needed_bytes: int = 0
    wheels: Path | None = None
    extra_index: str = ""


def install(wanted: Wanted, reporter: Reporter) -> dict[str, Any]:
    """Make the environment.

    Returns:
        ``folder`` and ``packages`` (name==version).

    Raises:
        UserError: no place, no network, a package that cannot be had, or the check failed.
        Stopped: the user asked for the end.
    """
    reporter.stage("Checking the place")
    check_place(wanted)
    part = part_of(wanted.target)
    shutil.rmtree(part, ignore_errors=True)  # of an attempt that was killed
    try:
        part.mkdir(parents=True)
        packages = _install_into(part, wanted, reporter)
        reporter.check()
        rename_patiently(part / "site", wanted.target)
    except OSError as fault:
        reason = fault.strerror or type(fault).__name__
        raise UserError(
            f"the installation failed ({reason})", fault.filename, "Make room, then try again"
        ) from fault
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return {"folder": str(wanted.target), "packages": packages}


def part_of(target: Path) -> Path:
    """Where an environment grows before it gets its name."""
    return target.with_name(f".{target.name}.part")


def check_place(wanted: Wanted) -> None:
    """Whether the environment can be made there.

    Raises:
        UserError: it exists, cannot be written, too long a path, or too little space.
    """
    target = wanted.target
    if target.exists():
        raise UserError("there is an environment already", target, "Remove it first")
    if os.name == "nt" and len(str(part_of(target))) + LONGEST_INSIDE > LONGEST_WINDOWS_PATH:
        raise UserError(
            "this folder's path is too long for Windows",
            target,
            "Set UGMCL_HOME to a shorter one, e.g. C:\\ugmcl",
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=target.parent):
            free = shutil.disk_usage(target.parent).free
    except OSError as fault:
        raise UserError(
            f"this folder cannot be written ({fault.strerror})",
            target.parent,
            "Set UGMCL_HOME to another folder",
        ) from fault
    if free < wanted.needed_bytes:
        need, there = wanted.needed_bytes / 1e9, free / 1e9
        raise UserError(
            f"{need:.1f} GB are needed, {there:.1f} GB are free", target.parent, "Make room, then try again"
        )


def _install_into(part: Path, wanted: Wanted, reporter: Reporter) -> list[str]:
    """The steps that may fail; everything happens below ``part``."""
    reporter.stage("Finding the packages")
    source = _source_options(wanted)
    requirements, constraints = part / "requirements.txt", part / "constraints.txt"
    requirements.write_text("\n".join(DIRECT) + "\n", encoding="ascii")
    constraints.write_text("\n".join(INDIRECT) + "\n", encoding="ascii")
    report = part / "report.json"
    asked = ["install", "--dry-run", "--ignore-installed", "--report", str(report), "--only-binary", ":all:"]
    _pip(
        [*asked, "-r", str(requirements), "-c", str(constraints), *source],
        reporter,
        own_places=wanted.wheels is None,
    )
    found = json.loads(report.read_text(encoding="utf-8"))["install"]
    packages = [f"{entry['metadata']['name']}=={entry['metadata']['version']}" for entry in found]
    reporter.stage("Downloading")
    for number, package in enumerate(packages):
        reporter.progress(number, len(packages), "packages")
        reporter.message(package)
        load = ["download", "--no-deps", "--only-binary", ":all:", "--dest", str(part / "wheels")]
        _pip([*load, package, *source], reporter, own_places=wanted.wheels is None)
    reporter.stage("Installing")
    files = [str(file) for file in sorted((part / "wheels").iterdir())]
    put = ["install", "--no-deps", "--no-index", "--target", str(part / "site")]
    _pip([*put, *files], reporter, own_places=False)
    reporter.stage("Checking the installation")
    _check(part / "site", reporter)
    return packages


def _source_options(wanted: Wanted) -> list[str]:
    if wanted.wheels is not None:
        return ["--no-index", "--find-links", str(wanted.wheels)]
    return ["--extra-index-url", wanted.extra_index] if wanted.extra_index else []


def _pip(arguments: Sequence[str], reporter: Reporter, *, own_places: bool) -> None:
    """Run pip; ``own_places``: packages may come from where this user's pip is set up to look."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    said, status = _run(command, reporter, {} if own_places else {"PIP_CONFIG_FILE": os.devnull})
    if status:
        errors = [
            line.removeprefix("ERROR:").strip() for line in said.splitlines() if line.startswith("ERROR")
        ]
        raise UserError(
            f"pip: {errors[-1] if errors else f'it ended with status {status}'}",
            None,
            "Check the network, or choose a folder with all wheels",
        )


def _check(site: Path, reporter: Reporter) -> None:
    """In a fresh process: everything can be imported, and a convolution gives what it must."""
    said, status = _run([sys.executable, "-c", _CHECK, str(site), *CHECKED], reporter)
    if status:
        lines = [line for line in said.splitlines() if line.strip()]
        raise UserError(
            f"what was installed does not work here: {lines[-1] if lines else f'status {status}'}",
            None,
            "Copy the diagnostics and ask",
        )


def _run(
    command: Sequence[str], reporter: Reporter, more: Mapping[str, str] | None = None
) -> tuple[str, int]:
    """A process's output and status; ended with its tree when the user asks for the end."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(os.environ, more or {}),
            creationflags=0x08000000 if os.name == "nt" else 0,  # no window
        )
        try:
            while process.poll() is None:
                reporter.check()
                time.sleep(0.1)
        finally:
            if process.poll() is None:
                end_tree(process.pid, 0)
                process.wait()
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    sys.stdout.write(text)  # into the job's log
    return text, process.returncode


def _environment(given: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """The user's proxies and indexes stay, unless ``more`` turns pip's set-up off; what misleads pip goes."""
    unwanted = {*_UNWANTED, "PYTHONPATH", *(_PLACES if "PIP_CONFIG_FILE" in more else ())}
    environment = {key: value for key, value in given.items() if key.upper() not in unwanted}
    return {**environment, "PIP_NO_INPUT": "1", "PYTHONUTF8": "1", "PYTHONNOUSERSITE": "1", **more}

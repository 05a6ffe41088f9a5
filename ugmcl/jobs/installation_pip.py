"""pip at work: everything found, downloaded and unpacked by one process into a folder of its own."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ugmcl.jobs.installation_faults import diagnosis
from ugmcl.jobs.installation_place import SITE, WORK
from ugmcl.jobs.pins import DIRECT, INDIRECT
from ugmcl.jobs.reporter import Reporter
from ugmcl.jobs.watched_process import watch

SILENT_SECONDS = 300.0  # without a byte or a word: pip's own patience is far shorter
UNPACK_SECONDS = 1800.0  # for one package: a slow disk and a virus scanner
_MB = 1e6
_UNITS = {"bytes": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9}
_DOWNLOADING = re.compile(
    r"\s*Downloading (?:\S*/)?([^\s/]+)-([^\s-]+)(?:-[^\s-]+){3}\.whl \(([\d.]+) (\w+)\)"
)
_OURS = {  # what pip must not be told by the user's configuration; the rest of it holds
    "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_RESUME_RETRIES": "5", "PYTHONUTF8": "1", "PYTHONNOUSERSITE": "1", "PYTHONUNBUFFERED": "1",
}  # fmt: skip
_UNWANTED = (
    "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_HASHES", "PIP_CONSTRAINT", "PIP_REQUIREMENT",
    "PIP_NO_DEPS", "PIP_QUIET", "PIP_DRY_RUN", "PIP_PROGRESS_BAR", "PYTHONPATH",
)  # fmt: skip


def fetch(
    part: Path,
    reporter: Reporter,
    *,
    wheels: Path | None = None,
    extra_index: str = "",
    download_bytes: int = 0,
) -> list[str]:
    """Install all that is pinned into ``part / SITE``.

    Args:
        part: folder of the work.
        reporter: is told the stages, each package, and megabytes.
        wheels: a folder that holds everything, instead of the network.
        extra_index: a further package index.
        download_bytes: expected.

    Returns:
        The packages as name==version.

    Raises:
        UserError: pip failed, or nothing happened for `SILENT_SECONDS`.
        Stopped: by wish.
    """
    requirements, constraints = part / "requirements.txt", part / "constraints.txt"
    requirements.write_text("\n".join(DIRECT) + "\n", encoding="ascii")
    constraints.write_text("\n".join(INDIRECT) + "\n", encoding="ascii")
    command = [sys.executable, "-m", "pip", "install", "--target", str(part / SITE)]
    command += ["--only-binary", ":all:", "--no-compile", "--no-cache-dir"]
    command += ["-r", str(requirements), "-c", str(constraints)]
    if wheels is not None:
        command += ["--no-index", "--find-links", str(wheels)]
    elif extra_index:
        command += ["--extra-index-url", extra_index]
    look = _Look(part, reporter, download_bytes)
    environment = pip_environment(os.environ, part / WORK, offline=wheels is not None)
    found = watch(command, environment, part / "pip.txt", reporter.check, look)
    if found.status != 0:
        raise diagnosis(found.lines, found.status)
    return installed(part / SITE)


def pip_environment(given: Mapping[str, str], work: Path, *, offline: bool) -> dict[str, str]:
    """The user's proxies, certificates and indexes hold; what would turn pip elsewhere does not.

    Args:
        given: the environment so far.
        work: temporary folder: on the environment's disk, and removed with it.
        offline: nothing but one folder serves, whatever is configured.
    """
    kept = {key: value for key, value in given.items() if key.upper() not in _UNWANTED}
    if offline:
        kept = {key: value for key, value in kept.items() if not key.upper().startswith("PIP_")}
        kept["PIP_CONFIG_FILE"] = os.devnull
    return {**kept, **_OURS, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(work))}


def installed(site: Path) -> list[str]:
    """Packages in a folder as name==version, by their metadata folders."""
    pairs = (folder.name.removesuffix(".dist-info").rpartition("-") for folder in site.glob("*.dist-info"))
    return sorted((f"{name}=={version}" for name, _, version in pairs), key=str.lower)


class _Look:
    """Turns pip's words and its temporary folder into stages and megabytes."""

    def __init__(self, part: Path, reporter: Reporter, download_bytes: int) -> None:
        self._part, self._reporter = part, reporter
        self._expected, self._announced = float(download_bytes), 0.0
        self._packages = 0
        self._stage = ""
        self._told: tuple[Any, ...] = ()
        self._sign = -1.0
        self._sign_at = time.monotonic()
        self._enter("Finding the packages")

    def __call__(self, lines: list[str]) -> float:
        """Seconds of patience that remain."""
        for line in lines:
            sys.stdout.write(f"{line}\n")  # into the job's log
            self._read(line)
        done = float(self._unpacked() if self._packages else self._loaded())
        if self._stage == "Downloading":
            total = max(self._expected, self._announced, 1.0)
            self._tell(round(min(done, total) / _MB, 1), round(total / _MB, 1), "MB")
        elif self._packages:
            self._tell(min(done, self._packages), self._packages, "packages")
        if lines or done != self._sign:
            self._sign, self._sign_at = done, time.monotonic()
        patience = UNPACK_SECONDS if self._packages else SILENT_SECONDS
        return patience - (time.monotonic() - self._sign_at)

    def _tell(self, *progress: Any) -> None:
        if progress != self._told:
            self._told = progress
            self._reporter.progress(*progress)

    def _read(self, line: str) -> None:
        if found := _DOWNLOADING.match(line):
            self._enter("Downloading")
            name, version, size, unit = found.groups()
            self._announced += float(size) * _UNITS.get(unit, 0.0)
            self._reporter.message(f"{name} {version} ({size} {unit})")
        elif line.startswith("Installing collected packages:"):
            self._packages = line.count(",") + 1
            self._enter("Installing")

    def _enter(self, stage: str) -> None:
        if stage != self._stage:
            self._stage = stage
            self._reporter.stage(stage)

    def _loaded(self) -> int:
        """Bytes of the wheels that lie in pip's folders by now."""
        return sum(_size(file) for file in (self._part / WORK).glob("pip-*/*.whl"))

    def _unpacked(self) -> int:
        """Packages that are unpacked; their metadata come last."""
        inside = sum(1 for _ in (self._part / WORK).glob("pip-target-*/*/*/*.dist-info/RECORD"))
        return max(inside, sum(1 for _ in (self._part / SITE).glob("*.dist-info")))


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # moved this very moment
        return 0

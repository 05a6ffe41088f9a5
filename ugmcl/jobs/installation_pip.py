"""pip at work: everything found, downloaded and unpacked by one process into a folder of its own."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError
from ugmcl.jobs.installation_faults import diagnosis
from ugmcl.jobs.installation_place import SITE, WORK
from ugmcl.jobs.installation_torch import CPU_INDEX
from ugmcl.jobs.pins import DIRECT, INDIRECT
from ugmcl.jobs.reporter import Reporter
from ugmcl.jobs.watched_process import watch

SILENT_SECONDS = 300.0  # without a byte or a word: pip's own patience is far shorter
PROBE_SECONDS = 60.0  # for the first answer of an index
UNPACK_SECONDS = 1800.0  # for one package: a slow disk and a virus scanner
LARGE = "large"  # a figure: what can be reached is far larger than expected
_MB, _GB = 1e6, 1e9
_UNITS = {"bytes": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9}
_DOWNLOADING = re.compile(
    r"\s*Downloading (?:\S*/)?([^\s/]+)-([^\s-]+)(?:-[^\s-]+){3}\.whl \(([\d.]+) (\w+)\)"
)
_CUDA = re.compile(
    r"\s*Collecting (nvidia|cuda)-"
)  # told while the packages are found, before their download
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
        UserError: pip failed, nothing happened for `SILENT_SECONDS`, or much more would be downloaded than
            expected.
        Stopped: by wish.
    """
    look = _Look(part, reporter, download_bytes)
    requirements, constraints = part / "requirements.txt", part / "constraints.txt"
    requirements.write_text("\n".join(DIRECT) + "\n", encoding="ascii")
    constraints.write_text("\n".join(INDIRECT) + "\n", encoding="ascii")
    command = [sys.executable, "-m", "pip", "install", "--target", str(part / SITE)]
    command += ["--only-binary", ":all:", "--no-compile", "--no-cache-dir"]
    command += ["-r", str(requirements), "-c", str(constraints)]
    if wheels is not None:
        command += ["--no-index", "--find-links", str(wheels)]
    elif extra_index and _answers(extra_index, part, reporter):
        command += ["--extra-index-url", extra_index]
    environment = pip_environment(os.environ, part / WORK, offline=wheels is not None)
    found = watch(command, environment, part / "pip.txt", reporter.check, look)
    if found.status != 0:
        raise diagnosis(found.lines, found.status)
    return installed(part / SITE)


def _answers(index: str, part: Path, reporter: Reporter) -> bool:
    """Whether an index can be reached: pip would try a blocked one for each package, minutes in all."""
    command = [sys.executable, "-m", "pip", "index", "versions", "torch", "--index-url", index]
    command += ["--retries", "1", "--timeout", "15"]
    environment = pip_environment(os.environ, part / WORK, offline=False)
    end = time.monotonic() + PROBE_SECONDS
    found = watch(
        command, environment, part / "index.txt", reporter.check, lambda _lines: end - time.monotonic()
    )
    troubles = [line for line in found.lines if "Retrying" in line or "Could not fetch URL" in line]
    if found.status is not None and not troubles:
        return True
    reporter.message(f"{index} cannot be reached", "warning")
    return False


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
        self._refuse_surprise(line)

    def _refuse_surprise(self, line: str) -> None:
        """The user agreed to a size: several times as much needs another question."""
        if not 0 < self._expected < _GB or not (_CUDA.match(line) or self._announced > 1.2 * self._expected):
            return
        self._reporter.metric({LARGE: 1.0})
        raise UserError(
            "only the build of PyTorch for graphics cards can be reached, which is several GB larger",
            CPU_INDEX,
            "Install again to take that one, or let the network reach this address",
        )

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

"""The private environment holds the versions that the tests ran with."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from ugmcl.jobs.pins import DIRECT, INDIRECT, MINIMUM

ROOT = Path(__file__).resolve().parents[3]


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(lines: list[str]) -> set[tuple[str, str]]:
    """(name, version with its marker) of each requirement."""
    pairs = [line.partition("#")[0].replace('"', "'").strip().partition("==") for line in lines]
    return {(plain(name), version.strip()) for name, _, version in pairs if name}


def test_the_same_versions_as_in_the_constraints() -> None:
    constraints = pinned((ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())
    assert pinned([*DIRECT, *INDIRECT]) <= constraints


def test_the_same_packages_as_in_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {plain(re.split(r"[<>=;\s]", text)[0]) for text in project["dependencies"]}
    assert {name for name, _ in pinned(list(DIRECT))} == wanted


def test_the_same_oldest_versions_as_in_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pairs = (re.match(r"([\w.-]+)>=([\d.]+)", text) for text in project["dependencies"])
    assert {pair[1]: pair[2] for pair in pairs if pair} == MINIMUM

"""The private environment holds the versions that the tests ran with; unusable places are named."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from ugmcl.errors import UserError
from ugmcl.jobs.installation import Wanted, check_place
from ugmcl.jobs.pins import DIRECT, INDIRECT

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


def test_places_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(UserError, match="there is an environment already"):
        check_place(Wanted(tmp_path / "there"))
    with pytest.raises(UserError, match="GB are needed"):
        check_place(Wanted(tmp_path / "new", needed_bytes=10**18))
    (tmp_path / "file").write_text("", encoding="ascii")
    with pytest.raises(UserError, match="cannot be written"):
        check_place(Wanted(tmp_path / "file" / "env"))
    check_place(Wanted(tmp_path / "new"))
    assert not (tmp_path / "new").exists()

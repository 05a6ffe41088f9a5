"""The host in which the modules are tested; Qt and MRML start once, so these tests have their own process."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
for folder in (ROOT / "Testing" / "benchmarks", ROOT / "Testing", ROOT):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: UGMCL_SCREENSHOTS, or a temporary folder."""
    chosen = os.environ.get("UGMCL_SCREENSHOTS")
    folder = Path(chosen).resolve() if chosen else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def started_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The host of this process, with a home and a UGMCL_HOME of its own."""
    os.environ["UGMCL_HOME"] = str(tmp_path_factory.mktemp("ugmcl_home"))
    from host import start_host

    host = start_host(home=tmp_path_factory.mktemp("host"))
    yield host
    host.close()


@pytest.fixture
def host(started_host: Any) -> Iterator[Any]:
    """The host with an empty scene. After the test nothing may have gone wrong unnoticed."""
    started_host.reset()
    yield started_host
    unnoticed = started_host.errors()
    started_host.reset()
    assert not unnoticed, "Errors were logged:\n" + "\n".join(unnoticed)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Leave without the interpreter's own clean-up, with the status that the tests have earned."""
    from host.ending import end_process

    atexit.register(lambda: end_process(int(getattr(session, "exitstatus", 1))))

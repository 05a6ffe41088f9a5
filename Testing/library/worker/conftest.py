"""A data folder under a difficult name, and jobs in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder, under a name with spaces, accents and letters beyond Latin."""
    folder = tmp_path / "Ärztin Łucja Ж 医"
    monkeypatch.setenv("UGMCL_HOME", str(folder))
    return folder


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """``wait_until(holds, seconds=60)`` fails when it has waited in vain."""

    def wait(holds: Callable[[], object], seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.02)

    return wait

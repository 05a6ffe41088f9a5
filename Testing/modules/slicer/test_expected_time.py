"""How long it will take, learnt from how long it took."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def times(host: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("UGMCL_HOME", str(tmp_path / "home"))
    from ugmcl.slicer import expected_time

    return expected_time


def test_nothing_is_said_before_the_first_run(times: Any) -> None:
    assert times.expected_seconds("liver@1.0", 10**6) is None


def test_the_time_grows_with_the_voxels(times: Any) -> None:
    times.remember("liver@1.0", 10**6, 8.0)
    assert times.expected_seconds("liver@1.0", 2 * 10**6) == pytest.approx(16.0)
    assert times.expected_seconds("heart@1.0", 10**6) is None


def test_later_runs_count_too(times: Any) -> None:
    for seconds in (30.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0):  # the first loaded torch
        times.remember("liver@1.0", 10**6, seconds)
    assert 2.0 <= times.expected_seconds("liver@1.0", 10**6) < 4.0


def test_a_damaged_file_is_begun_anew(times: Any, tmp_path: Any) -> None:
    times.remember("liver@1.0", 10**6, 8.0)
    (tmp_path / "home" / times.FILE).write_text("{", encoding="ascii")
    assert times.expected_seconds("liver@1.0", 10**6) is None
    times.remember("liver@1.0", 10**6, 4.0)
    assert times.expected_seconds("liver@1.0", 10**6) == pytest.approx(4.0)


def test_nonsense_is_not_learnt(times: Any) -> None:
    times.remember("liver@1.0", 0, 8.0)
    times.remember("liver@1.0", 10**6, 0.0)
    assert times.expected_seconds("liver@1.0", 10**6) is None

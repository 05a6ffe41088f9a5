"""The module's own test runs in the host too, and tells what it leaves out."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.timeout(600)


def test_every_step(module: Any) -> None:
    said: list[str] = []
    from UGMCLTrainingLib.module_test import run_module_test

    assert run_module_test(said.append) == ["cases", "run", "reopened"]
    assert any("Training" in line for line in said)


def test_without_a_set_up_the_training_is_left_out(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from UGMCLTrainingLib.logic import TrainingLogic
    from UGMCLTrainingLib.module_test import run_module_test

    monkeypatch.setattr(TrainingLogic, "can_compute", lambda _self: False)
    said: list[str] = []
    assert run_module_test(said.append) == ["cases"]
    assert "Set up" in said[-1]

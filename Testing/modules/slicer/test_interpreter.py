"""Which Python computes, found out from files alone."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def interpreter(host: Any) -> Any:
    from ugmcl.slicer import interpreter

    return interpreter


def made(folder: Path, **about: Any) -> Path:
    """A private environment that says this about itself."""
    folder.mkdir(parents=True)
    (folder / "ugmcl-environment.json").write_text(json.dumps(about), encoding="ascii")
    return folder


def test_the_order_of_choice(interpreter: Any, choices: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = interpreter.find_interpreter()
    assert found.interpreter.first == ()
    assert found.words.startswith("Computed by Slicer's Python with PyTorch")

    folder = made(interpreter.environment_folder(), torch="2.13.0+cpu", remark="")
    found = interpreter.find_interpreter()
    assert found.interpreter.first == (folder,)
    assert found.words == f"Computed by the private environment with PyTorch 2.13.0+cpu: {folder}"

    choices.set_own_python(sys.executable)
    found = interpreter.find_interpreter()
    assert found.interpreter.python == sys.executable
    assert found.interpreter.first == ()
    assert found.interpreter.environment is not None  # Slicer's start-up environment, without its own paths
    assert "your own Python" in found.words


def test_nothing_there(interpreter: Any, without_torch: None) -> None:
    found = interpreter.find_interpreter()
    assert found.interpreter is None
    assert found.words.startswith("The computation is not set up on this computer yet.")


def test_a_choice_that_does_not_exist_is_not_replaced_silently(
    interpreter: Any, choices: Any, tmp_path: Path
) -> None:
    choices.set_own_python(str(tmp_path / "gone"))
    found = interpreter.find_interpreter()
    assert found.interpreter is None
    assert found.words == f"The chosen Python does not exist: {tmp_path / 'gone'}"


def test_torch_alone_in_slicers_python_does_not_serve(
    interpreter: Any, choices: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interpreter, "NEEDED", {"torch": "2.5", "monai": "99", "ugmcl-no-such-package": "1"})
    found = interpreter.find_interpreter()
    assert found.interpreter is None
    assert "but not what else is needed (monai, ugmcl-no-such-package)" in found.words


def test_a_torch_that_is_too_old_does_not_serve(
    interpreter: Any, choices: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interpreter, "_version", lambda name: "2.4.1+cu121" if name == "torch" else "99")
    assert interpreter.find_interpreter().interpreter is None
    monkeypatch.setattr(interpreter, "_version", lambda name: "2.10.0+cu126" if name == "torch" else "99")
    assert interpreter.find_interpreter().interpreter is not None


def test_why_a_card_is_not_used_is_said(interpreter: Any, choices: Any) -> None:
    made(interpreter.environment_folder(), torch="2.13.0+cpu", remark="RTX 2080 is not used: why")
    assert interpreter.find_interpreter().words.endswith(". RTX 2080 is not used: why.")


def test_it_is_quick_and_imports_nothing_heavy(interpreter: Any) -> None:
    began = time.monotonic()
    interpreter.find_interpreter()
    assert time.monotonic() - began < 0.5
    assert "torch" not in sys.modules


def test_inside_an_application_pythonslicer_is_taken_from_the_path(
    interpreter: Any, launcher: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert interpreter.slicer_python() == sys.executable
    monkeypatch.setattr(interpreter.sys, "executable", "/opt/Slicer/bin/SlicerApp-real")
    monkeypatch.setenv("PATH", str(launcher.parent))
    assert interpreter.slicer_python() == str(launcher)

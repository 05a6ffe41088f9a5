"""What "Copy diagnostics" puts together: facts, and no names."""

from __future__ import annotations

import getpass
import time
from pathlib import Path
from typing import Any

import pytest

from ugmcl import __version__

pytestmark = pytest.mark.timeout(240)


def collected(host: Any) -> str:
    from ugmcl.slicer.diagnostics import collect_diagnostics

    texts: list[str] = []
    began = time.monotonic()
    background = collect_diagnostics(texts.append)
    assert time.monotonic() - began < 0.5
    host.wait_until(lambda: texts, 150, "the diagnostics")
    del background
    return texts[0]


def test_with_an_interpreter_doctor_speaks(host: Any) -> None:
    text = collected(host)
    assert text.startswith(f"UG-MCL {__version__} in Slicer ")
    assert "Computed by Slicer's Python with PyTorch" in text
    assert "torch" in text
    assert "memory" in text.lower()
    assert str(Path.home()) not in text
    assert "ended with status" not in text


def test_without_one_the_basics_are_told(host: Any, without_torch: None) -> None:
    text = collected(host)
    assert "not set up on this computer yet" in text
    assert "NVIDIA card: " in text
    assert "GB free" in text


def test_an_interpreter_that_fails_is_part_of_the_text(host: Any, choices: Any, tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho 'no such library'\nexit 4\n", encoding="ascii")
    program.chmod(0o755)
    choices.set_own_python(str(program))
    text = collected(host)
    assert "no such library" in text
    assert "ugmcl doctor ended with status 4" in text
    program.chmod(0o644)
    assert "ugmcl doctor: " in collected(host)


def test_a_launcher_that_never_answers_is_ended_with_its_child(
    host: Any, choices: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ugmcl.slicer import diagnostics

    monkeypatch.setattr(diagnostics, "PATIENCE_S", 1.0)
    program = tmp_path / "PythonSlicer"
    program.write_text("#!/bin/sh\nsleep 600\n", encoding="ascii")
    program.chmod(0o755)
    choices.set_own_python(str(program))
    began = time.monotonic()
    assert "ended with status None" in collected(host)
    assert time.monotonic() - began < 20


def test_names_are_left_out(monkeypatch: pytest.MonkeyPatch, host: Any) -> None:
    from ugmcl.slicer.diagnostics import without_names

    monkeypatch.setattr(Path, "home", lambda: Path("/people/zoe.meier"))
    monkeypatch.setattr(getpass, "getuser", lambda: "zoe.meier")
    assert without_names("at /people/zoe.meier/data") == "at ~/data"
    assert without_names("at /media/zoe.meier/disk") == "at /media/<user>/disk"
    assert without_names("anzoe.meierx") == "anzoe.meierx"
    monkeypatch.setattr(Path, "home", lambda: Path("/"))
    monkeypatch.setattr(getpass, "getuser", lambda: "al")
    assert without_names("/usr/lib/al") == "/usr/lib/al"

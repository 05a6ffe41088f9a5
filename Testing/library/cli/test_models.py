"""``ugmcl models``: the round through export, import, verification and removal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ugmcl.cli import main as program


@pytest.fixture
def own_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UGMCL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_model_goes_round(
    own_library: Path, tiny_package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = tmp_path / "tiny.zip"
    assert program.main(["models", "export", str(tiny_package), str(archive)]) == 0
    assert program.main(["models", "import", str(archive)]) == 0
    capsys.readouterr()
    assert program.main(["models", "list", "--json"]) == 0
    listed = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert listed["tiny"]["place"] == "own" and own_library in Path(listed["tiny"]["path"]).parents
    assert program.main(["models", "show", "tiny"]) == 0
    assert "posterior hippocampus" in capsys.readouterr().out
    assert program.main(["models", "verify", "tiny@1.0"]) == 0
    (Path(listed["tiny"]["path"]) / "weights.safetensors").write_bytes(b"damaged")
    assert program.main(["models", "verify"]) == 2
    assert program.main(["models", "remove", "tiny"]) == 0
    capsys.readouterr()
    assert program.main(["models", "show", "tiny"]) == 2
    assert "no model tiny" in capsys.readouterr().err


def test_a_foreign_archive_is_one_line(
    own_library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign = tmp_path / "model.zip"
    foreign.write_bytes(b"PK not really")
    assert program.main(["models", "import", str(foreign)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not list(own_library.rglob("model.json"))


def test_an_action_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["models"]) == 2
    assert "ACTION" in capsys.readouterr().err

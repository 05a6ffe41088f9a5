"""A run's model in the library: its version counted up, nothing overwritten, nothing twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from ugmcl.errors import UserError
from ugmcl.models.exchange import export_model, import_model, remove_model
from ugmcl.models.library import find_model, list_models, verify_model
from ugmcl.models.package import ModelPackage
from ugmcl.models.registration import copies_of, next_version, register_run_model, registered_model

Write = Callable[..., ModelPackage]


@pytest.fixture
def run(tmp_path: Path, write: Write, home: Path) -> Path:
    """A run's folder with a model."""
    folder = tmp_path / "läufe" / "run 1"
    folder.mkdir(parents=True)
    write("model", place=folder, training={"method": "ug-mcl", "data": {"cases": {"labelled": 5}}})
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def test_it_is_copied_and_the_run_keeps_its_own(run: Path, home: Path) -> None:
    before = contents(run / "model")
    package = register_run_model(run)
    assert package.id == "tiny@1.0" and package.path == home / "models" / "tiny@1.0"
    assert contents(run / "model") == before == contents(package.path)
    assert find_model("tiny").training["data"] == {"cases": {"labelled": 5}}


def test_a_second_time_nothing_happens(run: Path, home: Path) -> None:
    first = register_run_model(run)
    assert registered_model(find_model(run / "model")) == first
    assert register_run_model(run) == first
    assert len(list_models()) == 1


def test_another_model_of_its_name_stays_and_the_version_is_counted_up(
    run: Path, write: Write, home: Path
) -> None:
    other = import_model(write("other", title="Another one").path)
    before = contents(other.path)
    package = register_run_model(run)
    assert package.id == "tiny@1.1"
    assert contents(other.path) == before
    assert "1.1" in (package.path / "card.md").read_text(encoding="utf-8"), "the card says what it is"
    assert verify_model(next(entry for entry in list_models() if entry.id == "tiny@1.1")) == ""
    assert register_run_model(run).id == "tiny@1.1", "it knows itself under the counted version"
    assert not [path for path in (home / "models").iterdir() if path.name.startswith(".")]


def test_a_damaged_model_and_other_letters_take_a_name_too(run: Path, write: Write, home: Path) -> None:
    damaged = import_model(write("other", title="Another one").path)
    (damaged.path / "model.json").write_text("{", encoding="utf-8")
    import_model(write("third", name="Tiny", version="1.1").path)
    assert register_run_model(run).id == "tiny@1.2"


def test_another_name(run: Path, home: Path, tmp_path: Path) -> None:
    package = register_run_model(run, "liver-site")
    assert package.id == "liver-site@1.0"
    assert "liver-site" in (package.path / "card.md").read_text(encoding="utf-8")
    assert find_model(run / "model").name == "tiny"
    assert [copy.id for copy in copies_of(find_model(run / "model"))] == [package.id]
    archive = export_model(package, tmp_path / "liver.zip")
    remove_model(package.id)
    assert import_model(archive).id == package.id


@pytest.mark.parametrize("name", ["../evil", "a b", "naïve", "x" * 65])
def test_a_name_that_cannot_be(run: Path, home: Path, name: str) -> None:
    with pytest.raises(UserError, match="the name"):
        register_run_model(run, name)
    assert not list_models()


def test_no_model_yet_and_a_damaged_one(run: Path, home: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no model yet"):
        register_run_model(tmp_path)
    weights = run / "model" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(UserError, match="damaged"):
        register_run_model(run)
    assert not list_models()


def test_versions_are_counted() -> None:
    assert [next_version(v) for v in ("1.0", "1.9", "2", "beta", "1.0-rc1")] == [
        "1.1", "1.10", "3", "beta.1", "1.0-rc2",
    ]  # fmt: skip

"""The library: where models are found, and that none hides another."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ugmcl.errors import UserError
from ugmcl.models.exchange import export_model, import_model, remove_model
from ugmcl.models.library import find_model, list_models, verify_model
from ugmcl.models.package import ModelPackage
from ugmcl.models.places import shipped_folders

Write = Callable[..., ModelPackage]


@pytest.fixture
def shipped(tmp_path: Path, home: Path) -> Path:
    folder = tmp_path / "shipped"
    folder.mkdir()
    return folder


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "Klinik für Röntgen"
    folder.mkdir()
    monkeypatch.setenv("UGMCL_MODELS", f"{folder}{os.pathsep}{tmp_path / 'absent'}")
    return folder


def test_all_places_are_listed(write: Write, shipped: Path, site: Path, strange: Path) -> None:
    write("a", shipped, name="alpha")
    write("b", site, name="beta")
    import_model(write("c", strange, name="gamma").path or "")
    found = [(entry.id, entry.place.kind) for entry in list_models()]
    assert found == [("alpha@1.0", "shipped"), ("beta@1.0", "site"), ("gamma@1.0", "own")]
    assert {find_model(name).name for name in ("alpha", "beta@1.0", "gamma")} == {"alpha", "beta", "gamma"}


def test_a_place_may_be_a_model_itself(write: Write, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("b", site, name="beta")
    monkeypatch.setenv("UGMCL_MODELS", str(site / "b"))
    assert [entry.name for entry in list_models() if entry.place.kind == "site"] == ["beta"]


def test_two_versions_never_hide_each_other(write: Write, shipped: Path, site: Path) -> None:
    write("one", shipped)
    write("two", site, version="2.0", title="The site's")
    with pytest.raises(
        UserError, match=r"several models .*tiny@1\.0 \(shipped.*tiny@2\.0.*Name one with its version"
    ):
        find_model("tiny")
    assert find_model("tiny@2.0").title == "The site's"
    assert find_model("tiny@1.0").path == shipped / "one"


def test_one_version_with_two_contents(write: Write, shipped: Path, site: Path) -> None:
    write("one", shipped)
    write("two", site, title="Another of the same name")
    with pytest.raises(UserError, match=r"several models .*Name one by its folder"):
        find_model("tiny@1.0")
    assert find_model(site / "two").title == "Another of the same name"


def test_copies_are_one_model(write: Write, shipped: Path, site: Path) -> None:
    write("one", shipped)
    write("copy", site)
    assert find_model("tiny").path == shipped / "one"
    assert len(list_models()) == 2


def test_a_damaged_model_is_listed_and_hides_nothing(write: Write, shipped: Path, site: Path) -> None:
    write("tiny@1.0", shipped)
    broken = write("tiny@3.0", site, version="3.0")
    assert broken.path
    (broken.path / "model.json").write_text("{", encoding="utf-8")
    entries = {entry.id: entry for entry in list_models()}
    assert entries["tiny@3.0"].package is None and "damaged" in entries["tiny@3.0"].title
    with pytest.raises(UserError, match=r"tiny@3\.0 .*damaged"):
        find_model("tiny")
    with pytest.raises(UserError, match="damaged"):
        find_model("tiny@3.0")
    assert find_model("tiny@1.0").version == "1.0"


def test_verification_reads_the_weights(write: Write, shipped: Path) -> None:
    package = write("one", shipped)
    (entry,) = list_models()
    assert verify_model(entry) == ""
    package.weights_path.write_bytes(package.weights_path.read_bytes()[:-1])
    assert "SHA-256" in verify_model(entry)


def test_unknown_names_get_a_suggestion(write: Write, shipped: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="models import"):
        find_model("hippocampus")
    write("one", shipped, name="hippocampus")
    with pytest.raises(UserError, match="Did you mean hippocampus"):
        find_model("hipocampus")
    with pytest.raises(UserError, match="no such model"):
        find_model(tmp_path / "nothing")
    with pytest.raises(UserError, match="no such model"):
        find_model("some/where")


def test_paths_of_packages_runs_and_zips(write: Write, strange: Path, home: Path) -> None:
    package = write("model", strange / "run")
    assert find_model(strange / "run") == package == find_model(str(strange / "run" / "model"))
    assert find_model(strange / "run" / "model" / "model.json") == package
    archive = export_model(package, strange / "m.zip")
    with pytest.raises(UserError, match="models import"):
        find_model(archive)


def test_a_folder_here_does_not_hide_a_name(
    write: Write, shipped: Path, strange: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("one", shipped)
    write("tiny", strange, title="In the working folder")
    monkeypatch.chdir(strange)
    assert find_model("tiny").title == "Tiny model"
    assert find_model("./tiny").title == "In the working folder"


def test_there_and_back_through_a_zip(write: Write, strange: Path, home: Path) -> None:
    package = write("m", pictures=[{"file": "a.png", "caption": "A"}])
    assert package.path
    (package.path / "a.png").write_bytes(b"picture")
    (package.path / "notes of a patient.txt").write_text("not part of the model")
    archive = export_model(package, strange / "öffentlich.zip")
    again = import_model(archive)
    assert again.path == home / "models" / "tiny@1.0"
    assert sorted(os.listdir(again.path)) == ["a.png", "card.md", "model.json", "weights.safetensors"]
    assert import_model(archive) == again  # the very same model, twice
    assert os.listdir(home / "models") == ["tiny@1.0"]
    assert export_model("tiny", strange / "second.zip").read_bytes() == archive.read_bytes()


def test_a_zip_that_was_made_by_hand_of_the_folder(write: Write, strange: Path, home: Path) -> None:
    write("m")
    made = shutil.make_archive(str(strange / "by hand"), "zip", strange, "m")
    assert import_model(made).id == "tiny@1.0"


def test_import_refuses_another_model_of_the_same_name(write: Write, shipped: Path, home: Path) -> None:
    write("one", shipped)
    other = write("two", title="Another")
    with pytest.raises(UserError, match=r"called tiny@1\.0 already \(shipped"):
        import_model(other.path or "")
    assert os.listdir(home / "models") == []


def test_a_damaged_import_leaves_nothing(write: Write, strange: Path, home: Path) -> None:
    package = write("m")
    archive = export_model(package, strange / "m.zip")
    package.weights_path.write_bytes(package.weights_path.read_bytes()[:-9])
    with pytest.raises(UserError, match="SHA-256"):
        import_model(package.path or "")
    archive.write_bytes(archive.read_bytes()[:-500])
    with pytest.raises(UserError):
        import_model(archive)
    assert os.listdir(home / "models") == []


def test_only_ones_own_models_are_removed(write: Write, shipped: Path, strange: Path, home: Path) -> None:
    write("one", shipped)
    with pytest.raises(UserError, match="shipped with UG-MCL and stays"):
        remove_model("tiny")
    import_model(write("mine", name="mine").path or "")
    remove_model("mine")
    assert os.listdir(home / "models") == []
    with pytest.raises(UserError, match="no model mine"):
        remove_model("mine")


def test_a_damaged_model_can_be_removed(write: Write, home: Path) -> None:
    package = import_model(write().path or "")
    assert package.path
    (package.path / "model.json").write_text("")
    remove_model("tiny@1.0")
    assert list_models() == []


def test_shipped_models_are_found_from_the_source_tree_and_from_a_wheel(root: Path) -> None:
    expected = [root / "Resources" / "Models", root / "ugmcl" / "Resources" / "Models"]
    assert shipped_folders() == expected


def test_description_is_plain_json(write: Write) -> None:
    data = json.loads(((write().path or Path()) / "model.json").read_text(encoding="utf-8"))
    assert data["format"] == "ugmcl-model/1"
    assert set(data) >= {
        "name", "version", "title", "description", "intended_use", "licence", "citation", "attribution",
        "network", "weights", "segments", "input", "uncertainty", "figures", "training",
    }  # fmt: skip

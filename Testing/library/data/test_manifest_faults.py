"""A manifest that makes no sense is refused in one line that names file and case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ugmcl.data.dataset import load_dataset
from ugmcl.errors import UserError

GOOD_CASE = {"id": "a", "image": "a.nrrd", "label": "l.nrrd"}


def load(tmp_path: Path, data: object, name: str = "m.json"):
    path = tmp_path / name
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return load_dataset(path)


@pytest.mark.parametrize(
    "change,words",
    [
        ({"id": None}, "no id"),
        ({"id": "../evil"}, "cannot name a case"),
        ({"id": "a/b"}, "cannot name a case"),
        ({"id": "con"}, "cannot name a case"),
        ({"id": ".hidden"}, "cannot name a case"),
        ({"id": "x" * 200}, "cannot name a case"),
        ({"id": True}, "must be text"),
        ({"image": None}, "image must be"),
        ({"image": []}, "image must be"),
        ({"image": [1]}, "image must be"),
        ({"image": ""}, "empty"),
        ({"image": "../a.nrrd"}, "leaves the data set's folder"),
        ({"image": "/etc/passwd"}, "leaves the data set's folder"),
        ({"image": "C:\\scans\\a.nrrd"}, "leaves the data set's folder"),
        ({"image": "x/../../a.nrrd"}, "leaves the data set's folder"),
        ({"label": "..\\l.nrrd"}, "leaves the data set's folder"),
        ({"label": 3.5}, "must be text"),
        ({"role": "train"}, "unknown role 'train'"),
        ({"label": None, "role": "validation"}, "needs a label"),
        ({"lable": "l.nrrd"}, "unknown key 'lable'"),
        ({"patient": ["x"]}, "must be text"),
    ],
)
def test_faults_of_a_case(tmp_path: Path, change: dict, words: str) -> None:
    with pytest.raises(UserError) as caught:
        load(tmp_path, {"labels": {"1": "x"}, "cases": [GOOD_CASE | change]})
    assert words in str(caught.value)
    assert "m.json, case" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change,words",
    [
        ({"cases": None}, "list named cases"),
        ({"cases": {}}, "list named cases"),
        ({"cases": []}, "no cases"),
        ({"cases": ["a.nrrd"]}, "not an object"),
        ({"labels": []}, "labels must be"),
        ({"labels": {"0": "background"}}, "background only"),
        ({"labels": {"one": "x"}}, "no whole number"),
        ({"labels": {"255": "x"}}, "no whole number"),
        ({"labels": {"-1": "x"}}, "no whole number"),
        ({"labels": {"1": {}}}, "no name"),
        ({"labels": {"1": "x", "2": "x"}}, "appears twice"),
        ({"labels": {"1": "x", "01": "y"}}, "appears twice"),
        ({"labels": {"1": {"name": "x", "color": [1, 2, 3]}}}, "color"),
        ({"labels": {"1": {"name": "x", "color": "red"}}}, "color"),
        ({"labels": {"1": {"name": "x", "terminology": "y"}}}, "terminology"),
        ({"channels": "T1"}, "list of names"),
        ({"channels": ["T1", "T1"]}, "one name"),
    ],
)
def test_faults_of_the_whole(tmp_path: Path, change: dict, words: str) -> None:
    with pytest.raises(UserError, match=words):
        load(tmp_path, {"labels": {"1": "x"}, "cases": [GOOD_CASE]} | change)


@pytest.mark.parametrize(
    "text,name,words",
    [
        ("{", "m.json", "not JSON"),
        ("[]", "m.json", "not a JSON object"),
        ("[" * 100_000, "m.json", "nested too deeply|not JSON"),
        ("", "m.csv", "column id is missing"),
        ("name,image\na,b", "m.csv", "column id is missing"),
        ("id,image\na", "m.csv", "number of columns"),
        ("id,image\na,b,c", "m.csv", "number of columns"),
        ('id,image\na,"b', "m.csv", "not CSV"),
        ("id,image,colour\na,b,red", "m.csv", "unknown key 'colour'"),
        ("hello", "m.txt", "no data set"),
    ],
)
def test_faults_of_the_file(tmp_path: Path, text: str, name: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        load(tmp_path, text, name)


def test_text_that_is_not_utf8_an_empty_folder_and_nothing(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_bytes(b'{"cases": "\xff"}')
    with pytest.raises(UserError, match="UTF-8"):
        load_dataset(tmp_path / "m.json")
    with pytest.raises(UserError, match="no such data set"):
        load_dataset(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no data set"):
        load_dataset(tmp_path / "empty")
    (tmp_path / "bare" / "images").mkdir(parents=True)
    with pytest.raises(UserError, match="no cases"):
        load_dataset(tmp_path / "bare")


def test_a_link_that_leaves_the_folder_is_refused_and_may_be_allowed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.nrrd").write_bytes(b"")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link").symlink_to(outside)
    manifest = inside / "m.json"
    manifest.write_text(json.dumps({"labels": {"1": "x"}, "cases": [{"id": "a", "image": "link/a.nrrd"}]}))
    with pytest.raises(UserError, match="leaves the data set's folder"):
        load_dataset(manifest)
    assert load_dataset(manifest, allow_outside=True).cases[0].images == (inside / "link/a.nrrd",)


def test_backslashes_and_names_of_any_script_are_fine(tmp_path: Path) -> None:
    cases = [{"id": "患者 é 1", "image": "sub\\scan.nrrd", "label": "l.nrrd"}]
    loaded = load(tmp_path, {"labels": {"1": "肝"}, "cases": cases})
    assert loaded.cases[0].images == (tmp_path / "sub/scan.nrrd",)

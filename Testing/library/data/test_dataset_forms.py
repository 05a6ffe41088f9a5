"""The three forms of a data set, roles, and the draw of validation cases."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from ugmcl.data.dataset import load_dataset
from ugmcl.errors import UserError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


def write(path: Path, data: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def manifest(count: int, **extra) -> dict:
    cases = [{"id": f"c{n}", "image": f"i/c{n}.nrrd", "label": f"l/c{n}.nrrd"} for n in range(count)]
    return {"labels": {"1": "liver"}, "cases": cases, **extra}


def test_folder_with_labels_for_some(tmp_path: Path) -> None:
    touch(tmp_path, "images/a.nii.gz", "images/b.nrrd", "images/.hidden.nii", "images/notes.txt")
    touch(tmp_path, "images/series/0001.dcm", "labels/a.seg.nrrd", "labels/lost.nrrd")
    data = load_dataset(tmp_path)
    assert [(case.id, case.role) for case in data.cases] == [
        ("a", "labelled"), ("b", "unlabelled"), ("series", "unlabelled"),
    ]  # fmt: skip
    assert data.cases[0].label == tmp_path / "labels/a.seg.nrrd"
    assert data.cases[2].images == (tmp_path / "images/series",)
    assert data.channels == ("image",)
    assert any("lost" in note for note in data.notes)
    assert any("fewer than 10" in note for note in data.notes)


def test_channels_only_if_every_image_has_a_number_and_every_base_a_zero(tmp_path: Path) -> None:
    touch(
        tmp_path / "a", "images/p_0000.nrrd", "images/p_0001.nrrd", "images/q_0001.nrrd", "images/q_0000.nrrd"
    )
    data = load_dataset(tmp_path / "a")
    assert [(c.id, [f.name for f in c.images]) for c in data.cases] == [
        ("p", ["p_0000.nrrd", "p_0001.nrrd"]), ("q", ["q_0000.nrrd", "q_0001.nrrd"]),
    ]  # fmt: skip
    assert len(data.channels) == 2
    touch(tmp_path / "b", "images/p_0000.nrrd", "images/p_0001.nrrd", "images/q.nrrd")
    assert [c.id for c in load_dataset(tmp_path / "b").cases] == ["p_0000", "p_0001", "q"]
    touch(tmp_path / "c", "images/scan_0012.nrrd", "images/scan_0013.nrrd")
    assert [c.id for c in load_dataset(tmp_path / "c").cases] == ["scan_0012", "scan_0013"]
    touch(tmp_path / "d", "images/p_0000.nrrd", "images/p_0002.nrrd")
    with pytest.raises(UserError, match="_0001"):
        load_dataset(tmp_path / "d")


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "images/a.nrrd", "images/a.nii")
    with pytest.raises(UserError, match="two files"):
        load_dataset(tmp_path)


def test_manifest_with_roles_patients_and_terminology(tmp_path: Path) -> None:
    data = {
        "labels": {
            "3": {"name": "cyst", "color": [0.1, 0.2, 0.3], "terminology": {"type": {"meaning": "Cyst"}}},
            "1": {"name": "liver"},
        },
        "channels": ["T1", "T2"],
        "cases": [
            {
                "id": "a",
                "image": ["x/a1.nrrd", "x/a2.nrrd"],
                "label": "a.nrrd",
                "role": "test",
                "patient": "Doe",
            },
            {
                "id": "b",
                "image": ["x/b1.nrrd", "x/b2.nrrd"],
                "label": None,
                "role": "unlabelled",
                "patient": "Doe",
            },
            {"id": "c", "image": ["c1", "c2"], "label": "c.nrrd", "patient": 7},
        ],
    }
    loaded = load_dataset(write(tmp_path / "any.json", data))
    assert [case.role for case in loaded.cases] == ["test", "unlabelled", "labelled"]
    assert [segment.value for segment in loaded.segments] == [1, 3]
    assert loaded.segments[1].color == (0.1, 0.2, 0.3) and loaded.segments[1].terminology
    assert loaded.cases[0].images[1] == tmp_path / "x/a2.nrrd"
    assert loaded.cases[0].patient == loaded.cases[1].patient != loaded.cases[2].patient
    assert "Doe" not in repr(loaded.cases) and len(loaded.cases[0].patient) == 16
    assert loaded.cases[0].uses_label and not loaded.cases[1].uses_label


def test_patient_hashes_are_salted_by_the_manifest(tmp_path: Path) -> None:
    cases = [{"id": "a", "image": "a.nrrd", "patient": "Doe"}]
    one = load_dataset(write(tmp_path / "1.json", {"labels": {"1": "x"}, "cases": cases}))
    two = load_dataset(write(tmp_path / "2.json", {"labels": {"1": "y"}, "cases": cases}))
    assert one.cases[0].patient != two.cases[0].patient


@pytest.mark.parametrize("delimiter,bom", [(",", ""), (";", "\ufeff"), ("\t", "")])
def test_csv(tmp_path: Path, delimiter: str, bom: str) -> None:
    rows = [
        ["id", "Image", "label", "role", "patient"],
        ["a", "i/a1.nrrd|i/a2.nrrd", "l/a.nrrd", "labelled", "p1"],
        ["b", "i/b1.nrrd|i/b2.nrrd", "", "unlabelled", ""],
        ["", "", "", "", ""],
    ]
    text = bom + "\r\n".join(delimiter.join(row) for row in rows)
    data = load_dataset(write(tmp_path / "cases.csv", text))
    assert [(case.id, len(case.images), case.role) for case in data.cases] == [
        ("a", 2, "labelled"), ("b", 2, "unlabelled"),
    ]  # fmt: skip
    assert data.cases[1].label is None and data.cases[1].patient is None


def test_decathlon_first_generation(tmp_path: Path) -> None:
    touch(
        tmp_path, "imagesTr/h_1.nii.gz", "imagesTr/h_2.nii.gz", "imagesTr/._h_1.nii.gz", "imagesTs/h_9.nii.gz"
    )
    touch(tmp_path, "labelsTr/h_1.nii.gz")
    data = {
        "name": "Hippo", "modality": {"0": "MRI"}, "labels": {"0": "background", "1": "front", "2": "back"},
        "training": [{"image": "./imagesTr/h_1.nii.gz", "label": "./labelsTr/h_1.nii.gz"}],
        "test": ["./imagesTs/h_9.nii.gz"],
    }  # fmt: skip
    write(tmp_path / "dataset.json", data)
    for place in (tmp_path, tmp_path / "dataset.json"):
        loaded = load_dataset(place)
        assert [(c.id, c.role) for c in loaded.cases] == [("h_1", "labelled"), ("h_2", "unlabelled")]
        assert [(s.value, s.name) for s in loaded.segments] == [(1, "front"), (2, "back")]
        assert loaded.name == "Hippo" and loaded.modality == "MRI" and loaded.channels == ("MRI",)
        assert any("imagesTs" in note for note in loaded.notes)


def test_nnunet_second_generation(tmp_path: Path) -> None:
    touch(tmp_path, "imagesTr/k_0000.nrrd", "imagesTr/k_0001.nrrd", "labelsTr/k.nrrd")
    touch(tmp_path, "imagesTs/t_0000.nrrd", "imagesTs/t_0001.nrrd", "labelsTs/t.nrrd")
    data = {
        "channel_names": {"0": "T1", "1": "T2"},
        "labels": {"background": 0, "tumour": 1, "edema": 2, "ignore": 255},
        "numTraining": 1, "file_ending": ".nrrd",
    }  # fmt: skip
    write(tmp_path / "dataset.json", data)
    loaded = load_dataset(tmp_path)
    assert [(c.id, c.role, len(c.images)) for c in loaded.cases] == [("k", "labelled", 2), ("t", "test", 2)]
    assert loaded.channels == ("T1", "T2") and [s.name for s in loaded.segments] == ["tumour", "edema"]
    listed = {"dataset": {"k": {"images": ["imagesTr/k_0000.nrrd", "imagesTr/k_0001.nrrd"], "label": None}}}
    write(tmp_path / "dataset.json", data | listed)
    assert load_dataset(tmp_path).cases[0].role == "unlabelled"
    write(tmp_path / "dataset.json", data | {"labels": {"background": 0, "whole": [1, 2]}})
    with pytest.raises(UserError, match="several label values"):
        load_dataset(tmp_path)


def test_a_fifth_of_the_labelled_cases_validates_by_seed(tmp_path: Path) -> None:
    path = write(tmp_path / "m.json", manifest(20))
    first, again = load_dataset(path, seed=1), load_dataset(path, seed=1)
    assert Counter(case.role for case in first.cases) == {"labelled": 16, "validation": 4}
    assert [case.role for case in first.cases] == [case.role for case in again.cases]
    others = [[c.role for c in load_dataset(path, seed=seed).cases] for seed in range(2, 6)]
    assert any(other != [c.role for c in first.cases] for other in others)


def test_the_draw_does_not_depend_on_the_order_of_cases(tmp_path: Path) -> None:
    data = manifest(20)
    first = load_dataset(write(tmp_path / "a.json", data))
    second = load_dataset(write(tmp_path / "b.json", data | {"cases": data["cases"][::-1]}))
    assert {c.id for c in first.with_role("validation")} == {c.id for c in second.with_role("validation")}


def test_patients_stay_on_one_side_and_their_unlabelled_scans_too(tmp_path: Path) -> None:
    data = manifest(30)
    for number, case in enumerate(data["cases"]):
        case["patient"] = f"p{number // 3}"
        if number % 3 == 2:
            case["label"] = None
    loaded = load_dataset(write(tmp_path / "m.json", data))
    sides: dict = {}
    for case in loaded.cases:
        sides.setdefault(case.patient, set()).add(case.role)
    assert all(roles in ({"labelled", "unlabelled"}, {"validation", "excluded"}) for roles in sides.values())
    assert loaded.count("validation") == 4 and loaded.count("excluded") == 2


def test_under_ten_labelled_cases_none_validates_and_the_note_says_so(tmp_path: Path) -> None:
    loaded = load_dataset(write(tmp_path / "m.json", manifest(9)))
    assert loaded.count("labelled") == 9
    assert any("no report can compare" in note for note in loaded.notes)
    assert load_dataset(write(tmp_path / "n.json", manifest(10))).count("validation") == 2


def test_given_roles_are_kept(tmp_path: Path) -> None:
    data = manifest(20)
    data["cases"][0]["role"] = "excluded"
    loaded = load_dataset(write(tmp_path / "m.json", data))
    assert loaded.count("labelled") == 19 and not loaded.count("validation")


def test_roles_can_be_reassigned(tmp_path: Path) -> None:
    loaded = load_dataset(write(tmp_path / "m.json", manifest(3)))
    changed = loaded.reassigned({"c1": "unlabelled", "c2": "test"})
    assert [case.role for case in changed.cases] == ["labelled", "unlabelled", "test"]
    assert [case.role for case in loaded.cases] == ["labelled"] * 3
    for roles in ({"x": "test"}, {"c0": "training"}):
        with pytest.raises(UserError):
            loaded.reassigned(roles)


def test_shared_hippocampus_as_manifest_and_as_decathlon(shared_data: Path, tmp_path: Path) -> None:
    """The real files in both forms are the same cases."""
    source = shared_data / "hippocampus"
    loaded = load_dataset(source)
    assert Counter(c.role for c in loaded.cases) == {"labelled": 130, "validation": 30, "test": 40}
    names = sorted(case.id for case in loaded.cases)[:12]
    for kind, folder in (("images", "imagesTr"), ("labels", "labelsTr")):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / f"{name}.nii.gz").write_bytes(
                (source / kind / f"{name}.nii.gz").read_bytes()
            )
    labels = {"0": "background", "1": "Anterior", "2": "Posterior"}
    write(tmp_path / "dataset.json", {"labels": labels, "modality": {"0": "MRI"}, "numTraining": 12})
    decathlon = load_dataset(tmp_path)
    assert [case.id for case in decathlon.cases] == names
    assert decathlon.count("validation") == 2 and decathlon.count("labelled") == 10
    (tmp_path / "dataset.json").unlink()
    assert [segment.value for segment in load_dataset(tmp_path).segments] == [1, 2]

"""A project on disk: what was said about cases is there again, and no fault loses any of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ugmcl.data.dataset import load_dataset
from ugmcl.errors import UserError
from ugmcl.volumes.segment import Segment

SEGMENTS = (
    Segment(1, "anterior hippocampus", (0.9, 0.6, 0.0)),
    Segment(2, "posterior hippocampus", (0.3, 0.7, 0.9)),
)


@pytest.fixture
def project(host: Any, module: Any, project_data: Path, tmp_path: Path) -> Any:
    """Six cases that lie elsewhere, four with labels."""
    from UGMCLTrainingLib.cases.project import Project
    from UGMCLTrainingLib.cases.project_case import ProjectCase

    made = Project.create(tmp_path / "mein Projékt")
    cases = load_dataset(project_data).cases
    made.add([ProjectCase(c.id, c.images, c.label, c.role, source=c.label) for c in cases], ["MR"])
    made.set_segments(SEGMENTS)
    return made


def reopened(project: Any) -> Any:
    return type(project).open(project.folder)


def test_all_is_there_again(project: Any) -> None:
    first = project.cases[0].id
    project.set_roles({first: "validation"})
    project.set_confidence(first, 0.83)
    project.set_meanings({"name hippo": "anterior hippocampus"})
    again = reopened(project)
    assert again.cases == project.cases
    assert again.segments == SEGMENTS and again.channels == ("MR",)
    assert again.case(first).confidence == 0.83
    assert again.meanings == {"name hippo": "anterior hippocampus"} and again.salt == project.salt


def test_the_command_line_reads_it(project: Any, ugmcl_command: Any) -> None:
    project.set_roles({project.cases[0].id: "validation"})
    dataset = load_dataset(project.manifest, allow_outside=True)
    assert [(c.id, c.role) for c in dataset.cases] == [(c.id, c.role) for c in project.cases]
    with pytest.raises(UserError, match="leaves the data set"):
        load_dataset(project.manifest)
    said = ugmcl_command("prepare", project.folder, "--allow-outside", "--check")
    assert "0 errors, 0 warnings" in said


def test_patients_stay_grouped_over_reopening(project: Any) -> None:
    """The manifest holds hashes; reading them must not make others of them."""
    from dataclasses import replace

    hashed = project.hash_of_patient("Jane Doe 1970")
    project.update([replace(case, patient=hashed) for case in project.cases[:2]])
    again = reopened(reopened(project))
    assert [case.patient for case in again.cases[:3]] == [hashed, hashed, None]
    assert again.hash_of_patient(" Jane Doe 1970 ") == hashed and again.hash_of_patient(" ") is None
    written = project.manifest.read_text() + (project.folder / "project.json").read_text()
    assert "Jane" not in written


def test_a_case_without_label_gets_no_role_that_reads_one(project: Any) -> None:
    bare = next(case for case in project.cases if case.label is None)
    for role in ("labelled", "validation", "test"):
        with pytest.raises(UserError, match="without a label"):
            project.set_roles({bare.id: role})
    project.set_roles({bare.id: "excluded"})
    with pytest.raises(UserError, match="no role"):
        project.set_roles({bare.id: "judge"})
    with pytest.raises(UserError, match="no such case"):
        project.set_roles({"gone": "labelled"})


def test_a_label_whose_values_wait_is_not_trained_on(project: Any) -> None:
    from dataclasses import replace

    waiting = replace(project.cases[0], label=None)
    project.update([waiting])
    entry = json.loads(project.manifest.read_text())["cases"][0]
    assert (entry["role"], entry["label"]) == ("excluded", None)
    again = reopened(project).cases[0]
    assert again.waits and again.role == "labelled" and again.source == waiting.source


def test_under_ten_labelled_none_validates(project: Any) -> None:
    (note,) = project.suggest_validation()
    assert "fewer than 10" in note and project.count("validation") == 0


def test_suggested_validation_keeps_patients_together(project: Any, sample_cases: Any) -> None:
    from UGMCLTrainingLib.cases.project_case import ProjectCase

    image, label = sample_cases[0][1:]
    project.add(
        ProjectCase(f"more_{n}", (image,), label, "labelled", project.hash_of_patient(str(n // 2)))
        for n in range(10)
    )
    project.suggest_validation()
    drawn = {case.id for case in project.cases if case.role == "validation"}
    assert 1 <= len(drawn) <= 3
    for first in range(0, 10, 2):
        assert (f"more_{first}" in drawn) == (f"more_{first + 1}" in drawn)
    project.suggest_validation()
    assert drawn == {case.id for case in project.cases if case.role == "validation"}, "a second time is equal"


def test_names_that_are_taken_get_a_number(project: Any, sample_cases: Any) -> None:
    from UGMCLTrainingLib.cases.project_case import ProjectCase

    first = project.cases[0].id
    (added,) = project.add([ProjectCase(first.upper(), (sample_cases[0][1],))])
    assert added.id == f"{first.upper()}-2"
    assert project.free_ids(2) == ["case_001", "case_002"]


def with_own_files(project: Any, sample_cases: Any) -> Any:
    """Adds a case whose files lie in the project's folder."""
    import shutil

    from UGMCLTrainingLib.cases.project_case import SCENE, ProjectCase

    for folder, source in ((project.images_folder, 1), (project.labels_folder, 2)):
        folder.mkdir(exist_ok=True)
        shutil.copy(sample_cases[0][source], folder / "case_001.nii.gz")
    image, label = (f / "case_001.nii.gz" for f in (project.images_folder, project.labels_folder))
    (case,) = project.add([ProjectCase("case_001", (image,), label, "labelled", origin=SCENE, source=label)])
    return case


def test_renaming_takes_the_files_along(project: Any, sample_cases: Any) -> None:
    with_own_files(project, sample_cases)
    project.rename("case_001", "knee left")
    case = reopened(project).case("knee left")
    assert case.images[0] == project.images_folder / "knee left.nii.gz"
    assert case.images[0].is_file() and case.label.is_file() and case.source == case.label
    assert not list(project.images_folder.glob("case_001*"))
    with pytest.raises(UserError, match="another case"):
        project.rename("knee left", project.cases[0].id)
    with pytest.raises(UserError, match="cannot name"):
        project.rename("knee left", "a/b")
    elsewhere = project.cases[0]
    project.rename(elsewhere.id, "site case")
    assert project.case("site case").images == elsewhere.images, "files elsewhere stay as they are"


def test_a_failed_renaming_leaves_all_as_it_was(
    project: Any, sample_cases: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = with_own_files(project, sample_cases)
    monkeypatch.setattr(project, "_commit", lambda *_a, **_k: (_ for _ in ()).throw(UserError("full")))
    with pytest.raises(UserError, match="full"):
        project.rename("case_001", "other")
    assert case.images[0].is_file() and case.label.is_file()


def test_removed_cases_keep_their_files(project: Any, sample_cases: Any) -> None:
    for _time in range(2):
        with_own_files(project, sample_cases)
        project.remove(["case_001"])
    assert "case_001" not in {case.id for case in reopened(project).cases}
    kept = sorted(path.name for path in (project.folder / "removed" / "images").iterdir())
    assert kept == ["2-case_001.nii.gz", "case_001.nii.gz"]
    elsewhere = project.cases[0]
    project.remove([elsewhere.id])
    assert elsewhere.images[0].is_file(), "files that we did not write are never touched"


@pytest.mark.parametrize("name", ["dataset.json", "project.json"])
def test_a_truncated_file_is_one_line_and_stays(project: Any, name: str) -> None:
    file = project.folder / name
    half = file.read_bytes()[: file.stat().st_size // 2]
    file.write_bytes(half)
    with pytest.raises(UserError, match="JSON") as fault:
        reopened(project)
    assert str(file) in str(fault.value) and "\n" not in str(fault.value)
    assert file.read_bytes() == half


def test_senseless_details_are_one_line(project: Any) -> None:
    file = project.folder / "project.json"
    data = json.loads(file.read_text())
    data["cases"][project.cases[0].id]["entries"] = [{"value": "much"}]
    file.write_text(json.dumps(data))
    with pytest.raises(UserError, match="move it away"):
        reopened(project)
    file.unlink()
    assert [case.id for case in reopened(project).cases] == [case.id for case in project.cases]


def test_another_program_is_not_overwritten(project: Any) -> None:
    other = reopened(project)
    other.set_roles({other.cases[0].id: "excluded"})
    assert project.changed_on_disk()
    with pytest.raises(UserError, match="another program"):
        project.remove([project.cases[1].id])
    assert reopened(project).cases == other.cases
    assert len(project.cases) == len(other.cases), "what was not written did not happen"


def test_a_full_disk_changes_nothing(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = project.manifest.read_bytes()

    def full(*_args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ugmcl.jobs.json_files.os.fsync", full)
    with pytest.raises(UserError, match=r"No space left.*Make room"):
        project.set_roles({project.cases[0].id: "excluded"})
    monkeypatch.undo()
    assert project.manifest.read_bytes() == before
    assert project.cases[0].role == "labelled"
    assert not [p.name for p in project.folder.iterdir() if "part" in p.name]
    project.set_roles({project.cases[0].id: "excluded"})
    assert reopened(project).cases[0].role == "excluded"


def test_where_a_project_cannot_be(host: Any, module: Any, tmp_path: Path) -> None:
    from UGMCLTrainingLib.cases.project import Project

    with pytest.raises(UserError, match="no project here"):
        Project.open(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="cannot be made"):
        Project.create(tmp_path / "file" / "project")
    Project.create(tmp_path / "one")
    with pytest.raises(UserError, match="already"):
        Project.create(tmp_path / "one")
    assert Project.open(tmp_path / "one").cases == []


def test_a_manifest_that_somebody_wrote_is_kept_beside(host: Any, module: Any, project_data: Path) -> None:
    from UGMCLTrainingLib.cases.project import Project

    image = next((project_data / "images").iterdir())
    cases = [{"id": "a", "image": f"images/{image.name}", "_seen by": "Dr. No"}]
    manifest = project_data / "dataset.json"
    manifest.write_text(json.dumps({"modality": "MR", "cases": cases, "channels": ["T1"]}))
    before = manifest.read_bytes()
    project = Project.open(project_data)
    assert manifest.read_bytes() == before and not (project_data / "project.json").exists()
    project.set_roles({"a": "excluded"})
    assert (project_data / "dataset.original.json").read_bytes() == before
    assert load_dataset(project_data).modality == "MR" and load_dataset(project_data).channels == ("T1",)
    project.set_roles({"a": "unlabelled"})
    assert (project_data / "dataset.original.json").read_bytes() == before


def test_a_data_set_of_another_form_is_no_project(host: Any, module: Any, tmp_path: Path) -> None:
    from UGMCLTrainingLib.cases.project import Project

    file = tmp_path / "dataset.json"
    file.write_text(json.dumps({"labels": {"1": "x"}, "training": []}))
    with pytest.raises(UserError, match="add this one to it"):
        Project.open(tmp_path)

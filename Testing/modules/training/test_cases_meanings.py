"""What values of label files mean: by name, code, value, or the user's word; and the copies that follow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ugmcl.data.label_values import read_class_label
from ugmcl.errors import UserError
from ugmcl.volumes.reading import read_label
from ugmcl.volumes.segment import Segment
from ugmcl.volumes.segmentation_files import write_segmentation
from ugmcl.volumes.writing import write_image

LIVER = {"type": {"scheme": "SCT", "value": "10200004", "meaning": "Liver"}}
TISSUE = {"type": {"scheme": "SCT", "value": "85756007", "meaning": "Tissue"}}
SEGMENTS = (Segment(1, "liver", (1.0, 0.0, 0.0), LIVER), Segment(2, "spleen", (0.0, 1.0, 0.0)))


@pytest.fixture
def meanings(host: Any, module: Any) -> Any:
    from UGMCLTrainingLib.cases import meanings

    return meanings


def entry(value: int, name: str = "", terminology: Any = None) -> Any:
    from UGMCLTrainingLib.cases.project_case import LabelEntry

    return LabelEntry(value, name, terminology)


@pytest.mark.parametrize(
    ("value", "name", "terminology", "target", "how"),
    [
        (7, " LIVER ", None, "segment liver", "name"),
        (2, "Leber", LIVER, "segment liver", "code"),
        (2, "Gewebe", TISSUE, "", ""),  # a code that says nothing is no match
        (2, "Milz", None, "", ""),  # a foreign name under a known value is no match either
        (2, "", None, "segment spleen", "value"),
        (3, "", None, "", ""),
    ],
)
def test_who_knows_it(meanings: Any, value: int, name: str, terminology: Any, target: str, how: str) -> None:
    (found,) = meanings.meanings_of([entry(value, name, terminology)], SEGMENTS, {})
    assert (found.target, found.how) == (target, how)


def test_the_users_word_counts_most_and_only_while_its_segment_is_there(meanings: Any) -> None:
    told = {meanings.key_of(entry(9, "Liver")): "segment spleen"}
    assert meanings.meanings_of([entry(1, "LIVER")], SEGMENTS, told)[0].target == "segment spleen"
    assert meanings.meanings_of([entry(1, "LIVER")], SEGMENTS[:1], told)[0].target == "segment liver"


def test_the_table_of_values(meanings: Any) -> None:
    told = {"value 5": "ignore", "value 6": "background"}
    entries = [entry(4, "spleen"), entry(5), entry(6)]
    known = meanings.meanings_of(entries, SEGMENTS, told)
    assert meanings.table_of(known, SEGMENTS) == {4: 2, 5: 255, 6: 0}
    known = meanings.meanings_of([*entries, entry(8)], SEGMENTS, told)
    assert meanings.table_of(known, SEGMENTS) is None


def test_a_new_segment_takes_the_next_free_value(meanings: Any) -> None:
    more = meanings.with_new((Segment(1, "a", (0, 0, 0)), Segment(3, "b", (0, 0, 0))), " c ")
    assert (more[-1].value, more[-1].name) == (2, "c")
    new, lost = meanings.against_model(more[2:], SEGMENTS)
    assert [s.name for s in new] == ["c"] and [s.name for s in lost] == ["liver", "spleen"]
    renamed = (Segment(1, "Leber", (0, 0, 0), LIVER),)
    assert [s.name for s in meanings.against_model(renamed, SEGMENTS)[1]] == ["spleen"], "by its code"


def look(path: Path, folder: Path, told: Any = None, declared: Any = ()) -> Any:
    from UGMCLTrainingLib.cases.label_look import look_at
    from UGMCLTrainingLib.cases.project_case import ProjectCase

    case = ProjectCase("a", (path,), path, "labelled", source=path, declared=tuple(declared))
    return look_at(case, folder / "labels", SEGMENTS, told or {})


def values() -> Any:
    array = np.zeros((4, 5, 6), np.uint8)
    array[0], array[1], array[2, 0] = 1, 2, 255
    return array


def test_a_label_in_the_projects_values_is_used_as_it_is(meanings: Any, tmp_path: Path) -> None:
    path = write_image(tmp_path / "label.nii.gz", values(), np.eye(4))
    found = look(path, tmp_path)
    assert found.fault is None and found.case.label == path
    assert [e.value for e in found.case.entries] == [1, 2] and not (tmp_path / "labels").exists()


def test_names_in_the_file_and_values_of_another_order(meanings: Any, tmp_path: Path) -> None:
    """A .seg.nrrd whose names the training reads itself; with other letters a copy is written."""
    stored = (Segment(1, "spleen", (0, 1, 0)), Segment(2, "liver", (1, 0, 0)))
    array = np.where(values() == 255, 0, values())
    path = tmp_path / "a.seg.nrrd"
    write_segmentation(path, array, np.eye(4), stored)
    assert look(path, tmp_path).case.label == path
    loud = tmp_path / "b.seg.nrrd"
    write_segmentation(loud, array, np.eye(4), [Segment(1, "SPLEEN", (0, 1, 0)), stored[1]])
    copy = look(loud, tmp_path).case.label
    assert copy == tmp_path / "labels" / "a.nrrd"
    swapped = np.array([0, 2, 1])[array]
    for label in (path, copy):
        assert np.array_equal(read_class_label(label, SEGMENTS).array[0], swapped)


def test_a_declared_name_decides_over_the_value(meanings: Any, tmp_path: Path) -> None:
    """A NIfTI file of a data set that says value 1 is its spleen: by value it would be our liver."""
    array = values()
    path = write_image(tmp_path / "label.nii.gz", array, np.diag([1.0, 2.0, 3.0, 1.0]))
    found = look(path, tmp_path, declared=[entry(1, "spleen"), entry(2, "liver")])
    written = read_label(found.case.label)
    lookup = np.arange(256)
    lookup[[1, 2]] = 2, 1
    assert np.array_equal(written.array[0], lookup[array]), "255 stays"
    assert np.allclose(written.affine, np.diag([1.0, 2.0, 3.0, 1.0]))
    assert written.array.dtype == np.uint8


def test_waiting_then_told_then_told_otherwise(meanings: Any, tmp_path: Path) -> None:
    from UGMCLTrainingLib.cases.label_look import look_at

    path = write_image(tmp_path / "label.nrrd", np.where(values() == 2, 9, values()), np.eye(4))
    first = look(path, tmp_path).case
    assert first.waits and [e.value for e in first.entries] == [1, 9]
    second = look_at(first, tmp_path / "labels", SEGMENTS, {"value 9": "ignore"}).case
    assert set(np.unique(read_label(second.label).array)) == {0, 1, 255}
    third = look_at(second, tmp_path / "labels", SEGMENTS, {"value 9": "segment spleen"}).case
    assert set(np.unique(read_label(third.label).array)) == {0, 1, 2, 255}
    written = third.label.stat().st_mtime_ns
    again = look_at(third, tmp_path / "labels", SEGMENTS, {"value 9": "segment spleen"}).case
    assert again == third and again.label.stat().st_mtime_ns == written, "nothing is done twice"


def test_a_source_that_changed_is_mapped_anew(meanings: Any, tmp_path: Path) -> None:
    from UGMCLTrainingLib.cases.label_look import look_at

    told = {"value 9": "segment spleen"}
    path = write_image(tmp_path / "label.nrrd", np.where(values() == 2, 9, values()), np.eye(4))
    first = look(path, tmp_path, told).case
    write_image(path, np.full((4, 5, 7), 9, np.uint8), np.eye(4))
    second = look_at(first, tmp_path / "labels", SEGMENTS, told).case
    assert read_label(second.label).array.shape == (1, 4, 5, 7)


def test_labels_that_are_none(meanings: Any, tmp_path: Path) -> None:
    path = write_image(tmp_path / "label.nrrd", values().astype(np.int16) - 5, np.eye(4))
    found = look(path, tmp_path)
    assert found.fault is not None and "-5" in found.fault.message
    path.write_bytes(b"nothing")
    assert look(path, tmp_path).fault.severity == "error"
    path.unlink()
    assert look(path, tmp_path).fault.case == "a"


def test_a_copy_that_cannot_be_written_is_a_fault_of_its_case(meanings: Any, tmp_path: Path) -> None:
    path = write_image(tmp_path / "label.nrrd", np.where(values() == 2, 9, values()), np.eye(4))
    (tmp_path / "labels").write_text("a file stands here")
    found = look(path, tmp_path, {"value 9": "segment spleen"})
    assert "cannot be written" in found.fault.message and found.fault.remedy


def test_by_script_without_a_panel(meanings: Any, project_data: Path, tmp_path: Path) -> None:
    from UGMCLTrainingLib.cases.checking import check_now
    from UGMCLTrainingLib.cases.from_disk import add_found, find_cases
    from UGMCLTrainingLib.cases.project import Project

    project = Project.create(tmp_path / "project")
    project.set_segments([Segment(1, "front", (1, 0, 0)), Segment(2, "back", (0, 1, 0))])
    add_found(project, find_cases(project_data, project.hash_of_patient))
    assert not [f for f in check_now(project) if f.severity == "error"]
    assert all(case.entries for case in project.cases if case.source)
    add_found(project, find_cases(project.folder, project.hash_of_patient))
    assert len(project.cases) == 6, "a project's own folder adds nothing to it"
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no images"):
        find_cases(tmp_path / "empty", project.hash_of_patient)

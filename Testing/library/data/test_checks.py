"""Every fault of a data set is found before the start, one line each, with the case and the remedy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from ugmcl.data.checks import Finding, check_dataset, errors_of, refuse_errors
from ugmcl.data.dataset import load_dataset
from ugmcl.data.plan import plan_spec
from ugmcl.errors import UserError


def change(path: Path, edit: Callable[[np.ndarray], np.ndarray], **geometry) -> None:
    """Edit an image's voxels or geometry in place, with other code than the library's."""
    image = sitk.ReadImage(str(path))
    edited = sitk.GetImageFromArray(edit(sitk.GetArrayFromImage(image)))
    if edited.GetSize() == image.GetSize():
        edited.CopyInformation(image)
    for name, value in geometry.items():
        getattr(edited, f"Set{name}")(value)
    sitk.WriteImage(edited, str(path))


def edit_manifest(path: Path, number: int, **values) -> None:
    data = json.loads(path.read_text())
    data["cases"][number].update(values)
    path.write_text(json.dumps(data))


def findings(path: Path) -> list[Finding]:
    return check_dataset(load_dataset(path))


def single(path: Path, severity: str) -> Finding:
    """The only finding of this severity or a graver one."""
    grave = [f for f in findings(path) if f.severity == severity or f.severity == "error"]
    assert len(grave) == 1, [str(f) for f in grave]
    assert grave[0].severity == severity and grave[0].remedy and "\n" not in str(grave[0])
    return grave[0]


def test_a_sound_data_set_has_no_errors_or_warnings(ball_dataset: Path) -> None:
    assert all(finding.severity == "note" for finding in findings(ball_dataset))
    refuse_errors(findings(ball_dataset), ball_dataset)


def with_value(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def edit(array: np.ndarray) -> np.ndarray:
        array = array.astype(np.float32)
        array[3, 4, 5] = value
        return array

    return edit


@pytest.mark.parametrize(
    "kind,edit,geometry,severity,words",
    [
        ("images", with_value(np.nan), {}, "error", "not numbers"),
        ("images", with_value(np.inf), {}, "error", "not numbers"),
        ("images", lambda a: np.zeros_like(a), {}, "warning", "same value"),
        ("labels", with_value(1.5), {}, "error", "whole numbers"),
        ("labels", with_value(7), {}, "error", "unknown value 7"),
        ("labels", with_value(-1), {}, "error", "-1"),
        ("labels", lambda a: np.zeros_like(a), {}, "warning", "empty"),
        ("labels", lambda a: np.full_like(a, 255), {}, "error", "255"),
        ("labels", lambda a: a, {"Spacing": (1.0, 1.0, 1.3)}, "warning", "will be resampled"),
        (
            "labels",
            lambda a: a[:-2],
            {"Spacing": (1.0, 1.0, 1.2), "Origin": (-12.0, 7.0, 30.0)},
            "warning",
            "size",
        ),
        ("labels", lambda a: a, {"Origin": (500.0, 0.0, 0.0)}, "error", "does not lie on the image"),
    ],
)
def test_faults_inside_files(ball_dataset: Path, kind, edit, geometry, severity, words) -> None:
    change(ball_dataset.parent / kind / "ball_1.nii.gz", edit, **geometry)
    finding = single(ball_dataset, severity)
    assert finding.case == "ball_1" and words in finding.message


def test_geometry_equal_within_tolerance_is_no_finding(ball_dataset: Path) -> None:
    path = ball_dataset.parent / "labels/ball_1.nii.gz"
    change(path, lambda array: array, Origin=(-12.0 + 1e-5, 7.0, 30.0), Spacing=(1.0, 1.0 + 1e-6, 1.2))
    assert all(finding.severity == "note" for finding in findings(ball_dataset))


def test_a_label_elsewhere_gives_both_extents(ball_dataset: Path) -> None:
    change(ball_dataset.parent / "labels/ball_0.nii.gz", lambda array: array, Origin=(500.0, 0.0, 0.0))
    assert "-12..9" in single(ball_dataset, "error").message
    assert "500..521" in single(ball_dataset, "error").message


def test_colour_image(ball_dataset: Path) -> None:
    array = sitk.GetArrayFromImage(sitk.ReadImage(str(ball_dataset.parent / "images/ball_2.nii.gz")))
    image = sitk.GetImageFromArray(np.stack([array] * 3, axis=-1).astype(np.uint8), isVector=True)
    sitk.WriteImage(image, str(ball_dataset.parent / "images/ball_2.nrrd"))
    edit_manifest(ball_dataset, 2, image="images/ball_2.nrrd")
    finding = single(ball_dataset, "error")
    assert finding.case == "ball_2" and "RGB" in finding.message


def test_four_dimensional_image(ball_dataset: Path) -> None:
    image = sitk.JoinSeries([sitk.ReadImage(str(ball_dataset.parent / "images/ball_2.nii.gz"))] * 2)
    sitk.WriteImage(image, str(ball_dataset.parent / "images/ball_2.nii.gz"))
    finding = single(ball_dataset, "error")
    assert finding.case == "ball_2" and "more than three axes" in finding.message


@pytest.mark.parametrize("content", [None, b"", b"text, not an image"])
def test_unreadable_and_absent_files(ball_dataset: Path, content: bytes | None) -> None:
    path = ball_dataset.parent / "images/ball_7.nii.gz"
    path.unlink() if content is None else path.write_bytes(content)
    assert single(ball_dataset, "error").case == "ball_7"


def test_labels_of_unlabelled_cases_are_not_looked_at(ball_dataset: Path) -> None:
    edit_manifest(ball_dataset, 4, label="labels/absent.nii.gz")
    assert not errors_of(findings(ball_dataset))


def test_channels_missing(ball_dataset: Path) -> None:
    data = json.loads(ball_dataset.read_text())
    data["channels"] = ["T1", "T2"]
    for case in data["cases"]:
        case["image"] = [case["image"]] * (1 if case["id"] == "ball_3" else 2)
    ball_dataset.write_text(json.dumps(data))
    finding = single(ball_dataset, "error")
    assert finding.case == "ball_3" and "1 channel(s), 2 expected (T1, T2)" in finding.message
    other = check_dataset(load_dataset(ball_dataset), spec=plan_spec(load_dataset(ball_dataset.parent)))
    assert len(errors_of(other)) == 1


def test_same_patient_in_training_and_validation(ball_dataset: Path) -> None:
    for number in (4, 6):
        edit_manifest(ball_dataset, number, patient="Doe^Jane")
    finding = single(ball_dataset, "error")
    assert finding.case == "ball_6" and "ball_4" in finding.message and "patient" in finding.message
    assert "Doe" not in str(finding)


def test_same_image_in_training_and_validation_and_twice_in_training(ball_dataset: Path) -> None:
    """Found by voxels: the copy is another file type with other axes."""
    source = sitk.ReadImage(str(ball_dataset.parent / "images/ball_0.nii.gz"))
    turned = sitk.DICOMOrient(source, "RAS")
    sitk.WriteImage(turned, str(ball_dataset.parent / "images/copy.nrrd"))
    edit_manifest(ball_dataset, 7, image="images/copy.nrrd")
    finding = single(ball_dataset, "error")
    assert finding.case == "ball_7" and "same image as case ball_0" in finding.message
    edit_manifest(ball_dataset, 7, role="labelled")
    assert "duplicate" in single(ball_dataset, "warning").message


def test_two_cases_of_one_name(ball_dataset: Path) -> None:
    edit_manifest(ball_dataset, 1, id="Ball_0")
    assert "two cases" in single(ball_dataset, "error").message


def test_no_labelled_case_and_a_segment_that_nothing_shows(ball_dataset: Path) -> None:
    data = json.loads(ball_dataset.read_text())
    data["labels"]["9"] = {"name": "cyst"}
    ball_dataset.write_text(json.dumps(data))
    assert "cyst" in single(ball_dataset, "warning").message
    for number in range(4):
        edit_manifest(ball_dataset, number, role="excluded")
    assert any("no case is labelled" in finding.message for finding in errors_of(findings(ball_dataset)))


def test_notes_on_spacing_and_small_volumes(ball_dataset: Path) -> None:
    for kind in ("images", "labels"):
        path = ball_dataset.parent / kind / "ball_2.nii.gz"
        change(path, lambda array: array, Spacing=(1.0, 1.0, 3.0))
    dataset = load_dataset(ball_dataset)
    found = check_dataset(dataset, spec=plan_spec(dataset))
    assert {finding.severity for finding in found} == {"note"}
    spacing = [finding for finding in found if finding.case == "ball_2"]
    assert len(spacing) == 1 and "1 x 1 x 3" in spacing[0].message
    assert any("8 of 8 images are smaller" in finding.message for finding in found)


def test_all_faults_at_once_errors_first_and_the_refusal_counts_them(ball_dataset: Path) -> None:
    change(ball_dataset.parent / "images/ball_0.nii.gz", with_value(np.nan))
    change(ball_dataset.parent / "labels/ball_1.nii.gz", with_value(7))
    change(ball_dataset.parent / "labels/ball_2.nii.gz", np.zeros_like)
    found = findings(ball_dataset)
    assert [finding.case for finding in found[:3]] == ["ball_0", "ball_1", "ball_2"]
    with pytest.raises(UserError, match=r"1 more errors.*"):
        refuse_errors(found, "set")


def test_segments_by_name_whatever_their_numbers(ball_dataset: Path) -> None:
    """Two .seg.nrrd number their segments differently; the names decide."""
    from ugmcl.data.label_values import read_class_label
    from ugmcl.volumes.segment import Segment
    from ugmcl.volumes.segmentation_files import write_segmentation

    labels = np.zeros((6, 6, 6), np.uint8)
    labels[1:3], labels[3:5] = 1, 2
    names = (("left", "right"), ("right", "left"))
    dataset_segments = [Segment(1, "left", (1, 0, 0)), Segment(2, "right", (0, 1, 0))]
    for number, (one, two) in enumerate(names):
        path = ball_dataset.parent / f"{number}.seg.nrrd"
        write_segmentation(path, labels, np.eye(4), [Segment(1, one, (1, 0, 0)), Segment(2, two, (0, 1, 0))])
        read = read_class_label(path, dataset_segments).array[0]
        assert (read[1] == (1 if one == "left" else 2)).all()
        assert (read[3] == (2 if one == "left" else 1)).all()

"""Two folders of segmentations: matched by name, by segment, by place."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest

from ugmcl.errors import UserError
from ugmcl.evaluation.predictions import evaluate_predictions
from ugmcl.volumes.geometry import make_affine
from ugmcl.volumes.segment import Segment
from ugmcl.volumes.segmentation_files import write_segmentation


def label() -> np.ndarray:
    values = np.zeros((10, 11, 12), np.uint8)
    values[2:6, 3:7, 3:9], values[6:8, 3:7, 3:9] = 1, 2
    return values


def save(folder: Path, name: str, values: np.ndarray) -> None:
    """Written by nibabel, (x, y, z), half a millimetre apart along z."""
    folder.mkdir(exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(values.transpose(2, 1, 0), np.diag([1, 1, 0.5, 1.0])), folder / name)


def test_equal_names_are_compared_and_missing_ones_named(tmp_path: Path) -> None:
    truth, found = label(), label()
    found[2] = 0
    save(tmp_path / "r", "one.nii.gz", truth)
    save(tmp_path / "r", "two.nii.gz", truth)
    save(tmp_path / "p", "one.nii.gz", found)
    result = evaluate_predictions(tmp_path / "p", tmp_path / "r")
    assert result.skipped == {"two": "there is no prediction"}
    dice = {row["segment"]: row["dice"] for row in result.rows}
    assert dice == {"segment 1": pytest.approx(2 * 72 / (72 + 96)), "segment 2": 1.0}
    assert result.rows[0]["reference_volume_ml"] == pytest.approx(96 * 0.5 / 1000)


def test_named_segments_are_matched_by_name_not_by_value(tmp_path: Path) -> None:
    affine = make_affine((1.0, 1.0, 1.0), np.eye(3), (0.0, 0.0, 0.0))
    left, right = Segment(1, "left", (1, 0, 0), None), Segment(2, "right", (0, 1, 0), None)
    values = label()
    swapped = np.array([0, 2, 1], np.uint8)[values]
    for folder in ("r", "p"):
        (tmp_path / folder).mkdir()
    write_segmentation(tmp_path / "r" / "c.seg.nrrd", values, affine, [left, right])
    exchanged = [Segment(2, "left", (1, 0, 0), None), Segment(1, "right", (0, 1, 0), None)]
    write_segmentation(tmp_path / "p" / "c.seg.nrrd", swapped, affine, exchanged)
    rows = evaluate_predictions(tmp_path / "p", tmp_path / "r").rows
    assert {row["segment"]: row["dice"] for row in rows} == {"left": 1.0, "right": 1.0}


def test_nothing_in_common_and_no_folder(tmp_path: Path) -> None:
    save(tmp_path / "r", "one.nii.gz", label())
    save(tmp_path / "p", "other.nii.gz", label())
    with pytest.raises(UserError, match="both a prediction and a reference"):
        evaluate_predictions(tmp_path / "p", tmp_path / "r")
    with pytest.raises(UserError, match="no such folder"):
        evaluate_predictions(tmp_path / "nowhere", tmp_path / "r")


def test_names_without_anything_in_common_are_matched_by_value(tmp_path: Path) -> None:
    affine = make_affine((1.0, 1.0, 1.0), np.eye(3), (0.0, 0.0, 0.0))
    values = (label() == 1).astype(np.uint8)
    for folder, name in (("p", "LA"), ("r", "left atrium")):
        (tmp_path / folder).mkdir()
        segments = [Segment(1, name, (1, 0, 0), None)]
        write_segmentation(tmp_path / folder / "c.seg.nrrd", values, affine, segments)
    assert [row["dice"] for row in evaluate_predictions(tmp_path / "p", tmp_path / "r").rows] == [1.0]


def test_large_values_survive_another_axis_order(tmp_path: Path) -> None:
    values = np.where(label() == 1, 1035, 0).astype(np.int16)
    for folder in ("r", "p"):
        (tmp_path / folder).mkdir()
    nibabel.save(nibabel.Nifti1Image(values.transpose(2, 1, 0), np.eye(4)), tmp_path / "r" / "c.nii.gz")
    flipped = np.diag([-1.0, 1, 1, 1])
    flipped[0, 3] = values.shape[2] - 1
    image = nibabel.Nifti1Image(values.transpose(2, 1, 0)[::-1], flipped)
    nibabel.save(image, tmp_path / "p" / "c.nii.gz")
    rows = evaluate_predictions(tmp_path / "p", tmp_path / "r").rows
    assert [(row["segment"], row["dice"]) for row in rows] == [("segment 1035", 1.0)]

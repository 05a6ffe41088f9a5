"""The preview's planes: sides of the patient, millimetres, and the same bytes twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ugmcl.segmentation.preview import write_preview
from ugmcl.segmentation.preview_planes import PLANES, PreviewSource, turn_to_patient
from ugmcl.volumes.geometry import make_affine, reorient
from ugmcl.volumes.segment import Segment

SEGMENTS = (Segment(1, "one", (0.9, 0.6, 0.0)),)


def source(orientation: str, spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> PreviewSource:
    """Brighter on the patient's left, at the back and at the top, stored in any orientation."""
    image = np.zeros((1, 30, 30, 30), dtype=np.float32)
    image[0, :, :, 15:] += 1  # towards L
    image[0, :, 15:, :] += 2  # towards P
    image[0, 15:, :, :] += 4  # towards S
    labels = np.zeros((1, 30, 30, 30), dtype=np.uint8)
    labels[0, 10:20, 10:20, 10:20] = 1
    affine = make_affine(spacing, np.eye(3), (0, 0, 0))
    turned, turned_affine = reorient(image, affine, orientation)
    label, _ = reorient(labels, affine, orientation)
    u = (label[0] * 0.5).astype(np.float32)
    return PreviewSource(turned[0], label[0], u, turned_affine, SEGMENTS, "Model 1.0", "confidence")


@pytest.mark.parametrize("orientation", ["LPS", "RAS", "AIR", "SPL"])
def test_each_side_of_a_picture_is_the_side_its_letter_says(orientation: str) -> None:
    canonical = turn_to_patient(source(orientation))
    axial, coronal, sagittal = (canonical.plane(canonical.image, plane) for plane in PLANES)
    height, width = axial.shape
    assert [(p.left, p.right, p.top, p.bottom) for p in PLANES] == [
        ("R", "L", "A", "P"), ("R", "L", "S", "I"), ("A", "P", "S", "I"),
    ]  # fmt: skip
    assert axial[0, -1] - axial[0, 0] == 1  # right of the picture: the patient's left
    assert axial[-1, 0] - axial[0, 0] == 2  # bottom: the back
    assert coronal[0, 0] - coronal[-1, 0] == 4  # top: the head
    assert coronal[0, -1] - coronal[0, 0] == 1
    assert sagittal[0, -1] - sagittal[0, 0] == 2  # right of the picture: the back
    assert sagittal[0, 0] - sagittal[-1, 0] == 4
    assert height == width


def test_panels_have_the_size_in_mm_and_the_focus_its_place() -> None:
    thick = source("LPS", spacing=(1.0, 1.0, 3.0))
    at_focus = PreviewSource(**{**thick.__dict__, "focus_ras_mm": (-12.0, -14.0, 36.0)})
    canonical = turn_to_patient(at_focus)
    assert canonical.focus == (
        11,
        14,
        12,
    )  # voxel (12, 14, 12); the lowest slice is over 25 mm from the label
    assert [canonical.extent_mm(plane) for plane in PLANES] == [(30, 30), (30, 84), (30, 84)]
    axial, coronal, sagittal = (canonical.cross_mm(plane) for plane in PLANES)
    assert axial == (12.5, 14.5)
    assert coronal == (12.5, 84 - 34.5)
    assert sagittal == (14.5, 84 - 34.5)


def test_a_small_structure_in_a_large_volume_is_shown_large() -> None:
    labels = np.zeros((100, 200, 200), dtype=np.uint8)
    labels[50:60, 100:110, 90:100] = 1
    u = np.zeros(labels.shape, dtype=np.float32)
    big = PreviewSource(u, labels, u, np.eye(4), SEGMENTS, "", "")
    assert turn_to_patient(big).image.shape == (60, 60, 60)


def test_the_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        write_preview(tmp_path / name, source("RAS"))
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_volumes_without_contrast_or_segments_can_be_drawn(tmp_path: Path) -> None:
    nothing = np.zeros((4, 5, 6), dtype=np.float32)
    empty = PreviewSource(nothing, nothing.astype(np.uint8), nothing, np.eye(4), SEGMENTS, "", "")
    write_preview(tmp_path / "empty.png", empty)
    assert (tmp_path / "empty.png").stat().st_size > 1000

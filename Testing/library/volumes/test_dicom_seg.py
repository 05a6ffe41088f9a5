"""DICOM SEG made from our labels, read back by others: pydicom's frames, and dcmqi."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nrrd
import numpy as np
import pydicom
import pytest

from ugmcl.errors import UserError
from ugmcl.volumes import dicom_seg
from ugmcl.volumes.dicom_seg import write_dicom_seg
from ugmcl.volumes.reading import read_image
from ugmcl.volumes.segment import Segment

pytest.importorskip("highdicom", reason="DICOM SEG is written by highdicom, an optional package")


def code(value: str, meaning: str) -> dict[str, str]:
    return {"scheme": "SCT", "value": value, "meaning": meaning}


SEGMENTS = (
    Segment(
        3,
        "left atrium",
        (0.9, 0.2, 0.1),
        {"category": code("123037004", "Anatomical Structure"), "type": code("82471001", "Left atrium")},
    ),
    Segment(7, "thing without a code", (0.1, 0.2, 0.9)),
)


def label_of(shape_zyx: tuple[int, ...]) -> np.ndarray:
    """Two segments, one of them in a single slice: neither symmetrical nor full."""
    label = np.zeros(shape_zyx, np.uint8)
    label[1:-1, 1:3, 2:] = 3
    label[0, 0, 0] = 7
    return label


def places(mask: np.ndarray, affine: np.ndarray) -> np.ndarray:
    points = np.argwhere(mask)[:, ::-1] @ affine[:3, :3].T + affine[:3, 3]
    return points[np.lexsort(points.round(2).T)]


def read_by_pydicom(path: Path) -> dict[str, np.ndarray]:
    """LPS places of every segment's voxels, from positions and pixels of the frames alone."""
    data = pydicom.dcmread(path)
    shared = data.SharedFunctionalGroupsSequence[0]
    names = {s.SegmentNumber: s.SegmentLabel for s in data.SegmentSequence}
    found: dict[str, list[np.ndarray]] = {name: [] for name in names.values()}
    for own, pixels in zip(data.PerFrameFunctionalGroupsSequence, data.pixel_array, strict=True):
        orientation = shared.PlaneOrientationSequence[0].ImageOrientationPatient
        row, column = np.array(orientation[:3], float), np.array(orientation[3:], float)
        down, right = (float(s) for s in shared.PixelMeasuresSequence[0].PixelSpacing)
        start = np.array(own.PlanePositionSequence[0].ImagePositionPatient, float)
        name = names[own.SegmentIdentificationSequence[0].ReferencedSegmentNumber]
        for r, c in np.argwhere(pixels):
            found[name].append(start + c * right * row + r * down * column)
    return {name: np.array(p)[np.lexsort(np.array(p).round(2).T)] for name, p in found.items()}


@pytest.mark.parametrize("number", range(48))
def test_every_voxel_is_in_its_place_in_every_orientation(tmp_path, scene, dicom, number):
    series = dicom.series(tmp_path / "series", scene(number))
    volume = read_image(series)
    label = label_of(volume.shape_zyx)
    path = write_dicom_seg(
        tmp_path / "seg.dcm", label, volume.affine, SEGMENTS, sorted(series.iterdir()), model="test 1.0"
    )
    found = read_by_pydicom(path)
    for segment in SEGMENTS:
        expected = places(label == segment.value, volume.affine)
        np.testing.assert_allclose(found[segment.name], expected, atol=2e-3)


@pytest.mark.parametrize("number", [0, 5, 19, 30, 47])
def test_dcmqi_reads_the_same_segments(tmp_path, scene, dicom, number):
    """The converter that Slicer uses; Dice 1 on the label's own grid."""
    tool = Path(sys.executable).with_name("segimage2itkimage")
    if not tool.exists():
        pytest.skip("dcmqi is not installed on this computer")
    series = dicom.series(tmp_path / "series", scene(number))
    volume = read_image(series)
    label = label_of(volume.shape_zyx)
    path = write_dicom_seg(
        tmp_path / "seg.dcm", label, volume.affine, SEGMENTS, sorted(series.iterdir()), model="test 1.0"
    )
    out = tmp_path / "out"
    out.mkdir()
    subprocess.run(
        [tool, "-t", "nrrd", "--inputDICOM", path, "--outputDirectory", out], check=True, timeout=60
    )
    files = sorted(out.glob("*.nrrd"))
    assert len(files) == 2
    for file, segment in zip(files, SEGMENTS, strict=True):
        data, header = nrrd.read(file)
        affine = np.eye(4)
        affine[:3, :3], affine[:3, 3] = np.array(header["space directions"]).T, header["space origin"]
        assert header["space"] == "left-posterior-superior"
        np.testing.assert_allclose(
            places(data.transpose(2, 1, 0) > 0, affine),
            places(label == segment.value, volume.affine),
            atol=2e-3,
        )


def test_every_slice_is_present_and_refers_to_its_source(tmp_path, scene, dicom):
    series = dicom.series(tmp_path / "series", scene(0))
    volume = read_image(series)
    path = write_dicom_seg(
        tmp_path / "seg.dcm",
        label_of(volume.shape_zyx),
        volume.affine,
        SEGMENTS,
        sorted(series.iterdir()),
        model="hippocampus 1.0",
    )
    data, slices = pydicom.dcmread(path), [pydicom.dcmread(file) for file in series.iterdir()]
    assert data.NumberOfFrames == len(slices) * len(SEGMENTS)
    sources = {s.SOPInstanceUID for s in slices}
    referred = {
        frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        for frame in data.PerFrameFunctionalGroupsSequence
    }
    assert referred == sources
    assert data.StudyInstanceUID == slices[0].StudyInstanceUID
    assert data.FrameOfReferenceUID == slices[0].SeriesInstanceUID  # the slices name none
    first = data.SegmentSequence[0]
    assert first.SegmentedPropertyTypeCodeSequence[0].CodeValue == "82471001"
    assert first.SegmentAlgorithmName == "hippocampus 1.0" and first.SegmentAlgorithmType == "AUTOMATIC"


def test_what_cannot_be_written_is_said(tmp_path, scene, dicom, monkeypatch):
    series = dicom.series(tmp_path / "series", scene(0))
    volume, files = read_image(series), sorted(series.iterdir())
    label = label_of(volume.shape_zyx)

    def write(labels: np.ndarray, affine: np.ndarray, sources: list[Path]) -> None:
        write_dicom_seg(tmp_path / "seg.dcm", labels, affine, SEGMENTS, sources, model="test 1.0")

    with pytest.raises(UserError, match="nothing is segmented"):
        write(np.zeros_like(label), volume.affine, files)
    shifted = volume.affine.copy()
    shifted[:3, 3] += 0.3
    with pytest.raises(UserError, match="not lie on the voxels"):
        write(label, shifted, files)
    with pytest.raises(UserError, match="outside of the DICOM series"):
        write(label, volume.affine, files[:3])
    monkeypatch.setattr(dicom_seg, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="highdicom"):
        write(label, volume.affine, files)
    assert not (tmp_path / "seg.dcm").exists() and not list(tmp_path.glob(".*.dcm"))


def test_a_multi_frame_source(tmp_path, scene, dicom):
    it = scene(13)
    data = dicom.enhanced(it.image, it.affine, [3, 0, 6, 1, 5, 2, 4])
    (file,) = dicom.save(tmp_path / "series", [data]).iterdir()
    volume = read_image(file)
    label = label_of(volume.shape_zyx)
    path = write_dicom_seg(tmp_path / "seg.dcm", label, volume.affine, SEGMENTS, [file], model="test 1.0")
    found = read_by_pydicom(path)
    for segment in SEGMENTS:
        expected = places(label == segment.value, volume.affine)
        np.testing.assert_allclose(found[segment.name], expected, atol=2e-3)

"""All 48 orientations, oblique and anisotropic, through every format, by where landmarks lie."""

from __future__ import annotations

import nibabel
import nrrd
import numpy as np
import pytest
import SimpleITK as sitk

from ugmcl.volumes.geometry import axis_codes, reorient
from ugmcl.volumes.reading import read_image, read_label
from ugmcl.volumes.resampling import resample
from ugmcl.volumes.segment import Segment
from ugmcl.volumes.segmentation_files import write_segmentation
from ugmcl.volumes.writing import write_image

EVERY = pytest.mark.parametrize("number", range(48))


@EVERY
@pytest.mark.parametrize("forms", ["both", "sform", "qform"])
def test_nifti_of_nibabel(tmp_path, scene, number, forms):
    it = scene(number)
    image = nibabel.Nifti1Image(it.image, it.ras)
    image.set_sform(it.ras, 1 if forms != "qform" else 0)
    image.set_qform(it.ras, 1 if forms != "sform" else 0)
    nibabel.save(image, tmp_path / "scan.nii.gz")
    volume = read_image(tmp_path / "scan.nii.gz")
    it.assert_in_place(volume.array[0], volume.affine)
    np.testing.assert_allclose(volume.spacing_mm, (0.7, 1.3, 2.9), rtol=1e-6)


@EVERY
@pytest.mark.parametrize(
    ("space", "flips"),
    [("left-posterior-superior", (1, 1, 1)), ("right-anterior-superior", (-1, -1, 1)), ("LAS", (1, -1, 1))],
)
def test_nrrd_of_pynrrd(tmp_path, scene, number, space, flips):
    it = scene(number)
    affine = np.diag([*flips, 1.0]) @ it.affine
    header = {"space": space, "space directions": affine[:3, :3].T, "space origin": affine[:3, 3]}
    nrrd.write(str(tmp_path / "scan.nrrd"), it.image, header)
    volume = read_image(tmp_path / "scan.nrrd")
    it.assert_in_place(volume.array[0], volume.affine, 1e-9)
    assert volume.notes == ()


@EVERY
@pytest.mark.parametrize("name", ["scan.mha", "scan.mhd"])
def test_metaimage_of_simpleitk(tmp_path, scene, number, name):
    it = scene(number)
    image = sitk.GetImageFromArray(it.image.T.copy())
    spacing = np.linalg.norm(it.affine[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((it.affine[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin(it.affine[:3, 3].tolist())
    sitk.WriteImage(image, str(tmp_path / name))
    volume = read_image(tmp_path / name)
    it.assert_in_place(volume.array[0], volume.affine, 1e-9)


@EVERY
def test_dicom_of_pydicom(tmp_path, scene, dicom, number):
    it = scene(number)
    volume = read_image(dicom.series(tmp_path / "series", it))
    it.assert_in_place(volume.array[0], volume.affine)


@EVERY
def test_enhanced_dicom_of_pydicom(tmp_path, scene, dicom, number):
    it = scene(number)
    path = tmp_path / "enhanced"
    dicom.enhanced(it.image, it.affine, order=[3, 1, 0, 2, 6, 5, 4]).save_as(path, enforce_file_format=True)
    volume = read_image(path)
    it.assert_in_place(volume.array[0], volume.affine)


@EVERY
def test_written_nifti_is_read_alike_by_others(tmp_path, scene, number):
    it = scene(number)
    path = write_image(tmp_path / "out.nii.gz", it.image.T, it.affine)
    other = nibabel.load(path)
    for form, code in (other.get_qform(coded=True), other.get_sform(coded=True)):
        assert code == 1
        it.assert_in_place(np.asarray(other.dataobj).T, np.diag([-1, -1, 1, 1]) @ form)
    np.testing.assert_allclose(other.get_qform(), other.get_sform(), atol=2e-5)
    again = read_image(path)
    it.assert_in_place(again.array[0], again.affine)


@EVERY
@pytest.mark.parametrize("name", ["out.nrrd", "out.mha"])
def test_written_nrrd_and_metaimage_are_exact(tmp_path, scene, number, name):
    it = scene(number)
    path = write_image(tmp_path / name, it.image.T, it.affine)
    if name == "out.nrrd":
        array, header = nrrd.read(str(path))
        assert header["space"] == "left-posterior-superior"
        affine = np.eye(4)
        affine[:3, :3], affine[:3, 3] = header["space directions"].T, header["space origin"]
        it.assert_in_place(array.T, affine, 1e-12)
    volume = read_image(path)
    np.testing.assert_allclose(volume.affine, it.affine, atol=1e-13)
    np.testing.assert_array_equal(volume.array[0], it.image.T)


@EVERY
@pytest.mark.parametrize("name", ["out.seg.nrrd", "out.nii.gz"])
def test_written_label_lies_where_the_image_lies(tmp_path, scene, number, name):
    it = scene(number)
    label = (it.image.T // 1000).astype(np.uint8)
    segments = [Segment(value, f"point {value}", (1.0, 0.0, 0.0)) for value in (1, 2, 3, 4)]
    write_segmentation(tmp_path / name, label, it.affine, segments)
    volume = read_label(tmp_path / name)
    it.assert_in_place(volume.array[0] * 1000.0, volume.affine)


@EVERY
def test_reorienting_moves_no_landmark(scene, number):
    it = scene(number)
    array = it.image.T[None]
    for orientation in ("LPS", "RAS", "PIR", "SAL"):
        turned, affine = reorient(array, it.affine, orientation)
        assert axis_codes(affine) == orientation
        assert np.shares_memory(turned, array)
        it.assert_in_place(turned[0], affine, 1e-9)
        back, affine_back = reorient(turned, affine, axis_codes(it.affine))
        np.testing.assert_array_equal(back, array)
        np.testing.assert_allclose(affine_back, it.affine, atol=1e-12)


@EVERY
@pytest.mark.parametrize("interpolation", ["nearest", "linear"])
def test_resampling_to_another_orientation_moves_no_landmark(scene, number, interpolation):
    it, target = scene(number), scene((7 * number + 5) % 48)
    turned, affine = reorient(it.image.T[None], it.affine, axis_codes(target.affine))
    moved = resample(it.image.T[None], it.affine, affine, turned.shape[1:], interpolation=interpolation)
    np.testing.assert_allclose(moved, turned, atol=2e-3)
    it.assert_in_place(np.rint(moved[0]), affine, 1e-9)

"""NIfTI as nibabel reads it, and the files where that needs care."""

from __future__ import annotations

import gzip

import nibabel
import numpy as np
import pytest

from ugmcl.errors import UserError
from ugmcl.volumes.reading import read_image, read_label

TYPES = ["u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]


def affine_ras(spacing=(1.0, 2.0, 3.0), origin=(10.0, 20.0, 30.0)):
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = origin
    return affine


@pytest.fixture
def data():
    return np.random.default_rng(0).integers(0, 100, (4, 5, 6))


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", TYPES)
def test_voxel_types_and_byte_orders(tmp_path, data, kind, order, dtype):
    header = kind.header_class(endianness=order)
    header.set_data_dtype(dtype)
    nibabel.save(kind(data.astype(dtype), affine_ras(), header), tmp_path / "a.nii")
    volume = read_image(tmp_path / "a.nii")
    assert volume.array.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(volume.array[0], data.T)
    np.testing.assert_allclose(np.diag([-1, -1, 1, 1]) @ volume.affine, affine_ras())


def test_rescaling(tmp_path, data):
    image = nibabel.Nifti1Image(data.astype(np.int16), affine_ras())
    image.header.set_slope_inter(0.25, -7.0)
    nibabel.save(image, tmp_path / "a.nii.gz")
    stored = nibabel.load(tmp_path / "a.nii.gz")
    volume = read_image(tmp_path / "a.nii.gz")
    np.testing.assert_allclose(volume.array[0].T, stored.get_fdata(), rtol=1e-6)
    assert volume.array.dtype == np.float32


def test_label_with_a_scale_factor_is_whole(tmp_path):
    label = np.zeros((4, 5, 6))
    label[1:3], label[3] = 1, 2
    image = nibabel.Nifti1Image(label, affine_ras())
    image.header.set_data_dtype(np.uint8)  # nibabel chooses a scale of 2/255
    nibabel.save(image, tmp_path / "a.nii.gz")
    assert nibabel.load(tmp_path / "a.nii.gz").dataobj.slope != 1.0
    array = read_label(tmp_path / "a.nii.gz").array
    assert array.dtype == np.uint8
    np.testing.assert_array_equal(array[0].T, label)


def test_fractional_label_is_refused(tmp_path):
    label = np.full((4, 5, 6), 0.5, dtype=np.float32)
    nibabel.save(nibabel.Nifti1Image(label, affine_ras()), tmp_path / "a.nii.gz")
    volume = read_label(tmp_path / "a.nii.gz")
    with pytest.raises(UserError, match=r"a\.nii\.gz.*no whole numbers.*nearest"):
        _ = volume.array


@pytest.mark.parametrize("values", [(-1, 3), (0, 300), (0, 70000)])
def test_whole_numbers_of_a_float_label_are_kept(tmp_path, values):
    label = np.full((4, 5, 6), values[0], dtype=np.float64)
    label[2] = values[1]
    nibabel.save(nibabel.Nifti1Image(label, affine_ras()), tmp_path / "a.nii.gz")
    array = read_label(tmp_path / "a.nii.gz").array
    assert array.dtype.kind in "iu" and sorted(np.unique(array)) == sorted(values)


def test_a_fourth_axis_of_length_one_is_dropped(tmp_path, data):
    nibabel.save(nibabel.Nifti1Image(data[..., None].astype(np.int16), affine_ras()), tmp_path / "a.nii.gz")
    assert read_image(tmp_path / "a.nii.gz").array.shape == (1, 6, 5, 4)


def test_micrometres(tmp_path, data):
    image = nibabel.Nifti1Image(data.astype(np.int16), affine_ras((700.0, 700.0, 900.0)))
    image.header.set_xyzt_units("micron")
    nibabel.save(image, tmp_path / "a.nii.gz")
    np.testing.assert_allclose(read_image(tmp_path / "a.nii.gz").spacing_mm, (0.7, 0.7, 0.9), rtol=1e-6)


def test_half_turn_in_the_qform(tmp_path, scene):
    it = scene(0, oblique=False)
    turned = np.diag([1.0, -1.0, -1.0, 1.0]) @ it.affine
    image = nibabel.Nifti1Image(it.image, None)
    image.set_qform(np.diag([-1.0, -1.0, 1.0, 1.0]) @ turned, 1)
    image.set_sform(None, 0)
    nibabel.save(image, tmp_path / "a.nii.gz")
    np.testing.assert_allclose(read_image(tmp_path / "a.nii.gz").affine, turned, atol=1e-5)


def test_no_orientation_is_said(tmp_path, data):
    image = nibabel.Nifti1Image(data.astype(np.int16), None)
    image.header["pixdim"][1:4] = 1, 2, 3
    image.header["qform_code"] = image.header["sform_code"] = 0
    nibabel.save(image, tmp_path / "a.nii.gz")
    volume = read_image(tmp_path / "a.nii.gz")
    np.testing.assert_allclose(volume.affine, np.diag([1, 2, 3, 1]))
    assert "left and right may be swapped" in volume.notes[0]


def sheared(amount=0.3):
    affine = affine_ras()
    affine[:3, 2] += amount * affine[:3, 0]
    return affine


def test_shear_is_resampled_in_place_and_said(tmp_path):
    """A straight rod along the sheared z axis is slanted in space: checked by its centre in each slice."""
    image = np.zeros((20, 12, 10), dtype=np.float32)
    image[8, 6, :] = 100.0
    form = nibabel.Nifti1Image(image, None)
    form.set_sform(sheared(), 1)
    form.header["pixdim"][1:4] = np.linalg.norm(sheared()[:3, :3], axis=0)
    form.set_qform(None, 0)
    nibabel.save(form, tmp_path / "a.nii.gz")
    volume = read_image(tmp_path / "a.nii.gz")
    assert len(volume.notes) == 1 and "sheared axes of 5.7 degrees" in volume.notes[0]
    axes = volume.affine[:3, :3] / volume.spacing_mm
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-6)
    assert volume.array.shape == (1, *volume.shape_zyx)
    for k in range(10):
        expected = np.diag([-1, -1, 1, 1]) @ sheared() @ [8, 6, k, 1]
        z, y, x = np.unravel_index(np.arange(volume.array[0].size), volume.shape_zyx)
        points = volume.affine @ [x, y, z, np.ones_like(x)]
        near = np.abs(points[2] - expected[2]) < 0.01
        weights = volume.array[0].ravel()[near]
        centre = (points[:3, near] * weights).sum(axis=1) / weights.sum()
        np.testing.assert_allclose(centre, expected[:3], atol=1e-3)


def test_sheared_label_stays_a_label_on_the_image_s_grid(tmp_path):
    label = np.zeros((20, 12, 10), dtype=np.uint8)
    label[5:12, 3:9, 2:8] = 7
    form = nibabel.Nifti1Image(label, None)
    form.set_sform(sheared(), 1)
    form.header["pixdim"][1:4] = np.linalg.norm(sheared()[:3, :3], axis=0)
    form.set_qform(None, 0)
    nibabel.save(form, tmp_path / "a.nii.gz")
    image, volume = read_image(tmp_path / "a.nii.gz"), read_label(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(image.affine, volume.affine)
    assert volume.array.dtype == np.uint8 and set(np.unique(volume.array)) == {0, 7}
    assert abs((volume.array == 7).sum() / (label == 7).sum() - 1) < 0.05


def test_rounding_of_an_affine_is_no_shear(tmp_path, data):
    form = nibabel.Nifti1Image(data.astype(np.int16), None)
    form.set_sform(sheared(1e-4), 1)
    form.header["pixdim"][1:4] = 1, 2, 3
    form.set_qform(None, 0)
    nibabel.save(form, tmp_path / "a.nii.gz")
    assert read_image(tmp_path / "a.nii.gz").notes == ()


def test_two_spacings_are_said(tmp_path, data):
    form = nibabel.Nifti1Image(data.astype(np.int16), None)
    form.set_sform(affine_ras(), 1)
    form.header["pixdim"][1:4] = 1, 1, 1
    nibabel.save(form, tmp_path / "a.nii.gz")
    volume = read_image(tmp_path / "a.nii.gz")
    np.testing.assert_allclose(volume.spacing_mm, (1, 2, 3))
    assert "two spacings" in volume.notes[0]


@pytest.mark.parametrize("other", [affine_ras(origin=(0.0, 0.0, 0.0)), sheared()])
def test_two_positions_are_refused(tmp_path, data, other):
    form = nibabel.Nifti1Image(data.astype(np.int16), None)
    form.set_sform(other, 4)
    form.set_qform(affine_ras(), 1)
    nibabel.save(form, tmp_path / "a.nii.gz")
    with pytest.raises(UserError, match=r"qform and sform.*differ by up to .* mm"):
        read_image(tmp_path / "a.nii.gz")


def test_voxels_are_read_late_and_once(tmp_path, data):
    path = tmp_path / "a.nii.gz"
    nibabel.save(nibabel.Nifti1Image(data.astype(np.int16), affine_ras()), path)
    volume = read_image(path)
    first = volume.source_hash
    raw = bytearray(gzip.decompress(path.read_bytes()))
    raw[352:354] = (77).to_bytes(2, "little")
    path.write_bytes(gzip.compress(bytes(raw)))
    assert volume.array[0, 0, 0, 0] == 77  # read after the change
    path.unlink()
    assert volume.array is volume.array
    assert volume.source_hash == first

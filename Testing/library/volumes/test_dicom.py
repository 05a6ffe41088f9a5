"""DICOM series that pydicom wrote: which series, which grid, which values, and what is refused."""

from __future__ import annotations

import io
import shutil

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import BasicTextSRStorage, JPEG2000Lossless, JPEGBaseline8Bit, RLELossless

from ugmcl.errors import UserError
from ugmcl.volumes.dicom import list_series
from ugmcl.volumes.geometry import shear
from ugmcl.volumes.reading import read_image
from ugmcl.volumes.writing import write_image


def test_order_of_files_does_not_matter(tmp_path, scene, dicom):
    it = scene(11)
    slices = dicom.slices(it.image, it.affine)
    forward = read_image(dicom.save(tmp_path / "a", slices))
    backward = read_image(dicom.save(tmp_path / "b", slices[::-1]))
    np.testing.assert_array_equal(forward.array, backward.array)
    np.testing.assert_array_equal(forward.affine, backward.affine)
    assert forward.source_hash == backward.source_hash


def test_same_place_as_the_nifti_of_it(tmp_path, scene, dicom):
    it = scene(3)
    series = read_image(dicom.series(tmp_path / "series", it))
    nifti = read_image(write_image(tmp_path / "a.nii.gz", series.array, series.affine))
    np.testing.assert_array_equal(series.array, nifti.array)
    np.testing.assert_allclose(series.affine, nifti.affine, atol=1e-5)


def test_series_in_folders_below(tmp_path, scene, dicom):
    it = scene(0)
    dicom.series(tmp_path / "export" / "DICOM" / "PA0" / "SE0", it)
    (tmp_path / "export" / "README.txt").write_text("nothing")
    it.assert_in_place(read_image(tmp_path / "export").array[0], read_image(tmp_path / "export").affine)


def test_mixed_series(tmp_path, scene, dicom):
    one, two = scene(0), scene(20)
    dicom.series(tmp_path / "mixed", one)
    second = dicom.slices(two.image, two.affine, SeriesInstanceUID="9.8.7", SeriesDescription="FLAIR")
    dicom.save(tmp_path / "mixed", second, prefix="Z")
    with pytest.raises(UserError) as caught:
        read_image(tmp_path / "mixed")
    for text in ("2 series", "1.2.3.4", "9.8.7", "T1 axial", "FLAIR", "series_uid"):
        assert text in str(caught.value)
    volume = read_image(tmp_path / "mixed", series_uid="9.8.7")
    two.assert_in_place(volume.array[0], volume.affine)
    with pytest.raises(UserError, match=r"no series 5\.5"):
        read_image(tmp_path / "mixed", series_uid="5.5")
    found = list_series(tmp_path / "mixed")
    assert [(s.uid, s.description, s.modality, len(s.files)) for s in found] == [
        ("1.2.3.4", "T1 axial", "MR", 7),
        ("9.8.7", "FLAIR", "MR", 7),
    ]


def test_a_report_beside_the_series_is_passed_over(tmp_path, scene, dicom):
    it = scene(0)
    slices = dicom.slices(it.image, it.affine)
    report = dicom.dataset(BasicTextSRStorage, "SR", it.image[0], SeriesInstanceUID="7.7")
    del report.PixelData, report.Rows, report.Columns
    screenshot = dicom.slices(it.image, it.affine, SeriesInstanceUID="8.8")[0]
    del screenshot.ImagePositionPatient
    volume = read_image(dicom.save(tmp_path / "series", [*slices, report, screenshot]))
    it.assert_in_place(volume.array[0], volume.affine)
    assert volume.notes == ("1 other series in the folder are no volumes: passed over",)


def test_one_slice_stands_for_its_series(tmp_path, scene, dicom):
    it = scene(0)
    folder = dicom.series(tmp_path / "series", it)
    dicom.save(folder, dicom.slices(it.image, it.affine, SeriesInstanceUID="9.9"), prefix="Z")
    volume = read_image(folder / "IM0003")
    it.assert_in_place(volume.array[0], volume.affine)
    assert volume.notes == ("one slice was given: its whole series of 7 was read",)


def test_patient_only_as_salted_hash(tmp_path, scene, dicom):
    for name, patient in (("a", "MRN 12345"), ("b", "MRN 12345"), ("c", "MRN 999"), ("d", "")):
        dicom.series(tmp_path / name, scene(0), PatientID=patient)
    hashes = {name: list_series(tmp_path / name)[0].patient_hash for name in "abcd"}
    assert hashes["a"] == hashes["b"] != hashes["c"] and hashes["d"] is None
    salted = [list_series(tmp_path / "a", salt=salt)[0].patient_hash for salt in (b"1", b"2", b"2")]
    assert salted[0] != salted[1] == salted[2]
    assert "12345" not in repr(list_series(tmp_path / "a")) and "Doe" not in repr(list_series(tmp_path / "a"))


@pytest.mark.parametrize("absent", [[3], [2, 3]])
def test_missing_slice(tmp_path, scene, dicom, absent):
    it = scene(5)
    slices = [data for k, data in enumerate(dicom.slices(it.image, it.affine)) if k not in absent]
    what = rf"lacks {len(absent)} slice.*gap follows slice {absent[0]} of the {7 - len(absent)} found"
    with pytest.raises(UserError, match=what):
        read_image(dicom.save(tmp_path / "series", slices))


def shifted(slices, k, mm, affine):
    normal = affine[:3, 2] / np.linalg.norm(affine[:3, 2])
    slices[k].ImagePositionPatient = [round(v, 9) for v in slices[k].ImagePositionPatient + mm * normal]
    return slices


def test_uneven_spacing(tmp_path, scene, dicom):
    it = scene(5)  # slices are 2.9 mm apart
    slices = dicom.slices(it.image, it.affine)
    small = read_image(dicom.save(tmp_path / "a", shifted(slices, 3, 0.2, it.affine)))
    assert small.notes == ("slices are spaced unevenly by up to 0.2 mm; taken as even",)
    with pytest.raises(UserError, match="unevenly spaced: slice 4 of 7 lies 1"):
        read_image(dicom.save(tmp_path / "b", shifted(slices, 3, 0.8, it.affine)))


def test_slices_at_the_same_place(tmp_path, scene, dicom):
    it = scene(0)
    twice = [*dicom.slices(it.image, it.affine), *dicom.slices(it.image, it.affine)]  # two time points
    with pytest.raises(UserError, match="several slices at the same place"):
        read_image(dicom.save(tmp_path / "series", twice))


def test_copied_files_are_one_slice(tmp_path, scene, dicom):
    it = scene(0)
    folder = dicom.series(tmp_path / "series", it)
    shutil.copy(folder / "IM0002", folder / "IM0002 (copy)")
    volume = read_image(folder)
    it.assert_in_place(volume.array[0], volume.affine)
    assert volume.notes == ("1 file(s) are copies of others: passed over",)


def test_gantry_tilt_is_resampled_and_said(tmp_path, dicom):
    """A rod across to the table, seen by slices tilted by 15 degrees: must come out straight."""
    tilt = np.radians(15)
    affine = np.eye(4)
    affine[:3, 1] = [0, np.cos(tilt), -np.sin(tilt)]  # rows lean, the table moves along z
    affine[:3, 2] = [0, 0, 2.0]
    size = (16, 24, 14)
    index = np.stack(np.meshgrid(*(np.arange(n) for n in size), indexing="ij"), axis=-1)
    points = index @ affine[:3, :3].T
    blob = 1000 * np.exp(-((points[..., 0] - 7) ** 2 + (points[..., 1] - 11) ** 2) / 8)
    series = dicom.save(tmp_path / "ct", dicom.slices(blob.astype(np.int16) - 1000, affine, kind="CT"))
    volume = read_image(series)
    assert volume.notes == ("gantry tilt of 15.0 degrees: resampled to a right-angled grid",)
    assert shear(volume.affine) < 1e-9
    z, y, x = np.meshgrid(*(np.arange(n) for n in volume.shape_zyx), indexing="ij")
    places = np.stack([x, y, z], axis=-1) @ volume.affine[:3, :3].T + volume.affine[:3, 3]
    expected = 1000 * np.exp(-((places[..., 0] - 7) ** 2 + (places[..., 1] - 11) ** 2) / 8)
    inside = np.linalg.solve(affine[:3, :3], places.reshape(-1, 3).T).T.reshape(places.shape)
    inside = ((inside > 0) & (inside < np.array(size) - 1)).all(axis=-1)
    assert inside.mean() > 0.5
    assert (
        np.abs(volume.array[0] + 1000 - expected)[inside].max() < 35
    )  # linear interpolation of a blob of 1000
    assert volume.array.min() == volume.array[0, 0, 0, 0] == -1000  # a corner that no slice covers


def test_rescaling_of_ct_and_of_each_slice(tmp_path, scene, dicom):
    it = scene(0)
    ct = read_image(dicom.series(tmp_path / "ct", it, kind="CT", RescaleSlope="1", RescaleIntercept="-1024"))
    assert ct.array.dtype.kind == "i" and ct.array.max() == 4000 - 1024
    pet = dicom.slices(it.image, it.affine)
    for k, data in enumerate(pet):
        data.RescaleSlope, data.RescaleIntercept = str(0.5 * (k + 1)), "3"
    array = read_image(dicom.save(tmp_path / "pet", pet)).array
    expected = it.image.T * (0.5 * (np.arange(7) + 1))[:, None, None] + 3
    np.testing.assert_allclose(array[0], expected, rtol=1e-6)
    assert array.dtype == np.float32


@pytest.mark.parametrize("syntax", ["rle", "jpeg2000", "jpeg"])
def test_compressed_pixels(tmp_path, dicom, syntax):
    image = np.random.default_rng(0).integers(0, 200, (32, 40, 4)).astype(np.uint16)
    affine = np.diag([1.0, 1.5, 2.0, 1.0])
    slices = dicom.slices(image, affine, kind="CT")
    for k, data in enumerate(slices):
        plane = image[:, :, k].T
        if syntax == "rle":
            data.compress(RLELossless)
            continue
        stream = io.BytesIO()
        if syntax == "jpeg2000":
            Image.fromarray(plane).save(stream, "JPEG2000", irreversible=False, no_jp2=True)
            data.file_meta.TransferSyntaxUID = JPEG2000Lossless
        else:
            smooth = np.add.outer(np.arange(40), np.arange(32)).astype(np.uint8) + np.uint8(10 * k)
            Image.fromarray(smooth).save(stream, "JPEG", quality=95)
            data.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
            data.BitsAllocated = data.BitsStored = 8
            data.HighBit = 7
            image[:, :, k] = smooth.T
        data.PixelData = encapsulate([stream.getvalue()])
        data["PixelData"].is_undefined_length = True
    array = read_image(dicom.save(tmp_path / "series", slices)).array[0]
    np.testing.assert_allclose(array, image.T, atol=3 if syntax == "jpeg" else 0)


def test_values_that_gdcm_cannot_decode_come_from_pydicom(tmp_path, scene, dicom):
    it = scene(0)
    slices = dicom.slices(it.image, it.affine, RescaleSlope="2", RescaleIntercept="1")
    for data in slices:
        data.compress(RLELossless)  # so small that GDCM refuses it
    volume = read_image(dicom.save(tmp_path / "series", slices))
    np.testing.assert_array_equal(volume.array[0], 2 * it.image.T.astype(int) + 1)


def test_enhanced_rescaling_by_frame(tmp_path, scene, dicom):
    it = scene(0)
    factors = {k: (k + 2.0, 10.0 * k) for k in range(7)}
    order = [4, 2, 0, 1, 3, 6, 5]
    data = dicom.enhanced(it.image, it.affine, order, rescale=factors)
    data.save_as(tmp_path / "mr.dcm", enforce_file_format=True)
    array = read_image(tmp_path / "mr.dcm").array
    expected = np.stack([it.image[:, :, k].T * factors[k][0] + factors[k][1] for k in range(7)])
    np.testing.assert_array_equal(array[0], expected)
    shared = dicom.enhanced(it.image, it.affine, order, shared=(0.5, -1.0))
    shared.save_as(tmp_path / "shared.dcm", enforce_file_format=True)
    np.testing.assert_allclose(read_image(tmp_path / "shared.dcm").array[0], it.image.T * 0.5 - 1)


def test_enhanced_faults(tmp_path, scene, dicom):
    it = scene(0)

    def refused(data, match):
        data.save_as(tmp_path / "mr.dcm", enforce_file_format=True)
        with pytest.raises(UserError, match=match):
            read_image(tmp_path / "mr.dcm")

    refused(dicom.enhanced(it.image, it.affine, [0, 1, 2, 4, 5, 6]), "lacks 1 slice")
    refused(dicom.enhanced(it.image, it.affine, [0, 1, 2, 3, 0, 1, 2, 3]), "at the same place")
    few = dicom.enhanced(it.image, it.affine, [0, 1, 2, 3])
    few.PerFrameFunctionalGroupsSequence = few.PerFrameFunctionalGroupsSequence[:2]
    refused(few, "4 frames, but places 2")
    cine = dicom.enhanced(it.image, it.affine, [0, 1, 2, 3])
    del cine.PerFrameFunctionalGroupsSequence
    refused(cine, "several frames without a position")


def changed(slices, k, **elements):
    for name, value in elements.items():
        setattr(slices[k], name, value)
    return slices


@pytest.mark.parametrize(
    ("elements", "match"),
    [
        ({"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}, "different orientation .1 of 7"),
        ({"PixelSpacing": [5, 5]}, "different pixel spacing"),
        ({"PhotometricInterpretation": "RGB", "SamplesPerPixel": 3}, "colours"),
        ({"RescaleSlope": "0"}, "rescale slope of zero"),
        ({"ImagePositionPatient": None}, "no ImagePositionPatient"),
        ({"Rows": 3, "PixelData": bytes(30)}, "different size"),
        ({"PixelData": bytes(4)}, "incomplete"),
        ({"PixelData": bytes(4), "DataSetTrailingPadding": bytes(90)}, "incomplete"),
        ({"Columns": 60000, "Rows": 60000}, "incomplete|different size"),
    ],
)
def test_refused_slices(tmp_path, scene, dicom, elements, match):
    it = scene(0, oblique=False)
    slices = changed(dicom.slices(it.image, it.affine), 4, **elements)
    with pytest.raises(UserError, match=match):
        _ = read_image(dicom.save(tmp_path / "series", slices)).array


def test_single_slice_and_nonsense_orientation(tmp_path, scene, dicom):
    it = scene(0)
    slices = dicom.slices(it.image, it.affine)
    with pytest.raises(UserError, match="single slice"):
        read_image(dicom.save(tmp_path / "one", slices[:1]))
    for data in slices:
        data.ImageOrientationPatient = [1, 0, 0, 1, 0, 0]
    with pytest.raises(UserError, match="orientation that makes no sense"):
        read_image(dicom.save(tmp_path / "bad", slices))


def test_damaged_file_in_a_series_is_named(tmp_path, scene, dicom):
    folder = dicom.series(tmp_path / "series", scene(0))
    whole = (folder / "IM0006").read_bytes()
    for length in (140, 200, 400, 800, len(whole) - 20):
        (folder / "IM0006").write_bytes(whole[:length])
        with pytest.raises(UserError):  # never a shorter volume without a word
            _ = read_image(folder).array


def test_folders_without_a_series(tmp_path, scene):
    with pytest.raises(UserError, match="holds no images"):
        read_image(tmp_path)
    it = scene(0)
    write_image(tmp_path / "a.nii.gz", it.image.T, it.affine)
    with pytest.raises(UserError, match=r"1 image file\(s\), but no DICOM"):
        read_image(tmp_path)


def test_slices_listed_as_channels_are_refused(tmp_path, scene, dicom):
    folder = dicom.series(tmp_path / "series", scene(0))
    with pytest.raises(UserError, match="list of channels"):
        read_image(sorted(folder.iterdir()))
    both = read_image([folder, folder])
    assert both.channels == 2 and both.array.shape == (2, 7, 6, 5)


def test_reading_needs_no_name(tmp_path, scene, dicom):
    """Headers are read without the elements that name the patient."""
    from ugmcl.volumes import dicom_headers

    path = dicom.series(tmp_path / "series", scene(0)) / "IM0000"
    read = pydicom.dcmread(path, specific_tags=dicom_headers._TAGS)
    assert "PatientName" not in read and "StudyDate" not in read

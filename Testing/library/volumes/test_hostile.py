"""Files that are no images, damaged ones and attacks: one line each, no traceback, nothing allocated."""

from __future__ import annotations

import contextlib
import gzip
import os
import struct
import tracemalloc

import nibabel
import nrrd
import numpy as np
import pytest
import SimpleITK as sitk

from ugmcl.errors import UserError
from ugmcl.volumes.reading import read_image, read_label

VOXELS = np.random.default_rng(0).integers(0, 1000, (12, 13, 14)).astype(np.int16)


def refused(path, match=None):
    """Reading header and voxels ends in a `UserError` of one line that names the file and a remedy."""
    for read in (read_image, read_label):
        with pytest.raises(UserError, match=match) as caught:
            _ = read(path).array
        text = str(caught.value)
        assert os.path.basename(path) in text and "\n" not in text and caught.value.remedy


def nifti_bytes(voxels=VOXELS, affine=None):
    return nibabel.Nifti1Image(voxels, np.eye(4) if affine is None else affine).to_bytes()


def patched(raw, offset, form, *values):
    out = bytearray(raw)
    struct.pack_into(form, out, offset, *values)
    return bytes(out)


@pytest.mark.parametrize(
    "name", ["a.nii.gz", "a.nii", "a.nrrd", "a.nhdr", "a.mha", "a.mhd", "a.dcm", "a.seg.nrrd"]
)
@pytest.mark.parametrize(
    "content",
    [b"hello, I am text\n" * 50, b"\x89PNG\r\n\x1a\n" + bytes(400), b"\0" * 600, b"NRRD", b"\x1f\x8b\x08"],
)
def test_other_files_under_an_image_s_name(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name)


@pytest.mark.parametrize("name", ["a.nii.gz", "a.nrrd", "a.mha", "a.txt", "a"])
def test_empty_missing_and_unknown(tmp_path, name):
    (tmp_path / name).touch()
    refused(tmp_path / name, "empty")
    (tmp_path / name).unlink()
    refused(tmp_path / name, "does not exist")


def test_unknown_kind_and_odd_places(tmp_path):
    (tmp_path / "photo.png").write_bytes(b"\x89PNG" + bytes(100))
    refused(tmp_path / "photo.png", "not a medical image")
    os.mkfifo(tmp_path / "pipe.nii.gz")
    refused(tmp_path / "pipe.nii.gz", "not a regular file")
    refused(tmp_path, "holds no images|is a folder")
    with pytest.raises(UserError, match="no image was given"):
        read_image([])


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ((42, "<3h", 32000, 32000, 32000), "declares 32000 x 32000 x 32000 voxels"),
        ((42, "<3h", 900, 900, 900), "too small to hold"),
        ((42, "<h", -5), "makes no sense"),
        ((42, "<h", 0), "makes no sense"),
        ((40, "<h", 2), "two-dimensional"),
        ((40, "<5h", 4, 12, 13, 2, 7), "more than three axes"),
        ((46, "<h", 1), "two-dimensional"),
        ((40, "<h", 100), "not a NIfTI"),
        ((70, "<h", 32), "complex"),
        ((70, "<h", 128), "colours"),
        ((70, "<h", 2304), "colours"),
        ((70, "<h", 1536), "not supported"),
        ((108, "<f", np.nan), "makes no sense"),
        ((108, "<f", -8.0), "makes no sense"),
        ((108, "<f", 1e30), "makes no sense"),
        ((108, "<f", 3000.0), "incomplete"),
        ((280, "<4f", 0, 0, 0, 0), "zero spacing"),
        ((280, "<f", np.nan), "not a number"),
        ((280, "<f", np.inf), "not a number"),
        ((292, "<f", 1e30), "makes no sense"),
        ((280, "<8f", 1, 1, 0, 0, 1, 1, 0, 0), "do not span"),
        ((80, "<3f", 0, 0, 0), "zero spacing"),
        ((344, "4s", b"ni1\0"), "half of a pair"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_nifti_headers(tmp_path, change, match, pack):
    name = "a.nii.gz" if pack is gzip.compress else "a.nii"
    (tmp_path / name).write_bytes(pack(patched(nifti_bytes(), *change)))
    tracemalloc.start()
    if pack is bytes and change[0] == 40 and len(change) > 3:
        match = "more than three axes"
    refused(tmp_path / name, match)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6


@pytest.mark.parametrize("share", [0.001, 0.02, 0.1, 0.5, 0.9, 0.999])
def test_truncated(tmp_path, share):
    image = sitk.GetImageFromArray(VOXELS)
    for name in ("a.nii.gz", "a.nii", "a.nrrd", "raw.nrrd", "a.mha", "raw.mha"):
        path = tmp_path / name
        sitk.WriteImage(image, str(path), not name.startswith("raw"))
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])
        refused(path)


def test_damaged_streams(tmp_path):
    image = sitk.GetImageFromArray(VOXELS)
    for name in ("a.nii.gz", "a.nrrd", "a.mha"):
        path = tmp_path / name
        sitk.WriteImage(image, str(path), True)
        whole = bytearray(path.read_bytes())
        for k in range(len(whole) * 3 // 4, len(whole) * 3 // 4 + 50):
            whole[k] ^= 0x5A
        path.write_bytes(whole)
        refused(path)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"space directions": np.zeros((3, 3))}, "zero spacing"),
        ({"space directions": np.diag([1, np.nan, 1])}, "not a number|cannot be read"),
        ({"space directions": [[1, 0, 0], [1, 0, 0], [0, 0, 1]]}, "do not span|cannot be read"),
        ({"space directions": np.eye(3) * 5000}, "makes no sense"),
        ({"space origin": [np.inf, 0, 0]}, "not a number|cannot be read"),
        ({"encoding": "bzip2"}, "bzip2"),
    ],
)
def test_nrrd_headers(tmp_path, change, match):
    header = {"space": "left-posterior-superior", "space directions": np.eye(3), "space origin": [0, 0, 0]}
    nrrd.write(str(tmp_path / "a.nrrd"), VOXELS, header | change)
    refused(tmp_path / "a.nrrd", match)


def test_more_or_fewer_axes_colours_and_vectors(tmp_path):
    array = np.zeros((4, 5, 6, 3), dtype=np.uint8)
    cases = {
        "rgb.nrrd": (sitk.GetImageFromArray(array, isVector=True), "colours"),
        "rgb.mha": (sitk.GetImageFromArray(array, isVector=True), "colours"),
        "field.nrrd": (sitk.GetImageFromArray(array.astype(np.float32), isVector=True), "vectors"),
        "field.nii.gz": (sitk.GetImageFromArray(array.astype(np.float32), isVector=True), "three axes"),
        "time.nrrd": (sitk.GetImageFromArray(np.zeros((4, 5, 6, 3), np.int16), isVector=False), "three axes"),
        "time.mha": (sitk.GetImageFromArray(np.zeros((4, 5, 6, 3), np.int16), isVector=False), "three axes"),
        "time.nii.gz": (
            sitk.GetImageFromArray(np.zeros((4, 5, 6, 3), np.int16), isVector=False),
            "three axes",
        ),
        "flat.nrrd": (sitk.GetImageFromArray(np.zeros((5, 6), np.int16)), "two-dimensional"),
        "flat.mha": (sitk.GetImageFromArray(np.zeros((5, 6), np.int16)), "two-dimensional"),
        "flat.nii.gz": (sitk.GetImageFromArray(np.zeros((5, 6), np.int16)), "two-dimensional"),
        "slice.nrrd": (sitk.GetImageFromArray(np.zeros((1, 5, 6), np.int16)), "two-dimensional"),
        "complex.nrrd": (
            sitk.GetImageFromArray(np.zeros((4, 5, 6), np.complex64)),
            "complex|vectors|cannot be",
        ),
        "complex.nii.gz": (sitk.GetImageFromArray(np.zeros((4, 5, 6), np.complex64)), "complex"),
    }
    for name, (image, match) in cases.items():
        sitk.WriteImage(image, str(tmp_path / name))
        refused(tmp_path / name, match)


NRRD_BOMB = (
    "NRRD0004\ntype: float\ndimension: 3\nsizes: {0}\nencoding: {1}\nspace: left-posterior-superior\n"
    "space directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\n\n"
)
META_BOMB = (
    "ObjectType = Image\nNDims = 3\nBinaryData = True\nCompressedData = {1}\nDimSize = {0}\n"
    "ElementType = MET_FLOAT\nElementDataFile = LOCAL\n"
)


@pytest.mark.parametrize("size", ["900 900 900", "100000 100000 100000", "2147483647 2147483647 2147483647"])
@pytest.mark.parametrize("compressed", [False, True])
def test_bombs(tmp_path, size, compressed):
    (tmp_path / "a.nrrd").write_text(NRRD_BOMB.format(size, "gzip" if compressed else "raw") + "x" * 100)
    (tmp_path / "a.mha").write_text(META_BOMB.format(size, compressed) + "x" * 100)
    for name in ("a.nrrd", "a.mha"):
        refused(tmp_path / name, "declares|cannot be read|makes no sense")


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "../secret.raw", "C:\\secret.raw", "..\\secret.raw", "LIST", "a%d.raw"]
)
@pytest.mark.parametrize("name", ["a.nhdr", "a.nrrd", "a.mhd", "a.mha"])
def test_headers_lead_to_no_other_folder(tmp_path, name, target):
    (tmp_path / "secret.raw").write_bytes(bytes(4 * 5 * 6 * 4))
    folder = tmp_path / "given"
    folder.mkdir()
    if name.endswith(("hdr", "nrrd")):
        text = NRRD_BOMB.format("4 5 6", "raw").strip() + f"\ndata file: {target}\n\n"
    else:
        text = META_BOMB.format("4 5 6", "False").replace("LOCAL", target)
    (folder / name).write_text(text)
    refused(folder / name, "outside its folder|several files")


@pytest.mark.parametrize("name", ["a.nhdr", "a.mhd"])
def test_voxels_beside_the_header(tmp_path, name):
    image = sitk.GetImageFromArray(VOXELS)
    sitk.WriteImage(image, str(tmp_path / name))
    first = read_image(tmp_path / name)
    first_hash = first.source_hash
    np.testing.assert_array_equal(first.array[0], VOXELS)
    (data,) = (p for p in tmp_path.iterdir() if p.name != name)
    content = data.read_bytes()
    data.write_bytes(content[:-1] + b"\x01")
    assert read_image(tmp_path / name).source_hash != first_hash  # the hash is over both files
    data.unlink()
    refused(tmp_path / name, "is not beside it")


def test_dicom_mark_and_nothing_else(tmp_path):
    for name, rest in (("a", b""), ("b", b"x" * 500), ("c", b"\x02\0\0\0UL\x04\0\xff\xff\xff\xff")):
        (tmp_path / name).write_bytes(bytes(128) + b"DICM" + rest)
        refused(tmp_path / name)
        with pytest.raises(UserError):
            read_image(tmp_path)


def test_unreadable(tmp_path):
    path = tmp_path / "a.nii.gz"
    path.write_bytes(gzip.compress(nifti_bytes()))
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    refused(path, "may not be read")


@pytest.mark.parametrize("seed", range(30))
def test_random_damage_never_raises_anything_else(tmp_path, dicom, scene, seed):
    """Bytes of the header changed at random: the file reads, or a `UserError` says why not."""
    random = np.random.default_rng(seed)
    it = scene(seed)
    files = {"a.nii": nifti_bytes(), "b.nii.gz": gzip.compress(nifti_bytes())}
    nrrd.write(
        str(tmp_path / "c.nrrd"), VOXELS, {"space": "LPS", "space directions": np.eye(3), "encoding": "raw"}
    )
    sitk.WriteImage(sitk.GetImageFromArray(VOXELS), str(tmp_path / "d.mha"))
    dicom.enhanced(it.image, it.affine, [0, 1, 2, 3]).save_as(tmp_path / "e", enforce_file_format=True)
    for name in ("c.nrrd", "d.mha", "e"):
        files[name] = (tmp_path / name).read_bytes()
    for name, content in files.items():
        damaged = bytearray(content)
        last = min(len(damaged), 3000 if name == "e" else 400)
        for place in random.integers(0, last, 6):
            damaged[place] = random.integers(0, 256)
        (tmp_path / name).write_bytes(damaged)
        for read in (read_image, read_label):
            with contextlib.suppress(UserError):
                assert read(tmp_path / name).array.ndim == 4

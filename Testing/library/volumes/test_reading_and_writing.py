"""Channels, names, hashes; files complete under their final name or absent; equal bytes from equal input."""

from __future__ import annotations

import hashlib
import pickle
import subprocess
import sys
import time

import nibabel
import nrrd
import numpy as np
import pytest
import SimpleITK as sitk

from ugmcl.errors import UserError
from ugmcl.volumes.geometry import make_affine
from ugmcl.volumes.reading import IMAGE_SUFFIXES, case_name, file_hash, read_image, read_label
from ugmcl.volumes.writing import write_image

NAMES = ["a.nrrd", "a.nii.gz", "a.nii", "a.mha"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("scan_01.nii.gz", "scan_01"),
        ("/x/y.z/Scan.v2.NII", "Scan.v2"),
        ("a.seg.nrrd", "a"),
        ("a.nrrd", "a"),
        ("b.mhd", "b"),
        ("IM0001.dcm", "IM0001"),
        ("folder of a series", "folder of a series"),
        ("patient.3", "patient.3"),
        (".nrrd", ".nrrd"),
    ],
)
def test_case_names(name, expected):
    assert case_name(name) == expected


def test_suffixes():
    assert set(IMAGE_SUFFIXES) == {".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd"}


def test_upper_case_endings(tmp_path, scene):
    it = scene(1)
    write_image(tmp_path / "a.nii.gz", it.image.T, it.affine).rename(tmp_path / "A.NII.GZ")
    write_image(tmp_path / "a.nrrd", it.image.T, it.affine).rename(tmp_path / "A.NRRD")
    for name in ("A.NII.GZ", "A.NRRD"):
        it.assert_in_place(read_image(tmp_path / name).array[0], read_image(str(tmp_path / name)).affine)


@pytest.mark.parametrize("name", NAMES)
def test_equal_bytes_and_no_other_file(tmp_path, scene, name):
    it = scene(7)
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first = write_image(tmp_path / "one" / name, it.image.T, it.affine)
    time.sleep(1.1)  # a gzip header counts seconds
    second = write_image(tmp_path / "two" / name, np.asfortranarray(it.image.T), it.affine.copy())
    assert first.read_bytes() == second.read_bytes()
    assert [p.name for p in first.parent.iterdir()] == [name]
    assert read_image(first).source_hash == file_hash(first) == hashlib.sha256(first.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64", "bool", "float16"]
)
def test_voxel_types(tmp_path, name, dtype):
    array = (np.random.default_rng(0).random((4, 5, 6)) * 100).astype(dtype)
    back = read_image(write_image(tmp_path / name, array, np.diag([1.0, 2.0, 3.0, 1.0]))).array
    expected = {"bool": np.uint8, "float16": np.float32}.get(dtype, np.dtype(dtype))
    assert back.dtype == expected
    np.testing.assert_array_equal(back[0], array.astype(expected))


def test_overwriting_is_all_or_nothing(tmp_path, scene):
    it = scene(0)
    path = write_image(tmp_path / "a.nrrd", it.image.T, it.affine)
    write_image(path, it.image.T + 1, it.affine, compress=False)
    np.testing.assert_array_equal(read_image(path).array[0], it.image.T + 1)
    assert len(list(tmp_path.iterdir())) == 1


def test_channels_become_values_of_a_voxel(tmp_path):
    array = np.random.default_rng(0).random((3, 4, 5, 6)).astype(np.float32)
    write_image(tmp_path / "a.nrrd", array, np.eye(4))
    np.testing.assert_array_equal(nrrd.read(str(tmp_path / "a.nrrd"))[0], array.transpose(0, 3, 2, 1))


def test_several_files_as_channels(tmp_path, scene):
    it = scene(4)
    first = write_image(tmp_path / "t1.nii.gz", it.image.T, it.affine)
    second = write_image(tmp_path / "flair.nrrd", it.image.T.astype(np.float32) / 2, it.affine)
    volume = read_image([first, str(second)])
    assert volume.channels == 2 and volume.path == first
    np.testing.assert_array_equal(volume.array[0], it.image.T)
    np.testing.assert_allclose(volume.array[1], it.image.T / 2)
    assert volume.source_hash != read_image([second, first]).source_hash
    assert read_image([first]).source_hash == file_hash(first)
    moved = it.affine.copy()
    moved[:3, 3] += 2.0
    third = write_image(tmp_path / "moved.nrrd", it.image.T, moved)
    with pytest.raises(UserError, match=r"moved\.nrrd: channel 3 lies on another grid than channel 1"):
        read_image([first, second, third])


def test_a_volume_travels_to_another_process(tmp_path, scene, dicom):
    it = scene(6)
    write_image(tmp_path / "a.nii.gz", it.image.T, it.affine)
    write_image(tmp_path / "a.nrrd", it.image.T, it.affine)
    for path in (tmp_path / "a.nii.gz", tmp_path / "a.nrrd", dicom.series(tmp_path / "series", it)):
        volume = pickle.loads(pickle.dumps(read_image(path)))
        it.assert_in_place(volume.array[0], volume.affine)


def test_no_place_to_write(tmp_path, scene):
    it = scene(0)
    with pytest.raises(UserError, match="absent: cannot be written"):
        write_image(tmp_path / "absent" / "a.nrrd", it.image.T, it.affine)
    with pytest.raises(UserError, match="ending"):
        write_image(tmp_path / "a.png", it.image.T, it.affine)
    (tmp_path / "a.nrrd").mkdir()
    with pytest.raises(UserError, match="cannot be written"):
        write_image(tmp_path / "a.nrrd", it.image.T, it.affine)
    assert [p.name for p in tmp_path.iterdir()] == ["a.nrrd"]
    sheared = it.affine.copy()
    sheared[:3, 2] += sheared[:3, 0]
    with pytest.raises(UserError, match="sheared"):
        write_image(tmp_path / "s.nii.gz", it.image.T, sheared)


FULL_DISK = """
import resource, signal, sys
import numpy as np
from ugmcl.errors import UserError
from ugmcl.volumes.writing import write_image
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
array = np.random.default_rng(0).random((64, 64, 64)).astype(np.float32)
for name in sys.argv[2:]:
    try:
        write_image(sys.argv[1] + "/" + name, array, np.eye(4))
    except UserError as error:
        assert "cannot be written" in str(error)
    else:
        raise SystemExit(name + " was written")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are a matter of POSIX")
def test_full_disk_leaves_nothing(tmp_path, root):
    """A limit of the file size stands for a full disk."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path), *NAMES],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_shared_images_read_as_nibabel_reads_them(shared_data):
    for path in sorted((shared_data / "hippocampus" / "images").glob("*.nii.gz"))[:5]:
        volume, other = read_image(path), nibabel.load(path)
        np.testing.assert_array_equal(volume.array[0].T, np.asarray(other.dataobj).astype(volume.array.dtype))
        np.testing.assert_allclose(np.diag([-1, -1, 1, 1]) @ volume.affine, other.affine, atol=1e-6)
        itk = sitk.ReadImage(str(path))
        axes = np.array(itk.GetDirection()).reshape(3, 3)
        np.testing.assert_allclose(
            volume.affine, make_affine(itk.GetSpacing(), axes, itk.GetOrigin()), atol=1e-5
        )
        label = read_label(shared_data / "hippocampus" / "labels" / path.name)
        assert set(np.unique(label.array)) <= {0, 1, 2} and label.shape_zyx == volume.shape_zyx

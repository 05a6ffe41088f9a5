"""Patches: every position, the volume's own voxels, padding where it is smaller."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from ugmcl.transforms.crop import centered_start, cut, random_start


def test_every_position_is_drawn_the_last_one_too() -> None:
    random = np.random.default_rng(0)
    starts = [random_start((10, 4, 3), (8, 4, 5), random) for _ in range(600)]
    assert {z for z, _, _ in starts} == {0, 1, 2}
    assert {y for _, y, _ in starts} == {0}
    assert {x for _, _, x in starts} == {-2, -1, 0}


def test_cut_takes_the_window_and_pads() -> None:
    volume = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    assert np.array_equal(cut(volume, (1, 2, 0), (2, 2, 3)), volume[:, 1:3, 2:4, :3])
    padded = cut(volume, (-1, 0, 4), (3, 4, 3), fill=-9, dtype=np.float32)
    assert padded.dtype == np.float32
    assert (padded[:, 0] == -9).all() and (padded[..., 1:] == -9).all()
    assert np.array_equal(padded[:, 1:, :, 0], volume[:, :2, :, 4])
    assert (cut(volume, (10, 0, 0), (2, 2, 2), fill=7) == 7).all()


@pytest.mark.parametrize(
    "center,start", [((0, 0, 0), (0, 0, 0)), ((9, 9, 9), (6, 6, 6)), ((5, 4, 6), (3, 2, 4))]
)
def test_a_patch_around_a_voxel_stays_inside(center, start) -> None:
    assert centered_start((10, 10, 10), (4, 4, 4), center) == start
    assert centered_start((2, 10, 10), (4, 4, 4), (1, 5, 5))[0] in (-2, -1, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="needs files with holes")
def test_only_the_patch_is_read(tmp_path) -> None:
    """A patch of a map of 16 GB (a file with holes) takes a moment and no memory."""
    import resource

    with open(tmp_path / "image.npy", "wb") as file:
        header = {"descr": "<f2", "fortran_order": False, "shape": (2000, 2000, 2000)}
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + 2 * 2000**3)
    mapped = np.load(tmp_path / "image.npy", mmap_mode="r")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    patch = cut(mapped, (1000, 1000, 1990), (16, 16, 16))
    assert patch.nbytes == 2 * 16**3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000_000 / 1024

"""Where voxels are: nodes of every axis order, turned, flipped, under transforms, and boxes in them."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ugmcl.errors import UserError

pytestmark = pytest.mark.timeout(120)
ORDERS = list(itertools.permutations(range(3)))
SIGNS = list(itertools.product((1.0, -1.0), repeat=3))
PLACES = {100: (0, 1, 2), 200: (4, 2, 5), 300: (1, 5, 0)}  # value: voxel i, j, k


def affine_of(number: int, oblique: bool = True) -> np.ndarray:
    """One of 48 axis orders, anisotropic, turned; to RAS."""
    from scipy.spatial.transform import Rotation

    axes = np.eye(3)[:, ORDERS[number // 8]] * SIGNS[number % 8]
    if oblique:
        axes = Rotation.from_euler("xyz", [12, -23, 31], degrees=True).as_matrix() @ axes
    affine = np.eye(4)
    affine[:3, :3] = axes * (0.7, 1.3, 2.9)
    affine[:3, 3] = (-33.1, 47.7, 12.3)
    return affine


def volume_of(affine_ras: np.ndarray) -> Any:
    """A volume of 5 x 6 x 7 voxels with landmarks."""
    import slicer
    import vtk

    array = np.random.default_rng(0).integers(0, 50, (7, 6, 5)).astype(np.int16)
    for value, (i, j, k) in PLACES.items():
        array[k, j, i] = value
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "image")
    slicer.util.updateVolumeFromArray(node, array)
    matrix = vtk.vtkMatrix4x4()
    for (row, column), value in np.ndenumerate(affine_ras):
        matrix.SetElement(row, column, float(value))
    node.SetIJKToRASMatrix(matrix)
    return node


@pytest.mark.parametrize("number", range(48))
def test_a_file_has_every_landmark_in_its_place(host: Any, tmp_path: Path, number: int) -> None:
    """Read back by SimpleITK, which knows nothing of nodes."""
    import SimpleITK as sitk

    from ugmcl.slicer.steps import run_now
    from ugmcl.slicer.volume_export import export_volume

    affine = affine_of(number)
    path = tmp_path / "image.nrrd"
    run_now(export_volume(volume_of(affine), path))
    image = sitk.ReadImage(str(path))
    array = sitk.GetArrayFromImage(image)
    for value, voxel in PLACES.items():
        ((k, j, i),) = np.argwhere(array == value)
        assert (i, j, k) == voxel
        x, y, z = image.TransformIndexToPhysicalPoint((int(i), int(j), int(k)))
        assert (-x, -y, z) == pytest.approx(tuple((affine @ [*voxel, 1.0])[:3]), abs=1e-6)
    assert [entry.name for entry in tmp_path.iterdir()] == ["image.nrrd"]


@pytest.mark.parametrize("number", range(0, 48, 5))
def test_the_affine_goes_there_and_back(host: Any, number: int) -> None:
    from ugmcl.slicer.geometry import ijk_to_lps, set_ijk_to_lps

    one, other = volume_of(affine_of(number)), volume_of(np.eye(4))
    set_ijk_to_lps(other, ijk_to_lps(one))
    assert ijk_to_lps(other) == pytest.approx(ijk_to_lps(one), abs=1e-9)
    expected = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine_of(number)
    assert ijk_to_lps(one) == pytest.approx(expected, abs=1e-9)


def roi(center: tuple[float, float, float], size: tuple[float, float, float]) -> Any:
    import slicer

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "box")
    node.SetCenter(center)
    node.SetSize(*size)
    return node


def test_a_box_in_the_volumes_own_frame(host: Any) -> None:
    """A transform of the volume moves the box the other way."""
    import slicer
    import vtk

    from ugmcl.slicer.geometry import roi_lps_bounds

    volume = volume_of(np.diag([10.0, 10.0, 10.0, 1.0]))  # 0..40, 0..50, 0..60 mm RAS
    box = roi((10.0, 20.0, 30.0), (4.0, 6.0, 8.0))
    assert roi_lps_bounds(box, volume) == pytest.approx((-12, -23, 26, -8, -17, 34), abs=1e-6)
    parent = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    shift = vtk.vtkMatrix4x4()
    shift.SetElement(0, 3, 5.0)
    parent.SetMatrixTransformToParent(shift)
    volume.SetAndObserveTransformNodeID(parent.GetID())
    assert roi_lps_bounds(box, volume) == pytest.approx((-7, -23, 26, -3, -17, 34), abs=1e-6)


def test_a_box_elsewhere_is_refused(host: Any) -> None:
    from ugmcl.slicer.geometry import roi_lps_bounds

    volume = volume_of(np.diag([10.0, 10.0, 10.0, 1.0]))
    with pytest.raises(UserError):
        roi_lps_bounds(roi((500.0, 0.0, 0.0), (4.0, 4.0, 4.0)), volume)


def test_what_is_no_image_is_refused(host: Any, tmp_path: Path) -> None:
    import slicer

    from ugmcl.slicer.steps import run_now
    from ugmcl.slicer.volume_export import export_volume

    empty = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "nothing")
    with pytest.raises(UserError, match="voxels"):
        run_now(export_volume(empty, tmp_path / "a.nrrd"))
    assert not list(tmp_path.iterdir())


def test_an_export_that_is_given_up_leaves_nothing(host: Any, tmp_path: Path) -> None:
    import slicer

    from ugmcl.slicer.volume_export import export_volume

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "large")
    slicer.util.updateVolumeFromArray(node, np.zeros((64, 256, 256), np.float32))
    steps = export_volume(node, tmp_path / "a.nrrd")
    next(steps)
    steps.close()
    assert not list(tmp_path.iterdir())

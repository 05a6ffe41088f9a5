"""Where a node's voxels are: Slicer's RAS matrices and the library's LPS affines."""

from __future__ import annotations

from typing import Any

import numpy as np
import vtk
from numpy.typing import NDArray
from slicer.i18n import tr as _

from ugmcl.errors import UserError

RAS_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def array_of(matrix: vtk.vtkMatrix4x4) -> NDArray[np.float64]:
    """A 4×4 array of a VTK matrix."""
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def matrix_of(array: NDArray[np.float64]) -> vtk.vtkMatrix4x4:
    """A VTK matrix of a 4×4 array."""
    matrix = vtk.vtkMatrix4x4()
    for row in range(4):
        for column in range(4):
            matrix.SetElement(row, column, float(array[row][column]))
    return matrix


def ijk_to_lps(volume: Any) -> NDArray[np.float64]:
    """Voxel index (i, j, k, 1) to LPS mm in the node's own frame, without its parent transform."""
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return RAS_LPS @ array_of(matrix)


def set_ijk_to_lps(volume: Any, affine: NDArray[np.float64]) -> None:
    """The inverse of `ijk_to_lps`."""
    volume.SetIJKToRASMatrix(matrix_of(RAS_LPS @ np.asarray(affine, dtype=np.float64)))


def world_to_node(node: Any) -> vtk.vtkGeneralTransform:
    """From world RAS to the node's own frame; linear or not."""
    transform = vtk.vtkGeneralTransform()
    parent = node.GetParentTransformNode()
    if parent is not None:
        parent.GetTransformFromWorld(transform)
    return transform


def node_to_world(node: Any, ras: tuple[float, float, float]) -> tuple[float, float, float]:
    """A point of the node's own frame in world RAS."""
    parent = node.GetParentTransformNode()
    if parent is None:
        return ras
    transform = vtk.vtkGeneralTransform()
    parent.GetTransformToWorld(transform)
    x, y, z = transform.TransformPoint(ras)
    return (x, y, z)


def roi_lps_bounds(roi: Any, volume: Any) -> tuple[float, float, float, float, float, float]:
    """The box, in LPS mm of the volume's own frame, that encloses a region of interest.

    Returns:
        Least x, y, z and greatest x, y, z. A rotated region is enclosed by its corners; under a non-linear
        transform by points all over its faces.

    Raises:
        UserError: the region has no size, or lies outside of the volume.
    """
    box = [0.0] * 6
    roi.GetObjectBounds(box)
    if any(box[2 * axis] >= box[2 * axis + 1] for axis in range(3)):
        raise UserError(_("the region of interest has no size"), roi.GetName(), _("Draw it anew"))
    object_to_world, to_node = array_of(roi.GetObjectToWorldMatrix()), world_to_node(volume)
    steps = np.linspace(0.0, 1.0, 5)
    points = []
    for u, v, w in np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3):
        at = [
            box[0] + u * (box[1] - box[0]),
            box[2] + v * (box[3] - box[2]),
            box[4] + w * (box[5] - box[4]),
            1.0,
        ]
        points.append(to_node.TransformPoint((object_to_world @ at)[:3].tolist()))
    lps = np.array(points) * [-1.0, -1.0, 1.0]
    low, high = lps.min(axis=0), lps.max(axis=0)
    nx, ny, nz = volume.GetImageData().GetDimensions()
    corners = np.array(
        [[i, j, k, 1.0] for i in (-0.5, nx - 0.5) for j in (-0.5, ny - 0.5) for k in (-0.5, nz - 0.5)]
    )
    extent = (corners @ ijk_to_lps(volume).T)[:, :3]
    if (high < extent.min(axis=0)).any() or (low > extent.max(axis=0)).any():
        raise UserError(
            _("the region of interest lies outside of the volume"),
            roi.GetName(),
            _("Move it onto the volume"),
        )
    return (*low.tolist(), *high.tolist())

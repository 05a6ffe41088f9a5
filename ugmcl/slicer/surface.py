"""3D surfaces segment by segment, each from its own small box, so that no step takes long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import slicer
import vtk

SMALL_VOXELS = 2_000_000  # of the box around all segments: surfaces take well under a second
_BINARY, _CLOSED = "Binary labelmap", "Closed surface"
_MARGIN = 2  # voxels around a segment, so that its surface is closed


def is_small(labels: np.ndarray) -> bool:
    """Whether surfaces can be built at once without being noticed."""
    box = _box(labels > 0)
    return box is not None and int(np.prod([high - low for low, high in box])) <= SMALL_VOXELS


def surface_steps(segmentation_node: Any, smoothing: float) -> Iterator[float]:
    """Build the closed surfaces that are missing and show them in 3D; yields the share that is done.

    Args:
        segmentation_node: with label maps.
        smoothing: 0 (none) .. 1.
    """
    parts = segmentation_node.GetSegmentation()
    parts.SetConversionParameter("Smoothing factor", f"{smoothing:g}")
    identifiers = list(parts.GetSegmentIDs())
    surfaces: dict[str, Any] = {}
    for number, identifier in enumerate(identifiers):
        surfaces[identifier] = _surface(segmentation_node, identifier, smoothing)
        yield (number + 1) / (len(identifiers) + 1)
    for identifier, surface in surfaces.items():
        if surface is not None:
            parts.GetSegment(identifier).AddRepresentation(_CLOSED, surface)
    segmentation_node.CreateClosedSurfaceRepresentation()  # what is there already stays
    display = segmentation_node.GetDisplayNode()
    if display is not None:
        display.SetPreferredDisplayRepresentationName3D(_CLOSED)
        display.SetVisibility3D(True)
    yield 1.0


def _surface(segmentation_node: Any, identifier: str, smoothing: float) -> Any:
    """vtkPolyData of one segment, empty for an empty one; None where there is one already."""
    segment = segmentation_node.GetSegmentation().GetSegment(identifier)
    if segment.GetRepresentation(_CLOSED) is not None:
        return None
    shared = segment.GetRepresentation(_BINARY)
    cropped = _cropped(shared, segment.GetLabelValue())
    if cropped is None:
        return vtk.vtkPolyData()
    alone = slicer.vtkSegmentation()
    alone.SetSourceRepresentationName(_BINARY)
    alone.SetConversionParameter("Smoothing factor", f"{smoothing:g}")
    part = slicer.vtkSegment()
    part.AddRepresentation(_BINARY, cropped)
    alone.AddSegment(part, identifier)
    alone.CreateRepresentation(_CLOSED)
    surface = vtk.vtkPolyData()
    surface.DeepCopy(alone.GetSegment(identifier).GetRepresentation(_CLOSED))
    return surface


def _cropped(shared: Any, value: int) -> Any:
    """A label map of 0 and 1 in the box around one value, at the same place; None where it is empty."""
    from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

    extent = shared.GetExtent()
    shape = [extent[2 * axis + 1] - extent[2 * axis] + 1 for axis in (2, 1, 0)]
    mask = vtk_to_numpy(shared.GetPointData().GetScalars()).reshape(shape) == value
    box = _box(mask)
    if box is None:
        return None
    inner = mask[tuple(slice(low, high) for low, high in box)].astype(np.uint8)
    inner = np.pad(inner, _MARGIN)
    low_xyz = [extent[2 * axis] + box[2 - axis][0] - _MARGIN for axis in range(3)]
    matrix = vtk.vtkMatrix4x4()
    shared.GetImageToWorldMatrix(matrix)
    cropped = slicer.vtkOrientedImageData()
    high_xyz = [low + n - 1 for low, n in zip(low_xyz, inner.shape[::-1], strict=True)]
    cropped.SetExtent(low_xyz[0], high_xyz[0], low_xyz[1], high_xyz[1], low_xyz[2], high_xyz[2])
    cropped.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(inner).reshape(-1), deep=True))
    cropped.SetGeometryFromImageToWorldMatrix(matrix)
    return cropped


def _box(mask: np.ndarray) -> list[tuple[int, int]] | None:
    """First index and one past the last along z, y, x."""
    if not mask.any():
        return None
    box = []
    for axis in range(3):
        others = tuple({0, 1, 2} - {axis})
        present = np.flatnonzero(mask.any(axis=others))
        box.append((int(present[0]), int(present[-1]) + 1))
    return box

"""The three planes of a preview: the volume turned to patient axes and cut around what matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ugmcl.segmentation.boundary import box_around
from ugmcl.volumes.geometry import reorient, spacing_mm
from ugmcl.volumes.segment import Segment

ZOOM_MARGIN_MM = 25.0


@dataclass(frozen=True)
class PreviewSource:
    """What is drawn, all (z, y, x) on one grid with ``affine`` to LPS mm.

    ``focus_ras_mm`` is the place all three planes go through; None takes the middle of the label.
    """

    image: NDArray
    labels: NDArray[np.uint8]
    uncertainty: NDArray[np.float32]
    affine: NDArray
    segments: Sequence[Segment]
    title: str
    subtitle: str
    focus_ras_mm: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Plane:
    """One plane of the canonical (LPS) volume: array axis it cuts, and what the panel's sides point to."""

    name: str
    axis: int
    left: str
    right: str
    top: str
    bottom: str
    upside_down: bool  # array rows run to the head, pictures run to the feet


PLANES = (
    Plane("axial", 0, "R", "L", "A", "P", False),
    Plane("coronal", 1, "R", "L", "S", "I", True),
    Plane("sagittal", 2, "A", "P", "S", "I", True),
)


@dataclass(frozen=True)
class Canonical:
    """The source turned to LPS axes and cut to what is shown."""

    image: NDArray
    labels: NDArray[np.uint8]
    uncertainty: NDArray[np.float32]
    spacing_zyx: NDArray
    focus: tuple[int, int, int]

    def plane(self, values: NDArray, plane: Plane) -> NDArray:
        cut = values.take(self.focus[plane.axis], axis=plane.axis)
        return cut[::-1] if plane.upside_down else cut

    def extent_mm(self, plane: Plane) -> tuple[float, float]:
        """Width and height of a panel."""
        height, width = (
            n for axis, n in enumerate(self.image.shape * self.spacing_zyx) if axis != plane.axis
        )
        return float(width), float(height)

    def cross_mm(self, plane: Plane) -> tuple[float, float]:
        """The focus in a panel's coordinates, from its upper left corner."""
        row, column = (axis for axis in range(3) if axis != plane.axis)
        place = (np.array(self.focus) + 0.5) * self.spacing_zyx
        height = self.image.shape[row] * self.spacing_zyx[row]
        return float(place[column]), float(height - place[row] if plane.upside_down else place[row])


def turn_to_patient(source: PreviewSource) -> Canonical:
    stack = [source.image, source.labels, source.uncertainty]
    turned = [reorient(values[None], source.affine) for values in stack]
    affine = turned[0][1]
    image, labels, uncertainty = (values[0] for values, _ in turned)
    x, y, z = spacing_mm(affine)
    spacing = np.array([z, y, x])
    focus = _focus(source, labels, affine)
    shown = labels > 0
    shown[focus] = True
    box = box_around(shown, [int(np.ceil(ZOOM_MARGIN_MM / s)) for s in spacing])
    if box is None or not labels.any():
        box = tuple(slice(0, n) for n in labels.shape)
    inner = (focus[0] - box[0].start, focus[1] - box[1].start, focus[2] - box[2].start)
    return Canonical(image[box].astype(np.float32), labels[box], uncertainty[box], spacing, inner)


def _focus(source: PreviewSource, labels: NDArray, affine: NDArray) -> tuple[int, int, int]:
    """Voxel (z, y, x) that the planes go through."""
    last = np.array(labels.shape) - 1
    if source.focus_ras_mm is not None:
        lps = np.array([-source.focus_ras_mm[0], -source.focus_ras_mm[1], source.focus_ras_mm[2], 1.0])
        middle = (np.linalg.inv(affine) @ lps)[2::-1]
    elif labels.any():
        voxels = np.argwhere(labels > 0)
        centroid = voxels.mean(axis=0)
        middle = voxels[int(((voxels - centroid) ** 2).sum(axis=1).argmin())]
    else:
        middle = last / 2
    z, y, x = np.clip(np.rint(middle), 0, last).astype(int)
    return (int(z), int(y), int(x))

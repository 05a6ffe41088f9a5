"""Where the structure lies in a volume larger than those of the training: one plain pass finds its box.

Models of scans that were cropped around an organ meet whole scans in use. The network then runs once over
everything, without Monte-Carlo passes; the largest piece that it is sure of, with a margin, is what the real
segmentation looks at, normalised as the training's crops were. Only for models whose InputSpec says that this
was tried (``locates``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ugmcl.framing.frame import FramedImage
from ugmcl.framing.spec import InputSpec
from ugmcl.framing.statistics import turned_grid
from ugmcl.volumes.geometry import spacing_mm
from ugmcl.volumes.volume import Volume

LARGER = 1.15  # times the largest training extent, along any axis
MARGIN_MM = 15.0  # around what was found
SURE = 0.95  # foreground probability; unknown tissue is seldom taken for the structure so surely
REACH_MM = 15.0  # how far what is less sure reaches beyond what is sure

Box = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Located:
    """A box in LPS mm (least x, y, z, greatest x, y, z) and its share of the volume, 0..1."""

    box_lps_mm: Box
    share: float

    def to_json(self) -> dict[str, object]:
        """For the report; RAS for Slicer."""
        x0, y0, z0, x1, y1, z1 = (round(value, 3) for value in self.box_lps_mm)
        return {
            "box_lps_mm": [x0, y0, z0, x1, y1, z1],
            "box_ras_mm": [-x1, -y1, z0, -x0, -y0, z1],
            "share": round(self.share, 4),
        }

    def sentence(self) -> str:
        """For the user."""
        return (
            "The image is larger than those that the model learnt from: the structure was looked for "
            f"first, and segmented inside of a box of {100 * self.share:.0f} % of the image. Move the box "
            "and segment again if it misses something"
        )


def is_larger(volume: Volume, spec: InputSpec) -> bool:
    """Whether the volume reaches beyond every training volume along an axis."""
    known = (spec.training_range or {}).get("extent_mm")
    if not spec.locates or not known:
        return False
    extents = _extents(volume, spec)
    return any(own > LARGER * high for own, high in zip(extents, known["high"], strict=True))


def box_around(
    labels: NDArray[np.integer],
    probability: NDArray[np.floating],
    framed: FramedImage,
    volume: Volume,
    spec: InputSpec,
) -> Located | None:
    """The box of the largest piece that the network is sure of; None where nothing was found.

    The less sure voxels of the same piece count as long as they are near; where nothing is sure, the piece
    with the most foreground probability is taken.

    Args:
        labels: (z, y, x), the most probable class of the whole volume on the network's grid.
        probability: (C, z, y, x).
        framed: of the whole volume.
        volume: the input.
        spec: its training extents are the least size of the box.
    """
    spacing = np.array(spacing_mm(framed.affine))[::-1]
    index = _voxels(labels, 1.0 - probability[0], spacing)
    if index is None:
        return None
    low, high = index.min(axis=0) - 0.5, index.max(axis=0) + 0.5  # voxel faces, z, y, x
    center, half = (low + high) / 2, (high - low) / 2 + MARGIN_MM / spacing
    known = (spec.training_range or {}).get("extent_mm")
    if known:
        half = np.maximum(half, np.array(known["low"])[::-1] / spacing / 2)
    corners = np.array([center - half, center + half])
    corners = np.clip(corners, -0.5, np.array(labels.shape) - 0.5)
    return _in_space(corners, framed, volume)


def _voxels(
    labels: NDArray[np.integer], foreground: NDArray[np.floating], spacing: NDArray[np.floating]
) -> NDArray[np.intp] | None:
    """(N, 3) of what the box is to hold, z, y, x."""
    sure, found = ndimage.label((foreground > SURE) & (labels > 0))
    if found:
        core = sure == 1 + int(np.argmax(np.bincount(sure.ravel())[1:]))
        index = np.argwhere(core)
        reach = REACH_MM / spacing
        low = np.floor(index.min(axis=0) - reach).astype(int)
        high = np.floor(index.max(axis=0) + reach).astype(int)
        box = tuple(slice(max(0, first), last + 1) for first, last in zip(low, high, strict=True))
        pieces, _ = ndimage.label(labels[box] > 0)
        within = pieces == pieces[core[box]][0]
        return np.argwhere(within) + np.array([part.start for part in box], dtype=np.intp)
    pieces, found = ndimage.label(labels > 0)
    if not found:
        return None
    weights = ndimage.sum_labels(foreground, pieces, np.arange(1, found + 1))
    return np.argwhere(pieces == 1 + int(np.argmax(weights)))


def _in_space(corners_zyx: NDArray[np.floating], framed: FramedImage, volume: Volume) -> Located:
    grid = np.array(np.meshgrid(*corners_zyx.T, indexing="ij")).reshape(3, -1)[::-1]  # x, y, z
    points = framed.affine[:3, :3] @ grid + framed.affine[:3, 3:]
    low, high = points.min(axis=1), points.max(axis=1)
    voxels = np.prod(corners_zyx[1] - corners_zyx[0]) * np.prod(spacing_mm(framed.affine))
    whole = np.prod(volume.shape_zyx) * np.prod(spacing_mm(volume.affine))
    box = tuple(float(value) for value in (*low, *high))
    return Located(box, float(min(1.0, voxels / whole)))  # type: ignore[arg-type]


def _extents(volume: Volume, spec: InputSpec) -> list[float]:
    """x, y, z in mm along the axes of the network's orientation."""
    shape, affine = turned_grid(volume.shape_zyx, volume.affine, spec.orientation)
    return [n * s for n, s in zip(reversed(shape), spacing_mm(affine), strict=True)]

"""A volume onto the network's grid, and results back onto the volume's own grid.

There: turn axes to the spec's orientation, cut out the region of interest, normalise, resample to the spec's
spacing. Where spacing agrees (within 0.1 %) nothing is interpolated: axes are flipped and permuted, and the
way back gives every voxel its own value bit for bit. The resampled grid has the same centre and covers the
source to its outer faces, so that no source voxel is without a result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, prod

import numpy as np

from ugmcl.errors import UserError
from ugmcl.framing.labels import label_onto
from ugmcl.framing.normalisation import normalise
from ugmcl.framing.region import index_box
from ugmcl.framing.spec import InputSpec
from ugmcl.framing.statistics import turned_grid
from ugmcl.volumes import geometry
from ugmcl.volumes.faults import MAX_VOXELS
from ugmcl.volumes.resampling import Interpolation, resample
from ugmcl.volumes.volume import Volume

SAME_SPACING = 1e-3  # relative difference up to which a spacing is the spec's
LARGEST_SHEAR = 1e-3  # cosine between axes; readers resample or refuse what is over it
Box = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]  # start and stop along z, y, x


@dataclass(frozen=True)
class FramedImage:
    """A volume in the network's form, and all that the way back needs.

    Attributes:
        array: (N, z, y, x) float32, normalised.
        affine: of that grid, (4, 4) to LPS mm.
        source_shape_zyx: size of the volume it came from.
        source_affine: its affine.
        orientation: axis codes of the framed grid.
        box_zyx: the part of the source, in the framed orientation and before resampling, that was framed.
        resampled: whether values were interpolated; if not, framed and source voxels are the same ones.
    """

    array: np.ndarray
    affine: np.ndarray
    source_shape_zyx: tuple[int, int, int]
    source_affine: np.ndarray
    orientation: str
    box_zyx: Box
    resampled: bool

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Spacing (x, y, z) of the framed grid."""
        return geometry.spacing_mm(self.affine)

    @property
    def shape_zyx(self) -> tuple[int, int, int]:
        """Size of the framed grid."""
        _, z, y, x = self.array.shape
        return (z, y, x)


def frame_image(volume: Volume, spec: InputSpec, *, roi_lps_mm: Sequence[float] | None = None) -> FramedImage:
    """The volume as the network wants it.

    Args:
        volume: the image; its channels are in the order of ``spec.channels``.
        spec: the network's input.
        roi_lps_mm: (min x, min y, min z, max x, max y, max z) of a box in LPS mm; the part of the grid that
            holds the box is framed. Intensities are then normalised from that part, unless the training
            volumes' extent (``spec.training_range``) is nearer to the whole volume's than to the part's.

    Raises:
        UserError: number of channels differs, axes are sheared, voxels are not finite, the box misses the
            volume.
    """
    wanted = len(spec.channels)
    if volume.channels != wanted:
        raise UserError(
            f"the image has {volume.channels} channel(s), {wanted} expected ({', '.join(spec.channels)})",
            volume.path,
            "Give one file for each channel, in this order",
        )
    if geometry.shear(volume.affine) > LARGEST_SHEAR:
        raise UserError(
            "the image's axes are not at right angles", volume.path, "Resample it onto a straight grid first"
        )
    turned, affine = geometry.reorient(volume.array, volume.affine, spec.orientation)
    box = index_box(turned.shape[1:], affine, roi_lps_mm, where=volume.path)
    part = turned[(slice(None), *(slice(start, stop) for start, stop in box))]
    affine = _shifted(affine, box)
    whole = part.shape != turned.shape and _nearer_to_whole(part, turned, geometry.spacing_mm(affine), spec)
    array = np.empty(part.shape, dtype=np.float32)
    for index, channel in enumerate(part):
        source = turned[index] if whole else None
        array[index] = normalise(channel, spec.normalisation, source=source, where=volume.path)
    target_affine, target_shape = target_grid(part.shape[1:], affine, spec.spacing_mm)
    resampled = target_affine is not affine
    if resampled:
        _check_size(target_shape, spec, volume)
        array = resample(array, affine, target_affine, target_shape, anti_alias=True)
    return FramedImage(
        array, target_affine, volume.shape_zyx, volume.affine, spec.orientation, box, resampled
    )


def frame_label(volume: Volume, framed: FramedImage) -> np.ndarray:
    """A label on the framed image's grid: (z, y, x) uint8, 255 (ignore) kept.

    A label on the image's own grid, also one stored with other axis directions, is turned as the image was;
    where values have to be interpolated each voxel gets the value with the largest share (`label_onto`).
    Outside of the label's grid there is background.

    Raises:
        UserError: the grids do not overlap, or a value is not in 0..255.
    """
    turned, affine = geometry.reorient(volume.array[:1], volume.affine, framed.orientation)
    source_shape, source_affine = _turned_source(framed)
    comparison = geometry.compare_grids(source_shape, source_affine, turned.shape[1:], affine)
    if comparison.grade == "apart":
        raise UserError(
            f"the label lies elsewhere than the image: {comparison.message}",
            volume.path,
            "Export the label with its image as reference geometry",
        )
    if comparison.grade == "equal":
        box = framed.box_zyx
        turned = turned[(slice(None), *(slice(start, stop) for start, stop in box))]
        affine = _shifted(source_affine, box)
    if comparison.grade == "equal" and not framed.resampled:
        return label_onto(turned[0], None, None, None, where=volume.path)
    return label_onto(turned[0], affine, framed.affine, framed.shape_zyx, where=volume.path)


def unframe(array: np.ndarray, framed: FramedImage, *, outside: float | Sequence[float] = 0.0) -> np.ndarray:
    """Values on the framed grid brought back to the input's own grid.

    Args:
        array: (K, z, y, x) on ``framed``'s grid.
        framed: the result of `frame_image`.
        outside: value where the region of interest leaves the input uncovered; one for all, or one a channel.

    Returns:
        (K, z, y, x) float32 (the array's own type where nothing is interpolated) on the input's grid; linear.
    """
    values = [outside] * len(array) if isinstance(outside, int | float) else list(outside)
    result: np.ndarray | None = None
    for index, (channel, fill) in enumerate(zip(array, values, strict=True)):
        back = unframe_channel(channel, framed, outside=fill)
        if result is None:
            result = np.empty((len(array), *back.shape), dtype=back.dtype)
        result[index] = back
    if result is None:
        raise ValueError("unframe needs at least one channel")
    return result


def unframe_channel(
    channel: np.ndarray, framed: FramedImage, *, outside: float = 0.0, interpolation: Interpolation = "linear"
) -> np.ndarray:
    """As `unframe` for one channel (z, y, x): a caller with many classes holds one of them at a time.

    ``interpolation="nearest"`` is for numbers that name something; they keep their type.
    """
    if channel.shape != framed.shape_zyx:
        raise ValueError(f"array of {channel.shape} on a framed grid of {framed.shape_zyx}")
    if framed.resampled:
        moved = resample(
            channel[None],
            framed.affine,
            framed.source_affine,
            framed.source_shape_zyx,
            interpolation=interpolation,
            fill=float(outside),
        )
        return moved[0]
    turned_shape, turned_affine = _turned_source(framed)
    full = np.full((1, *turned_shape), outside, dtype=channel.dtype)
    (z0, z1), (y0, y1), (x0, x1) = framed.box_zyx
    full[0, z0:z1, y0:y1, x0:x1] = channel
    back, _ = geometry.reorient(full, turned_affine, geometry.axis_codes(framed.source_affine))
    return np.ascontiguousarray(back[0])


def target_grid(
    shape_zyx: Sequence[int], affine: np.ndarray, spacing_mm: tuple[float, float, float] | None
) -> tuple[np.ndarray, tuple[int, int, int]]:
    """Grid of the wanted spacing around the same centre, just large enough.

    The same affine object comes back where nothing needs resampling.
    """
    z, y, x = (int(n) for n in shape_zyx)
    if spacing_mm is None:
        return affine, (z, y, x)
    own = np.array(geometry.spacing_mm(affine))
    ratio = np.asarray(spacing_mm, dtype=np.float64) / own
    ratio[np.abs(ratio - 1.0) <= SAME_SPACING] = 1.0
    if (ratio == 1.0).all():
        return affine, (z, y, x)
    size = np.array([x, y, z])
    new_size = np.array([max(1, ceil(n / r - 1e-6)) for n, r in zip(size, ratio, strict=True)])
    first = (size - 1) / 2 - (new_size - 1) / 2 * ratio  # the new first voxel's centre in old indices
    target = affine.copy()
    target[:3, :3] = affine[:3, :3] * ratio
    target[:3, 3] = affine[:3, :3] @ first + affine[:3, 3]
    nx, ny, nz = (int(n) for n in new_size)
    return target, (nz, ny, nx)


def _check_size(shape_zyx: Sequence[int], spec: InputSpec, volume: Volume) -> None:
    """Refuse a grid that no memory holds: a large image for a fine model, or a spacing that is a mistake."""
    if prod(shape_zyx) > MAX_VOXELS:
        size = " x ".join(f"{n:.4g}" for n in reversed(shape_zyx))
        raise UserError(
            f"would have {size} voxels at the model's spacing, more than {MAX_VOXELS:.2g}",
            volume.path,
            "Crop the image or give a region of interest; check its spacing and the model's",
        )


def _turned_source(framed: FramedImage) -> tuple[tuple[int, int, int], np.ndarray]:
    """Shape and affine of the whole source in the framed orientation."""
    return turned_grid(framed.source_shape_zyx, framed.source_affine, framed.orientation)


def _shifted(affine: np.ndarray, box: Box) -> np.ndarray:
    """The affine of the part of a grid that begins at the box's first voxel."""
    result = np.array(affine, dtype=np.float64)
    result[:3, 3] += result[:3, :3] @ np.array([start for start, _ in reversed(box)], dtype=np.float64)
    return result


def _nearer_to_whole(
    part: np.ndarray, turned: np.ndarray, spacing: tuple[float, float, float], spec: InputSpec
) -> bool:
    """Whether the training volumes' size is nearer to the whole volume's than to the part's."""
    extent = (spec.training_range or {}).get("extent_mm")
    if not extent:
        return False
    middle = np.log(np.asarray(extent["low"]) * np.asarray(extent["high"])).sum() / 2
    gap = [abs(np.log(np.array(a.shape[:0:-1]) * spacing).sum() - middle) for a in (part, turned)]
    return bool(gap[1] < gap[0])

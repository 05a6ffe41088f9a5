"""The same scan as another site would deliver it: cropped elsewhere, other intensities, other grid.

Each perturbation moves image and label alike, so that what changes in the Dice is the model's doing. They are
changes that a user does not notice as damage; images made visibly worse are in
`ugmcl.evaluation.degradations`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.ndimage import zoom
from scipy.spatial.transform import Rotation

from ugmcl.evaluation.degradations import add_bias_field
from ugmcl.volumes.geometry import corner_indices, spacing_mm
from ugmcl.volumes.resampling import resample
from ugmcl.volumes.volume import Volume

Pair = tuple[Volume, Volume]
Perturb = Callable[[Volume, Volume], Pair]
SEED = 1337
COARSE_MM = 10.0  # between two supporting points of synthetic tissue


def perturbations() -> list[tuple[str, Perturb]]:
    """Name and function of all of them; each takes and returns image and label on one grid."""
    return [
        ("crop 10 mm closer", partial(crop, margin_mm=10.0)),
        ("dark surroundings, 20 mm", partial(surround, margin_mm=20.0, kind="dark")),
        ("mirrored surroundings, 20 mm", partial(surround, margin_mm=20.0, kind="mirrored")),
        ("synthetic surroundings, 20 mm", partial(surround, margin_mm=20.0, kind="synthetic")),
        ("synthetic surroundings, 40 mm", partial(surround, margin_mm=40.0, kind="synthetic")),
        ("intensity x 0.5", partial(rescale, factor=0.5)),
        ("intensity x 2, plus 100", partial(rescale, factor=2.0, shift=100.0)),
        ("intensity clipped at 95 %", partial(clip, percentile=95.0)),
        ("bias field, mild", partial(bias, strength=0.3)),
        ("bias field, strong", partial(bias, strength=0.6)),
        ("oblique by 15 degrees", partial(oblique, degrees=15.0)),
        ("voxels of 1.0 mm", partial(respace, spacing=1.0)),
        ("voxels of 1.25 mm", partial(respace, spacing=1.25)),
    ]


def crop(image: Volume, label: Volume, margin_mm: float) -> Pair:
    """Cut away at every face, but never into the labelled structure nor more than a third of the side."""
    steps = [
        min(round(margin_mm / s), n // 3) for s, n in zip(_spacing_zyx(image), image.shape_zyx, strict=True)
    ]
    bounds = []
    for axis, step in enumerate(steps):
        others = tuple(other for other in range(3) if other != axis)
        inside = np.flatnonzero((label.array[0] > 0).any(axis=others))
        side = image.shape_zyx[axis]
        first = min(step, int(inside[0])) if inside.size else step
        last = max(side - step, int(inside[-1]) + 1) if inside.size else side - step
        bounds.append(slice(first, last))
    cut = (slice(None), *bounds)
    affine = image.affine.copy()
    affine[:3, 3] = (image.affine @ [*(float(b.start) for b in reversed(bounds)), 1.0])[:3]
    return Volume(image.array[cut], affine), Volume(label.array[cut], affine)


def surround(image: Volume, label: Volume, margin_mm: float, kind: str) -> Pair:
    """More around the scan: its darkest value, its own mirror image, or smooth random tissue of its range."""
    widths = [(round(margin_mm / s),) * 2 for s in _spacing_zyx(image)]
    pad = [(0, 0), *widths]
    array = np.asarray(image.array, np.float32)
    if kind == "mirrored":
        wide = np.pad(array, pad, mode="symmetric")
    else:
        wide = np.pad(array, pad, constant_values=float(array.min()))
    if kind == "synthetic":
        inside = np.pad(np.ones(array.shape, bool), pad)
        wide = np.where(inside, wide, _tissue(array, wide.shape, _spacing_zyx(image)))
    affine = image.affine.copy()
    affine[:3, 3] = (image.affine @ [*(-float(w[0]) for w in reversed(widths)), 1.0])[:3]
    return Volume(wide, affine), Volume(np.pad(label.array, pad), affine)


def rescale(image: Volume, label: Volume, factor: float, shift: float = 0.0) -> Pair:
    """Intensity times ``factor`` plus ``shift``."""
    return Volume(np.asarray(image.array, np.float32) * factor + shift, image.affine), label


def clip(image: Volume, label: Volume, percentile: float) -> Pair:
    """Bright values cut, as by a narrow window when exporting."""
    array = np.asarray(image.array, np.float32)
    return Volume(np.minimum(array, np.percentile(array, percentile)), image.affine), label


def bias(image: Volume, label: Volume, strength: float) -> Pair:
    """A coil's smooth shading."""
    shaded = np.stack([add_bias_field(channel, strength) for channel in image.array])
    return Volume(shaded, image.affine), label


def oblique(image: Volume, label: Volume, degrees: float) -> Pair:
    """Taken on a grid turned about two axes of the patient; its box holds the whole scan, zero outside."""
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_euler("zx", [degrees, degrees], degrees=True).as_matrix()
    affine = turn @ image.affine
    corners = corner_indices(image.shape_zyx) @ (np.linalg.inv(affine) @ image.affine).T
    low = np.floor(corners[:, :3].min(axis=0))
    size = (np.ceil(corners[:, :3].max(axis=0)) - low + 1).astype(int)
    affine[:3, 3] = (affine @ [*low, 1.0])[:3]
    return _on_grid(image, label, affine, tuple(size[::-1]))


def respace(image: Volume, label: Volume, spacing: float) -> Pair:
    """Reconstructed with voxels of this size in mm."""
    old = np.array(spacing_mm(image.affine))
    size = np.maximum(1, np.round(np.array(image.shape_zyx[::-1]) * old / spacing)).astype(int)
    affine = image.affine.copy()
    affine[:3, :3] = image.affine[:3, :3] / old * spacing
    shift = 0.5 * (spacing / old - 1.0)  # the outer faces stay where they are
    affine[:3, 3] = (image.affine @ [*shift, 1.0])[:3]
    return _on_grid(image, label, affine, tuple(size[::-1]))


def _on_grid(image: Volume, label: Volume, affine: np.ndarray, shape_zyx: tuple[int, ...]) -> Pair:
    array = np.asarray(image.array, np.float32)
    moved = resample(array, image.affine, affine, shape_zyx, fill=float(array.min()), anti_alias=True)
    labels = resample(label.array, label.affine, affine, shape_zyx, interpolation="nearest")
    return Volume(moved, affine), Volume(labels, affine)


def _tissue(array: np.ndarray, shape: tuple[int, ...], spacing_zyx: tuple[float, ...]) -> np.ndarray:
    """Smooth random intensity between the 5th and the 80th percentile of the scan."""
    low, high = np.percentile(array, [5.0, 80.0])
    random = np.random.default_rng(SEED)
    points = [max(2, round(n * s / COARSE_MM)) for n, s in zip(shape[1:], spacing_zyx, strict=True)]
    result = np.empty(shape, np.float32)
    for channel in result:
        coarse = random.uniform(low, high, points).astype(np.float32)
        factors = [n / p for n, p in zip(shape[1:], points, strict=True)]
        channel[...] = zoom(coarse, factors, order=1, mode="nearest", grid_mode=True)[
            : shape[1], : shape[2], : shape[3]
        ]
    return result


def _spacing_zyx(volume: Volume) -> tuple[float, float, float]:
    x, y, z = spacing_mm(volume.affine)
    return z, y, x

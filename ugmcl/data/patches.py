"""One patch of a prepared case, augmented: image, label and distance targets moved alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ugmcl.data.cache import Cache, CachedCase
from ugmcl.data.distances import CLIP_MM, QUANTUM_MM, patch_targets, to_targets
from ugmcl.transforms.crop import Start, centered_start, cut, inner_slices, random_start
from ugmcl.transforms.field_of_view import change_field_of_view
from ugmcl.transforms.intensity import change_intensity
from ugmcl.transforms.rotation_scaling import Warp, draw_warp
from ugmcl.transforms.symmetry import draw_symmetry

BEYOND = round(CLIP_MM / QUANTUM_MM)  # steps of a distance outside of the volume until it is computed


@dataclass(frozen=True)
class PatchSettings:
    """Those of the training's settings that shape patches; see `ugmcl.training.settings`."""

    patch_zyx: tuple[int, int, int]
    distance_scale: str
    distance_scale_mm: float
    flip_axes: tuple[str, ...]
    rotate_planes: tuple[str, ...]
    intensity_probability: float
    rotation_degrees: float
    scaling: float
    foreground_share: float
    field_of_view_probability: float = 0.0

    @classmethod
    def of(cls, settings: Any) -> PatchSettings:
        """Copied from the training's settings, so that processes need nothing else."""
        x, y, z = settings.patch
        return cls(
            patch_zyx=(int(z), int(y), int(x)),
            distance_scale=settings.distance_scale,
            distance_scale_mm=float(settings.distance_scale_mm),
            flip_axes=tuple(settings.flip_axes),
            rotate_planes=tuple(settings.rotate_planes),
            intensity_probability=float(settings.intensity_probability),
            rotation_degrees=float(settings.rotation_degrees),
            scaling=float(settings.scaling),
            foreground_share=float(settings.foreground_share),
            field_of_view_probability=float(settings.field_of_view_probability),
        )


@dataclass(frozen=True)
class Patch:
    """An augmented patch; the three last are None without a label.

    Attributes:
        image: (N, z, y, x) float32.
        label: (z, y, x) uint8 of classes and 255.
        distance: (C-1, z, y, x) float32 targets.
        known: (C-1, z, y, x) bool.
    """

    image: np.ndarray
    label: np.ndarray | None = None
    distance: np.ndarray | None = None
    known: np.ndarray | None = None


class PatchMaker:
    """Draws patches from a cache."""

    def __init__(self, cache: Cache, settings: PatchSettings) -> None:
        self.cache = cache
        self.settings = settings
        self.guides = tuple(case for case in cache.with_role("labelled") if case.has_label)

    def draw(self, case: CachedCase, with_label: bool, random: np.random.Generator) -> Patch:
        """A patch of ``case``, every draw from ``random``; the same policy with and without a label."""
        settings = self.settings
        start = self._start(case, with_label, random)
        warp = None
        if settings.rotation_degrees > 0 or settings.scaling > 0:
            warp = draw_warp(settings.rotation_degrees, settings.scaling, random)
        symmetry = draw_symmetry(
            settings.flip_axes, settings.rotate_planes, settings.patch_zyx, case.spacing_zyx, random
        )
        image = symmetry.apply(self._read(self.cache.image(case.id), case, start, warp, np.float32))
        if settings.intensity_probability > 0:
            spacing = case.spacing_zyx
            image = change_intensity(image, spacing, settings.intensity_probability, random)
        visible = None
        if settings.field_of_view_probability > 0:
            image, visible = change_field_of_view(image, settings.field_of_view_probability, random)
        if not with_label:
            return Patch(image)
        label = self._read(self.cache.label(case.id), case, start, warp, np.uint8)
        distance, known = self._distances(case, start, label, warp)
        label, distance, known = (symmetry.apply(array) for array in (label, distance, known))
        if visible is not None:
            # other surroundings are background, or a network never learns to be sure of that; the distance
            # to a surface that was covered stays unknown
            label, known = np.where(visible, label, np.uint8(0)), known & visible
        return Patch(image, label, distance, known)

    def _start(self, case: CachedCase, with_label: bool, random: np.random.Generator) -> Start:
        """Anywhere, or with probability ``foreground_share`` around foreground.

        An unlabelled case has none that may be known: it borrows the place, relative to the volume's size,
        from a labelled case, so that both streams see the same share of the structures' surroundings.
        """
        patch = self.settings.patch_zyx
        if random.random() < self.settings.foreground_share and self.guides:
            guide = case if with_label else self.guides[int(random.integers(len(self.guides)))]
            rows = self.cache.foreground(guide.id)
            if len(rows):
                classes = np.unique(rows[:, 0])
                rows = rows[rows[:, 0] == classes[random.integers(len(classes))]]
                place = rows[random.integers(len(rows)), 1:]
                share = (place + 0.5) / np.asarray(guide.shape_zyx)
                return centered_start(case.shape_zyx, patch, (share * case.shape_zyx).astype(int).tolist())
        return random_start(case.shape_zyx, patch, random)

    def _read(
        self, array: np.ndarray, case: CachedCase, start: Start, warp: Warp | None, dtype: type
    ) -> np.ndarray:
        if warp is None:
            return cut(array, start, self.settings.patch_zyx, dtype=dtype)
        return warp.sample(
            lambda first, size: cut(array, first, size, dtype=dtype),
            start,
            self.settings.patch_zyx,
            case.spacing_zyx,
            order=1 if dtype is np.float32 else 0,
        )

    def _distances(
        self, case: CachedCase, start: Start, label: np.ndarray, warp: Warp | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Targets of the patch: cut from the cache with the fixed scale, else computed from its label.

        Outside of the volume there is background: distances there are computed from the patch as well.
        """
        settings = self.settings

        def from_patch() -> tuple[np.ndarray, np.ndarray]:
            return patch_targets(
                label,
                self.cache.classes,
                settings.distance_scale,
                case.spacing_zyx,
                settings.distance_scale_mm,
            )

        if warp is not None or settings.distance_scale == "patch":
            return from_patch()
        size = settings.patch_zyx
        steps = cut(self.cache.distance(case.id), start, size, fill=BEYOND)
        ignored = self.cache.ignored(case.id)
        way = None if ignored is None else cut(ignored, start, size, fill=BEYOND)
        targets, known = to_targets(steps, settings.distance_scale_mm, way)
        _, inside = inner_slices(case.shape_zyx, start, size)
        outside = np.ones(size, dtype=bool)
        outside[inside] = False
        if outside.any():
            computed, computed_known = from_patch()
            np.copyto(targets, computed, where=outside)
            np.copyto(known, computed_known, where=outside)
        return targets, known

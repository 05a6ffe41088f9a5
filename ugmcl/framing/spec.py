"""InputSpec: what a network expects of its input.

The model package stores it; preparation and segmentation share it.
Lengths and sizes are in x, y, z order as users see them; ``patch_zyx`` is the array's order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ugmcl.errors import UserError

NormalisationKind = Literal["zscore", "zscore_nonzero", "none"]
KINDS: tuple[NormalisationKind, ...] = ("zscore", "zscore_nonzero", "none")


@dataclass(frozen=True)
class Normalisation:
    """How intensities become the network's: each channel for itself, from the voxels that are given.

    Attributes:
        kind: ``zscore`` (mean 0, deviation 1 over all voxels), ``zscore_nonzero`` (over the voxels that are
            not 0, which stay 0: scans with the background cut away), ``none``.
        clip_percentiles: values below the first and above the second percentile of the same voxels are
            clipped before mean and deviation are taken; None clips nothing. Ignored by ``none``.
        exclude_padding: the fill around an image that was turned or enlarged onto another grid gives no
            statistics (`ugmcl.framing.normalisation.is_padding`): the same tissue keeps its value however
            much of nothing surrounds it. Ignored by ``none``.
    """

    kind: NormalisationKind = "zscore"
    clip_percentiles: tuple[float, float] | None = (0.5, 99.5)
    exclude_padding: bool = False

    def to_json(self) -> dict[str, Any]:
        """As the dictionary that model.json and cache.json hold."""
        clip = self.clip_percentiles
        padding = {"exclude_padding": True} if self.exclude_padding else {}  # else as before it was known
        return {"kind": self.kind, "clip_percentiles": None if clip is None else list(clip), **padding}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Normalisation:
        """Inverse of `to_json`. Raises UserError for an unknown kind or percentiles out of order."""
        kind = data.get("kind", "zscore")
        if kind not in KINDS:
            raise UserError(f"unknown normalisation {kind!r}", "input", f"Choose one of {', '.join(KINDS)}")
        clip = data.get("clip_percentiles")
        without_padding = data.get("exclude_padding") is True
        if clip is None:
            return cls(kind, None, without_padding)
        low, high = _numbers(clip, 2, "clip_percentiles")
        if not 0 <= low < high <= 100:
            raise UserError(f"clip_percentiles {low}, {high} are not 0 <= low < high <= 100", "input")
        return cls(kind, (low, high), without_padding)


@dataclass(frozen=True)
class InputSpec:
    """Everything that `ugmcl.framing.frame` needs to bring a volume into the network's form.

    Attributes:
        modality: in the field's words ("T1 MRI", "CT"), shown and compared, never computed with.
        channels: one name a channel, in the order of the network's input.
        spacing_mm: voxel spacing (x, y, z) that every volume is resampled to; None keeps each volume's own.
        patch: patch of training, and tile of segmentation, in voxels (x, y, z).
        orientation: axis codes of the network's grid.
        normalisation: of the intensities.
        training_range: what the training volumes looked like, for the "this does not look like what the model
            knows" warning: ``spacing_mm`` and ``extent_mm`` as ``{"low": [x, y, z], "high": [x, y, z]}`` in
            the network's orientation, ``intensity`` as a list with, per channel, the ``[low, high]`` over the
            training volumes of ``percentile_1``, ``median`` and ``percentile_99`` of the stored values.
        locates: in volumes larger than those of the training, look for the structure first
            (`ugmcl.segmentation.locator`); only for models of which this was tried.
    """

    modality: str
    channels: tuple[str, ...]
    spacing_mm: tuple[float, float, float] | None
    patch: tuple[int, int, int]
    orientation: str = "LPS"
    normalisation: Normalisation = field(default_factory=Normalisation)
    training_range: dict[str, Any] | None = None
    locates: bool = False

    @property
    def patch_zyx(self) -> tuple[int, int, int]:
        """The patch in the array's order."""
        x, y, z = self.patch
        return (z, y, x)

    def to_json(self) -> dict[str, Any]:
        """As the dictionary that model.json and cache.json hold."""
        data = asdict(self)
        data["channels"] = list(self.channels)
        data["spacing_mm"] = None if self.spacing_mm is None else list(self.spacing_mm)
        data["patch"] = list(self.patch)
        data["normalisation"] = self.normalisation.to_json()
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> InputSpec:
        """Inverse of `to_json`. Raises UserError where a value is missing or makes no sense."""
        for key in ("channels", "patch"):
            if key not in data:
                raise UserError(f"the key {key!r} is missing", "input")
        channels = data["channels"]
        if isinstance(channels, str) or not channels:
            raise UserError("channels must be a list of at least one name", "input")
        spacing = data.get("spacing_mm")
        if spacing is not None:
            spacing = _numbers(spacing, 3, "spacing_mm")
            if min(spacing) <= 0:
                raise UserError(f"spacing_mm {spacing} must be positive", "input")
        patch = _numbers(data["patch"], 3, "patch")
        if min(patch) < 1 or any(side != int(side) for side in patch):
            raise UserError(f"patch {patch} must be three whole numbers over 0", "input")
        orientation = str(data.get("orientation", "LPS")).upper()
        if len(orientation) != 3 or any(
            len(set(orientation) & set(pair)) != 1 for pair in ("LR", "PA", "SI")
        ):
            raise UserError(f"orientation {orientation!r} is not three letters of L/R, P/A, S/I", "input")
        x, y, z = (int(side) for side in patch)
        return cls(
            modality=str(data.get("modality", "")),
            channels=tuple(str(name) for name in channels),
            spacing_mm=spacing,
            patch=(x, y, z),
            orientation=orientation,
            normalisation=Normalisation.from_json(data.get("normalisation") or {}),
            training_range=data.get("training_range"),
            locates=data.get("locates") is True,
        )


def _numbers(values: Sequence[Any], count: int, name: str) -> Any:
    """``count`` finite numbers as a tuple of float."""
    try:
        numbers = tuple(float(value) for value in values)
    except (TypeError, ValueError):
        numbers = ()
    if len(numbers) != count or not all(abs(number) < 1e9 for number in numbers):
        raise UserError(f"{name} must be {count} numbers, not {values!r}", "input")
    return numbers

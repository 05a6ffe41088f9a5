"""What a user may ask of a segmentation."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ugmcl.errors import UserError

MAPS = ("probability", "mutual_information", "disagreement", "regions")
FORMATS = {"nrrd": ".nrrd", "nifti": ".nii.gz"}
_NOT_IN_RESULT = ("device", "memory_budget", "preview", "compress")  # they change how, not what is found


@dataclass(frozen=True)
class SegmentOptions:
    """Options of one segmentation or of a whole cohort.

    Attributes:
        passes: Monte-Carlo passes T; None takes the model's.
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:N``, ``mps``.
        precision: ``auto``, ``fp32``, ``bf16``, ``fp16``.
        roi: region of interest in LPS mm, least x, y, z and greatest x, y, z; outside is background without
            uncertainty.
        locate: in a volume larger than the model's training volumes, look for the structure first and
            segment inside of its box, where the model was made for that.
        segments: names of the segments to keep; None keeps all.
        largest_component: of every segment keep the largest connected piece, counted in certain voxels; None
            does what the model says.
        fill_holes: fill background that a segment encloses.
        maps: any of `MAPS`, on the input's grid; ``regions`` holds each voxel's region by its rank.
        format: ``nrrd`` or ``nifti``.
        compress: the result files; without, they are larger and faster to read.
        preview: draw NAME_preview.png.
        memory_budget: bytes to stay under; None asks the device.
    """

    passes: int | None = None
    device: str = "auto"
    precision: str = "auto"
    roi: tuple[float, float, float, float, float, float] | None = None
    locate: bool = True
    segments: tuple[str, ...] | None = None
    largest_component: bool | None = None
    fill_holes: bool = False
    maps: tuple[str, ...] = ()
    format: str = "nrrd"
    compress: bool = True
    preview: bool = True
    memory_budget: int | None = None

    def __post_init__(self) -> None:
        unknown = [name for name in self.maps if name not in MAPS]
        if unknown:
            raise UserError(f"unknown map {unknown[0]}", "maps", f"Choose from {', '.join(MAPS)}")
        if self.format not in FORMATS:
            raise UserError(f"unknown format {self.format}", "format", "Choose nrrd or nifti")
        if self.roi is not None:
            if len(self.roi) != 6:
                raise UserError(
                    "a region of interest is six numbers in mm (LPS)",
                    "roi",
                    "Give the least x, y, z and the greatest x, y, z",
                )
            if any(low >= high for low, high in zip(self.roi[:3], self.roi[3:], strict=True)):
                raise UserError(
                    "the region of interest is empty",
                    "roi",
                    "Every greatest coordinate must exceed the least one",
                )

    def settings(self) -> dict[str, Any]:
        """For the report."""
        stored = asdict(self)
        return {key: list(value) if isinstance(value, tuple) else value for key, value in stored.items()}

    def fingerprint(self) -> dict[str, Any]:
        """The options that the result depends on, to tell whether a finished case is still right."""
        return {key: value for key, value in self.settings().items() if key not in _NOT_IN_RESULT}

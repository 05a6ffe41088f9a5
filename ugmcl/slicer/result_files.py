"""The files of a finished segmentation as arrays: no Qt, VTK or MRML, so that a thread can read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ugmcl.errors import UserError
from ugmcl.volumes.segment import Segment

_NO_MAPS = ("segmentation", "uncertainty", "regions", "report", "preview")


@dataclass(frozen=True)
class ResultArrays:
    """A result on the input's grid.

    Attributes:
        labels_zyx: uint8. affine: (4, 4), index to LPS mm. segments: what the values are.
        uncertainty: (z, y, x) float32 in 0..1, or None.
        maps: further volumes by kind (``probability_NAME``, ``disagreement``), float32.
        regions: (z, y, x), the rank of each voxel's uncertain region, 0 for none; or None.
        report: content of the report.
    """

    labels_zyx: np.ndarray
    affine: np.ndarray
    segments: tuple[Segment, ...]
    uncertainty: np.ndarray | None
    maps: dict[str, np.ndarray] = field(default_factory=dict)
    regions: np.ndarray | None = None
    report: dict[str, Any] = field(default_factory=dict)


class ResultFiles:
    """Reads results; a class so that the door has one name."""

    @staticmethod
    def read(folder: Path, result: Mapping[str, Any]) -> ResultArrays:
        """Arrays of a finished job.

        Args:
            folder: which the files' paths are relative to.
            result: of the job: ``files`` by kind, ``report``.

        Raises:
            UserError: a file is missing, cannot be read, or does not fit the label.
        """
        from ugmcl.volumes.segmentation_files import read_segmentation

        files = {kind: Path(folder) / name for kind, name in result["files"].items()}
        if "segmentation" not in files:
            raise UserError("the result holds no segmentation", folder, "Segment again")
        label, segments = read_segmentation(files["segmentation"])
        labels = np.ascontiguousarray(label.array[0].astype(np.uint8, copy=False))
        report = dict(result["report"])
        maps = {kind: _volume(path, labels) for kind, path in files.items() if kind not in _NO_MAPS}
        regions = _volume(files["regions"], labels) if "regions" in files else None
        return ResultArrays(
            labels_zyx=labels,
            affine=label.affine,
            segments=tuple(segments),
            uncertainty=_volume(files["uncertainty"], labels) if "uncertainty" in files else None,
            maps=maps,
            regions=None if regions is None else regions.astype(np.uint16),
            report=report,
        )


def _volume(path: Path, labels: np.ndarray) -> np.ndarray:
    from ugmcl.volumes.reading import read_image

    array: np.ndarray = np.ascontiguousarray(read_image(path).array[0])
    if array.shape != labels.shape:
        raise UserError("the result's files do not fit each other", path.name, "Segment again")
    return array

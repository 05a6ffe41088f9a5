"""What one segmentation gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ugmcl.framing.frame import FramedImage
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.segmentation.prediction import Prediction
from ugmcl.segmentation.regions import Region
from ugmcl.volumes.segment import Segment
from ugmcl.volumes.volume import Volume


@dataclass(frozen=True)
class SegmentationResult:
    """A segmented case, everything on the input's own grid.

    Attributes:
        name: of the case; result files begin with it.
        image: the input.
        label: (1, z, y, x) uint8, the segments' values.
        uncertainty: (1, z, y, x) float32, predictive entropy / ln C, 0..1.
        maps: further maps by the end of their file name, as asked for.
        segments: names, colours and terminology of the label's values.
        regions: places worth a look, best first.
        report: what NAME_report.json holds.
        options: what was asked for.
        framed: the image as the network saw it.
        prediction: what the passes said, on the framed grid.
    """

    name: str
    image: Volume
    label: Volume
    uncertainty: Volume
    maps: dict[str, Volume]
    segments: Sequence[Segment]
    regions: Sequence[Region]
    report: dict[str, Any]
    options: SegmentOptions
    framed: FramedImage
    prediction: Prediction

    def save(self, folder: str | Path) -> dict[str, Path]:
        """Write all result files into ``folder`` (made if missing); what is what, by path.

        Raises:
            UserError: the folder cannot be written; nothing is left under a final name then.
        """
        from ugmcl.segmentation.outputs import save_result  # draws, and so imports matplotlib

        return save_result(self, Path(folder))

"""The maps that are made on request, on the input's own grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ugmcl.framing.frame import FramedImage, unframe_channel
from ugmcl.segmentation.prediction import Prediction
from ugmcl.segmentation.regions import Region
from ugmcl.volumes.segment import Segment


def further_maps(
    wanted: Sequence[str],
    prediction: Prediction,
    framed: FramedImage,
    segments: Mapping[int, Segment],
    regions: Sequence[Region],
) -> dict[str, NDArray]:
    """The maps of `options.MAPS` that are ``wanted``, by the end of their file name, each (z, y, x).

    Args:
        wanted: names of maps.
        prediction: on the framed grid.
        framed: the way back to the input's grid.
        segments: by class index, those that the user keeps.
        regions: best first; voxel value 1 is the first one.
    """
    maps: dict[str, NDArray] = {}
    if "probability" in wanted:
        for c, segment in segments.items():
            maps[f"probability_{segment.name}"] = unframe_channel(prediction.probability[c], framed)
    if "mutual_information" in wanted:
        maps["mutual_information"] = unframe_channel(prediction.mutual_information, framed)
    if "disagreement" in wanted and prediction.disagreement is not None:
        maps["disagreement"] = unframe_channel(prediction.disagreement, framed)
    if "regions" in wanted:
        maps["regions"] = unframe_channel(_ranks(regions, framed.shape_zyx), framed, interpolation="nearest")
    return maps


def _ranks(regions: Sequence[Region], shape_zyx: tuple[int, int, int]) -> NDArray[np.uint8]:
    ranks = np.zeros(shape_zyx, dtype=np.uint8)
    for rank, region in enumerate(regions, start=1):
        ranks[tuple(region.voxels.T)] = rank
    return ranks

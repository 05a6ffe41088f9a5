"""Does a volume look like what the model knows? Plain sentences where it does not (numpy only).

The training volumes' range of spacing, extent and intensity is in the model's InputSpec; the statistics of a
volume come from `ugmcl.framing.statistics.volume_statistics`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ugmcl.framing.spec import InputSpec
from ugmcl.framing.statistics import volume_statistics
from ugmcl.volumes.volume import Volume

SPACING_MARGIN = 1.25  # factor beyond the range that is still no surprise
EXTENT_MARGIN = 1.4
SCALE_MARGIN = 10.0  # units of MRI are arbitrary, ten times larger values are another kind of image
INTENSITY_MARGIN = 1.0  # times the width of the training images' intensities


def unfamiliar_volume(volume: Volume, spec: InputSpec) -> list[str]:
    """`unfamiliar` of a volume itself."""
    return unfamiliar(volume_statistics(volume, spec.orientation), spec)


def unfamiliar(statistics: Mapping[str, Any], spec: InputSpec) -> list[str]:
    """One sentence for each way in which a volume is unlike the training volumes; none where it is like them.

    Args:
        statistics: of the volume, as `volume_statistics` gives them in the spec's orientation.
        spec: of the model; without a ``training_range`` nothing can be said.
    """
    known = spec.training_range or {}
    sentences = []
    if bounds := known.get("spacing_mm"):
        sentences += _beyond("voxel spacing", statistics["spacing_mm"], bounds, SPACING_MARGIN)
    if bounds := known.get("extent_mm"):
        sentences += _beyond("extent", statistics["extent_mm"], bounds, EXTENT_MARGIN)
    channels = zip(spec.channels, statistics["intensity"], known.get("intensity") or (), strict=False)
    for name, found, ranges in channels:
        sentences += _intensity(name, found, ranges, spec)
    return sentences


def _beyond(what: str, values: Sequence[float], bounds: Mapping[str, Any], margin: float) -> list[str]:
    low, high = bounds["low"], bounds["high"]
    usual = all(a / margin <= v <= b * margin for v, a, b in zip(values, low, high, strict=True))
    if usual:
        return []
    return [
        f"The {what} ({_lengths(values)} mm) is unlike that of the training images "
        f"({_lengths(low)} to {_lengths(high)} mm)"
    ]


def _intensity(
    channel: str, found: Mapping[str, float], ranges: Mapping[str, Any], spec: InputSpec
) -> list[str]:
    least, most = found["percentile_1"], found["percentile_99"]
    if most <= least:
        return [f"The image's intensities ({channel}) are all alike"]
    low, high = ranges["percentile_1"][0], ranges["percentile_99"][1]
    width = max(high - low, 1e-12)
    # about the narrowest training image: sets that mix scanners hold scales a thousand times apart
    narrowest = ranges["percentile_99"][0] - ranges["percentile_1"][0]
    relative = spec.normalisation.kind != "none"  # scale is divided out then, only an odd one is worth a word
    if relative:
        usual = narrowest / SCALE_MARGIN <= most - least <= width * SCALE_MARGIN
        usual = usual and not (least < -0.1 * (most - least) and ranges["percentile_1"][0] >= 0)
    else:
        margin = INTENSITY_MARGIN * width
        usual = low - margin <= least and most <= high + margin
    if usual:
        return []
    return [
        f"The intensities ({channel}: {least:.4g} to {most:.4g}) are unlike those of the training images "
        f"({low:.4g} to {high:.4g}), which were {spec.modality or 'of another kind'}"
    ]


def _lengths(values: Sequence[float]) -> str:
    return " × ".join(f"{value:.3g}" for value in values)

"""NAME_report.json: what was found, how sure it is, where to look, and how it was made."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ugmcl.models.package import ModelPackage
from ugmcl.segmentation.confidence import Confidence, expected_dice, expected_interval
from ugmcl.segmentation.excess import Excess, certain_surface_share
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.volumes.segment import Segment
from ugmcl.volumes.volume import Volume

FORMAT = "ugmcl-report/1"
_PACKAGES = ("ugmcl", "torch", "numpy", "scipy", "SimpleITK", "monai")
MEANING = (
    "confidence is the mean pairwise Dice of the Monte-Carlo passes on the model's grid, before any "
    "clean-up of the label; expected_dice is what it stands for by the model's calibration, if it has one"
)


def segment_rows(
    segments: Mapping[int, Segment],
    counts: NDArray[np.int64],
    voxel_ml: float,
    confidence: Confidence,
    excess: Excess,
    labels: NDArray[np.uint8],
    confidence_map: Mapping[str, Any] | None,
) -> list[dict[str, Any]]:
    """One row a segment.

    Args:
        segments: by class index, those that the user keeps.
        counts: voxels of each class in the final label on the input's grid, of ``voxel_ml`` mL each.
        confidence: of the passes.
        excess: over the rim, and ``labels`` (z, y, x), both on the model's grid.
        confidence_map: of the model.
    """
    rows = []
    for c, segment in segments.items():
        agreement = confidence.segments[c - 1]
        rows.append(
            {
                "value": segment.value,
                "name": segment.name,
                "volume_ml": rounded(int(counts[c]) * voxel_ml),
                "passes_mean_ml": rounded(agreement.mean_ml),
                "passes_sd_ml": rounded(agreement.sd_ml),
                "pairwise_dice": rounded(agreement.pairwise_dice),
                "expected_dice": rounded(expected_dice(agreement.pairwise_dice, confidence_map)),
                "expected_dice_interval": _interval(agreement.pairwise_dice, confidence_map),
                "certain_surface_share": rounded(certain_surface_share(excess, labels == c)),
            }
        )
    return rows


def _interval(pairwise_dice: float | None, confidence_map: Mapping[str, Any] | None) -> list[Any] | None:
    found = expected_interval(pairwise_dice, confidence_map)
    return None if found is None else [rounded(end) for end in found]


def case_confidence(confidence: Confidence, empty: bool, model: ModelPackage) -> dict[str, Any]:
    """The case's confidence; without any foreground in any pass there is none to speak of."""
    score = None if empty else confidence.pairwise_dice
    return {
        "pairwise_dice": rounded(score),
        "expected_dice": rounded(expected_dice(score, model.uncertainty.confidence_map)),
        "expected_dice_interval": _interval(score, model.uncertainty.confidence_map),
        "meaning": MEANING,
    }


def describe_surface(
    excess: Excess, labels: NDArray[np.uint8], segments: Mapping[int, Segment]
) -> dict[str, Any]:
    """Share of the surface of all kept segments together that is certain (design.md 11)."""
    kept = np.isin(labels, list(segments))
    return {"certain_share": rounded(certain_surface_share(excess, np.where(kept, labels, 0)))}


def describe_model(model: ModelPackage) -> dict[str, Any]:
    """Which model: name, version, title, licence, hash of the weights."""
    return {
        "name": model.name,
        "version": model.version,
        "title": model.title,
        "licence": model.licence,
        "weights_sha256": model.weights_sha256,
    }


def describe_input(volume: Volume) -> dict[str, Any]:
    """Geometry of the input, x, y, z; no path."""
    return {
        "sha256": volume_hash(volume),
        "channels": volume.channels,
        "size": list(volume.shape_zyx[::-1]),
        "spacing_mm": [rounded(s) for s in volume.spacing_mm],
        "notes": list(volume.notes),
    }


def volume_hash(volume: Volume) -> str:
    """SHA-256 of the source file, or of voxels and affine for a volume that came from no file."""
    if volume.source_hash:
        return volume.source_hash
    digest = hashlib.sha256(np.ascontiguousarray(volume.array).tobytes())
    digest.update(np.ascontiguousarray(volume.affine).tobytes())
    return digest.hexdigest()


def result_key(volume: Volume, model: ModelPackage, options: SegmentOptions) -> str:
    """Hash of all that the result depends on: input, weights and calibration, options, form of the report."""
    parts = {
        "format": FORMAT,
        "input": volume_hash(volume),
        "affine": np.asarray(volume.affine).tolist(),
        "model": [model.name, model.version, model.weights_sha256, model.input.to_json()],
        "uncertainty": asdict(model.uncertainty),
        "options": options.fingerprint(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def versions() -> dict[str, str]:
    """Of what computed."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue  # used from a source tree without installation
    return found


def timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def rounded(value: float | None, digits: int = 5) -> float | None:
    return None if value is None else round(float(value), digits)


def names_of(segments: Sequence[Segment]) -> list[str]:
    """Names by class index, background first."""
    return ["background", *(segment.name for segment in segments)]

"""What a strategy needs to know of one case (methods reference 7.6)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import ceil, log
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from torch import nn

from ugmcl.segmentation.boundary import box_around
from ugmcl.segmentation.prediction import Prediction

TOP_SHARE = 0.01  # the most uncertain hundredth speaks for a case
NEAR_MM = 10.0  # from the predicted foreground: doubt far away is noise of the background
FEATURE_SIDE = 96  # voxels; the pooled feature of a larger box around the foreground adds little


@dataclass(frozen=True)
class CaseScores:
    """One case under the current model.

    Attributes:
        case: its id.
        near: mean of the top 1 % of u within 10 mm of the foreground (of all voxels without foreground).
        overall: mean of the top 1 % of u over the whole case.
        classes: per segment the mean of the top 1 % of p_c H, H in nats.
        present: whether each segment is predicted at all.
        confidence: mean pairwise Dice of the passes; None without foreground.
        feature: pooled features of the deepest stage, of unit length.
    """

    case: str
    near: float
    overall: float
    classes: tuple[float, ...]
    present: tuple[bool, ...]
    confidence: float | None
    feature: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """For a file."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> CaseScores:
        """Inverse of `to_json`."""
        lists = ("classes", "present", "feature")
        values: dict[str, Any] = {k: tuple(v) if k in lists else v for k, v in data.items()}
        return cls(**values)


def score_case(
    case: str,
    prediction: Prediction,
    spacing_zyx: tuple[float, float, float],
    confidence: float | None,
    feature: NDArray[np.float32],
) -> CaseScores:
    """Scores of one case from its passes.

    Args:
        case: its id.
        prediction: on the model's grid.
        spacing_zyx: of that grid, mm.
        confidence: mean pairwise Dice of the passes.
        feature: see `pooled_feature`.
    """
    u, labels = prediction.uncertainty, prediction.labels
    entropy = u * log(len(prediction.probability))
    segments = range(1, len(prediction.probability))
    return CaseScores(
        case,
        top_mean(u[_near(labels, spacing_zyx)]) if labels.any() else top_mean(u),
        top_mean(u),
        tuple(top_mean(prediction.probability[c] * entropy) for c in segments),
        tuple(bool((labels == c).any()) for c in segments),
        confidence,
        tuple(float(v) for v in feature),
    )


def top_mean(values: NDArray[np.floating]) -> float:
    """Mean of the largest hundredth, at least of one value."""
    flat = values.ravel()
    count = max(1, ceil(TOP_SHARE * flat.size))
    return float(np.partition(flat, flat.size - count)[flat.size - count :].mean(dtype=np.float64))


@torch.inference_mode()
def pooled_feature(network: nn.Module, image: NDArray[np.float32], labels: NDArray) -> NDArray[np.float32]:
    """Mean over space of the deepest stage's features, of unit length.

    Args:
        network: with ``encode`` (every V-Net here).
        image: (N, z, y, x), normalised.
        labels: (z, y, x) predicted; the box around them is looked at, the image's middle without any.
    """
    part = image[(slice(None), *_window(labels))]
    sides = [-side % 16 for side in part.shape[1:]]
    padded = np.pad(part, [(0, 0), *((0, side) for side in sides)])
    device = next(network.parameters()).device
    deepest = network.encode(torch.from_numpy(padded[None]).to(device))[-1]  # type: ignore[operator]
    feature = deepest[0].float().mean(dim=(1, 2, 3)).cpu().numpy()
    length = float(np.linalg.norm(feature))
    return feature / length if length > 0 else feature


def _window(labels: NDArray) -> tuple[slice, ...]:
    """Up to `FEATURE_SIDE` voxels along each axis around the foreground's middle."""
    box = box_around(labels > 0) or tuple(slice(0, side) for side in labels.shape)
    window = []
    for part, side in zip(box, labels.shape, strict=True):
        length = min(FEATURE_SIDE, side)
        start = (part.start + part.stop - length) // 2
        start = min(max(start, 0), side - length)
        window.append(slice(start, start + length))
    return tuple(window)


def _near(labels: NDArray, spacing_zyx: tuple[float, float, float]) -> NDArray[np.bool_]:
    """Voxels within 10 mm of the foreground; distances are computed in the box that can hold them."""
    margin = [ceil(NEAR_MM / s) + 1 for s in spacing_zyx]
    box = box_around(labels > 0, margin)
    near = np.zeros(labels.shape, dtype=bool)
    if box is not None:
        near[box] = distance_transform_edt(labels[box] == 0, sampling=spacing_zyx) <= NEAR_MM
    return near

"""Training that starts from a given model: its network and input rule are kept, heads matched by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from ugmcl.errors import UserError
from ugmcl.framing.spec import InputSpec
from ugmcl.models.package import ModelPackage
from ugmcl.models.weights import load_network
from ugmcl.networks.registry import build_network
from ugmcl.training.loading import change_settings
from ugmcl.training.segment_rows import SegmentMatch, match_segments
from ugmcl.training.settings import TrainingSettings
from ugmcl.volumes.segment import Segment

FROM_MODEL = ("width", "norm")  # what cannot be overridden, of the network
FROM_MODEL_UNLESS_CHOSEN = ("dropout", "dropout_at")
INPUT_RULES = ("spacing_mm", "normalisation", "clip_percentiles")


def settings_from_start(settings: TrainingSettings, package: ModelPackage) -> TrainingSettings:
    """Settings with the network of the starting model.

    Raises:
        UserError: the user chose another network or input rule himself.
    """
    arguments = package.network["arguments"]
    changes: dict[str, Any] = {}
    for name in FROM_MODEL:
        if name in arguments:
            if name in settings.explicit and getattr(settings, name) != arguments[name]:
                raise _cannot_override(name, package)
            changes[name] = arguments[name]
    for name in INPUT_RULES:
        if name in settings.explicit:
            raise _cannot_override(name, package)
    for name in FROM_MODEL_UNLESS_CHOSEN:
        if name in arguments and name not in settings.explicit:
            changes[name] = arguments[name]
    return change_settings(settings, changes)


def spec_from_start(settings: TrainingSettings, package: ModelPackage) -> InputSpec:
    """The starting model's input rule, with this training's patch unless that is left to the model."""
    return package.input if settings.patch == "auto" else replace(package.input, patch=settings.patch)


def start_weights(
    package: ModelPackage, kind: str, arguments: dict[str, Any], segments: Sequence[Segment]
) -> dict[str, Tensor]:
    """A complete state for the new network: the model's weights, its heads' rows matched by segment.

    Segments that the model does not know keep fresh rows.

    Raises:
        UserError: other kind of network, other number of channels, or no segment in common.
    """
    require_fit(package, kind, arguments["in_channels"])
    source = load_network(package)
    return transferred(source, build_network(kind, **arguments), common_segments(package, segments).rows)


def require_fit(package: ModelPackage, kind: str, channels: int) -> None:
    """Whether the method's network can begin with the model.

    Raises:
        UserError: other kind of network, or other number of channels.
    """
    if package.network["kind"] != kind:
        raise UserError(
            f"its network is a {package.network['kind']}, the method needs a {kind}", package.name,
            "Choose another method or another starting model",
        )  # fmt: skip
    known = package.network["arguments"].get("in_channels", 1)
    if known != channels:
        raise UserError(
            f"the model takes {known} channels, the dataset has {channels}", package.name,
            "Choose a starting model for these channels",
        )  # fmt: skip


def common_segments(package: ModelPackage, segments: Sequence[Segment]) -> SegmentMatch:
    """Which of a data set's segments the model knows.

    Raises:
        UserError: none.
    """
    match = match_segments(package.segments, segments)
    if segments and not match.kept:
        known = ", ".join(segment.name for segment in package.segments)
        raise UserError(f"none of the dataset's segments is one of the model's ({known})", package.name,
                        "Rename the segments in the dataset, or train without a starting model")  # fmt: skip
    return match


@torch.no_grad()
def transferred(source: nn.Module, target: nn.Module, rows: dict[int, int]) -> dict[str, Tensor]:
    """State of ``target`` filled from ``source``; rows of the heads (1x1x1 convolutions) by ``rows``."""
    old, new = dict(source.state_dict()), dict(target.state_dict())
    heads = [n for n, m in target.named_modules() if isinstance(m, nn.Conv3d) and m.kernel_size == (1, 1, 1)]
    classes = int(target.classes)  # type: ignore[arg-type]
    for name, value in new.items():
        if name.rpartition(".")[0] not in heads:
            value.copy_(old[name])
            continue
        if name not in old:  # a model without a distance head: the new one begins fresh
            continue
        first = 0 if value.shape[0] == classes else 1  # the distance head has no background row
        for mine, its in rows.items():
            if mine >= first:
                value[mine - first].copy_(old[name][its - first])
    return new


def _cannot_override(name: str, package: ModelPackage) -> UserError:
    return UserError(
        f"{name} comes from the starting model and cannot be changed", package.name,
        f"Leave {name} out, or train without a starting model",
    )  # fmt: skip

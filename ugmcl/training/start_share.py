"""Weights between the starting model's and the trained ones: what is validated, shown and packaged.

A fine-tuning on a few cases gains on cases like them and loses on others. The weighted mean of both sets of
weights keeps much of what either knows (WiSE-FT: Wortsman et al., Robust fine-tuning of zero-shot models,
CVPR 2022); the training itself goes on from the trained weights alone. A run keeps the starting weights in
its folder, since the model may be deleted before the run ends.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from ugmcl.errors import UserError
from ugmcl.jobs.renaming import rename_patiently
from ugmcl.models.package import ModelPackage
from ugmcl.models.weights import load_network
from ugmcl.training.start import common_segments
from ugmcl.volumes.segment import Segment

FILE = "start.safetensors"


def learned_by_start(
    package: ModelPackage, weights: dict[str, Tensor], segments: Sequence[Segment]
) -> dict[str, Tensor]:
    """The floating tensors of ``weights`` that come from the starting model.

    Empty with a new segment among ``segments``: features that the model never needed for it would be halved.
    """
    if common_segments(package, segments).new:
        return {}
    known = load_network(package).state_dict().keys()
    return {
        name: value.clone() for name, value in weights.items() if name in known and value.is_floating_point()
    }


def write_start(folder: Path, tensors: dict[str, Tensor]) -> None:
    """Keep the starting weights in the run folder; a half-written file never gets the name."""
    part = folder / f".{FILE}.{os.getpid()}"
    try:
        with part.open("wb") as stream:
            stream.write(save({name: value.cpu().contiguous() for name, value in tensors.items()}))
            stream.flush()
            os.fsync(stream.fileno())
        rename_patiently(part, folder / FILE)
    finally:
        part.unlink(missing_ok=True)


def read_start(folder: Path) -> dict[str, Tensor]:
    """The starting weights that a run kept.

    Raises:
        UserError: the file is gone or damaged.
    """
    try:
        return load((folder / FILE).read_bytes())
    except (OSError, SafetensorError) as error:
        raise UserError(
            "the starting weights are gone or damaged", folder / FILE,
            "Bring the file back, or go on without their share: --set start_share=0",
        ) from error  # fmt: skip


@torch.no_grad()
def towards_start(network: nn.Module, start: dict[str, Tensor] | None, share: float) -> nn.Module:
    """A copy with the weights (1 - share)·trained + share·start; the network itself where nothing is shared.

    Running statistics of the copy belong to neither network and have to be measured anew.

    Args:
        share: 0 to 1.
    """
    if not start or share == 0:
        return network
    twin = copy.deepcopy(network).requires_grad_(False)
    for name, value in twin.state_dict().items():
        if name in start:
            value.lerp_(start[name].to(value), share)
    return twin

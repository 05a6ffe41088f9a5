"""Student and teacher as they are validated and packaged: copies with running statistics of clean patches."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import numpy as np
import torch
from torch import Tensor, nn

from ugmcl.data.batches import inference_patches
from ugmcl.data.cache import Cache
from ugmcl.training.precision import Precision
from ugmcl.training.recalibration import recalibrated
from ugmcl.training.seeding import stream_seed
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.start_share import towards_start
from ugmcl.training.state import TrainingState

TRAINING_ROLES = ("labelled", "unlabelled")


def recalibrated_networks(
    state: TrainingState,
    cache: Cache,
    settings: TrainingSettings,
    precision: Precision,
    only: str | None = None,
) -> dict[str, nn.Module]:
    """``student`` and, where there is one, ``teacher``, or ``only`` one: recalibrated, for evaluation.

    With ``start_share`` they are drawn towards the starting model first.
    """
    named = {"student": state.student, "teacher": state.teacher}
    return {
        name: recalibrated(
            towards_start(network, state.start, settings.start_share),
            clean_patches(cache, settings),
            precision,
        )
        for name, network in named.items()
        if network is not None and only in (None, name)
    }


def clean_patches(cache: Cache, settings: TrainingSettings) -> Iterator[Tensor]:
    """Full batches of unaugmented training patches, the same ones every time."""
    size = max(2, settings.labelled_batch + settings.unlabelled_batch)
    count = size * ceil(settings.recalibration_patches / size)
    seed = stream_seed(settings.seed, 0, "recalibration")
    gathered: list[Tensor] = []
    for patch in inference_patches(cache, TRAINING_ROLES, settings.patch_xyz, count, seed):
        gathered.append(torch.from_numpy(np.asarray(patch, dtype=np.float32)))
        if len(gathered) == size:
            yield torch.stack(gathered)
            gathered = []

"""The starting model's own Dice on the validation cases, measured before the first step changes anything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from ugmcl.data.cache import Cache
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.jobs.run_files import START
from ugmcl.models.package import ModelPackage
from ugmcl.models.weights import load_network
from ugmcl.training.precision import Precision
from ugmcl.training.segment_rows import match_segments
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.validation import Validation, validate


def measure_start(
    package: ModelPackage,
    cache: Cache,
    settings: TrainingSettings,
    precision: Precision,
    reporter: Reporter = SILENT,
) -> Validation | None:
    """Validation of the model as it is, at iteration 0; None where there are no validation cases.

    Its classes are those that the data set has as well; a segment that it does not know has no Dice.
    """
    if not cache.with_role("validation"):
        return None
    network = load_network(package).to(device=precision.device, dtype=torch.float32).eval()
    rows = match_segments(package.segments, cache.segments).rows
    lookup = np.zeros(len(package.segments) + 1, np.uint8)
    for mine, its in rows.items():
        lookup[its] = mine
    found = validate({START: network}, cache, settings, precision, 0, reporter, lookups={START: lookup})
    names = {segment.name for place, segment in enumerate(cache.segments, 1) if place in rows}
    result = found.sources[START]
    dice = {name: value if name in names else None for name, value in result.dice.items()}
    return replace(found, sources={START: replace(result, dice=dice)})

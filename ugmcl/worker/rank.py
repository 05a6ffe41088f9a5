"""Work of kind ``rank``: which unlabelled case to label next."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ugmcl.data.dataset import load_dataset
from ugmcl.jobs.reporter import Reporter
from ugmcl.models.library import find_model
from ugmcl.ranking.rank import rank_dataset
from ugmcl.ranking.strategies import ROUNDS
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.worker.arguments import needed, only_known, path_from, place_or_name
from ugmcl.worker.warm import WarmModel

RESULTS = "results"
KNOWN = (
    "dataset", "model", "strategy", "round", "rounds", "seed", "passes", "device", "output", "allow_outside",
)  # fmt: skip


def rank(
    arguments: Mapping[str, Any], folder: Path, reporter: Reporter, *, warm: WarmModel | None = None
) -> dict[str, Any]:
    """Rank.

    Args:
        arguments: ``dataset``, ``model``; ``strategy``, ``round``, ``rounds``, ``seed``, ``passes``,
            ``device``; ``output`` (``results`` in the job's folder by default); ``allow_outside`` (the
            manifest may name files outside its folder).
        folder: the job's.
        reporter: progress in cases.
        warm: keeps the model for the next job.

    Returns:
        What `ugmcl.ranking.rank.Ranking.to_json` gives.
    """
    only_known(arguments, KNOWN)
    reporter.stage("Loading the model")
    model = find_model(place_or_name(folder, needed(arguments, "model")))
    options = SegmentOptions(
        passes=arguments.get("passes"), device=arguments.get("device") or "auto", preview=False
    )
    ranking = rank_dataset(
        load_dataset(
            path_from(folder, needed(arguments, "dataset")),
            allow_outside=bool(arguments.get("allow_outside")),
        ),
        model,
        strategy=arguments.get("strategy") or "class_power",
        round_number=int(arguments.get("round") or 1),
        rounds=int(arguments.get("rounds") or ROUNDS),
        seed=int(arguments.get("seed", 1337)),
        output=path_from(folder, arguments.get("output") or RESULTS),
        segmenter=(warm or WarmModel()).segmenter(model, options),
        reporter=reporter,
    )
    return ranking.to_json()

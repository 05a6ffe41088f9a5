"""Rank the unlabelled cases of a dataset by the current model; what is computed once is kept."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ugmcl.data.dataset import Case, Dataset, load_dataset
from ugmcl.errors import UserError
from ugmcl.framing.frame import frame_image
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.models.package import ModelPackage
from ugmcl.ranking.case_scores import CaseScores, pooled_feature, score_case
from ugmcl.ranking.score_store import ScoreStore
from ugmcl.ranking.strategies import ROUNDS, Ranked, rank_cases
from ugmcl.segmentation.case import Segmenter
from ugmcl.segmentation.confidence import pass_confidence
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.segmentation.report import volume_hash
from ugmcl.volumes.reading import read_image

FORMAT = "ugmcl-ranking/1"
TABLE, RECORD = "ranking.csv", "ranking.json"


@dataclass(frozen=True)
class Ranking:
    """Cases in order, those that could not be read (with the reason), and how it was made."""

    cases: tuple[Ranked, ...]
    failed: dict[str, str]
    about: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """For a file."""
        return {
            "format": FORMAT,
            **self.about,
            "cases": [asdict(case) for case in self.cases],
            "failed": self.failed,
        }


def rank_dataset(
    dataset: Dataset | Path | str,
    model: ModelPackage,
    *,
    strategy: str = "class_power",
    round_number: int = 1,
    rounds: int = ROUNDS,
    seed: int = 1337,
    passes: int | None = None,
    device: str = "auto",
    output: Path | str | None = None,
    segmenter: Segmenter | None = None,
    reporter: Reporter = SILENT,
) -> Ranking:
    """Which unlabelled case to label next.

    Args:
        dataset: its cases of role ``unlabelled`` are ranked.
        model: the current one.
        strategy, round_number, rounds, seed: see `rank_cases`.
        passes: Monte-Carlo passes; None takes the model's.
        output: folder that takes ranking.csv and ranking.json, and keeps each case's scores, so that an
            interrupted ranking goes on and another strategy costs nothing.
        segmenter: of a warm worker.

    Raises:
        UserError: nothing to rank, an unknown strategy, or no case can be read.
        Stopped: the user asked for the end; scores so far are kept.
    """
    dataset = dataset if isinstance(dataset, Dataset) else load_dataset(dataset)
    cases = dataset.with_role("unlabelled")
    if not cases:
        raise UserError("no case is unlabelled", dataset.root, "Add cases without a label")
    segmenter = segmenter or Segmenter(model, SegmentOptions(passes=passes, device=device, preview=False))
    rank_cases([], strategy, round_number=round_number, rounds=rounds)  # a wrong word is said before the work
    store = ScoreStore(Path(output) if output is not None else None, segmenter)
    scored, failed = _scores(cases, segmenter, store, reporter)
    if not scored:
        raise UserError(
            "no case could be read", dataset.root, f"The first fault: {next(iter(failed.values()))}"
        )
    names = [segment.name for segment in model.segments]
    order = rank_cases(scored, strategy, names=names, round_number=round_number, rounds=rounds, seed=seed)
    about = {
        "strategy": strategy,
        "round": round_number,
        "rounds": rounds,
        "seed": seed,
        "model": model.id,
        "weights_sha256": model.weights_sha256,
        "passes": segmenter.predictor.passes,
        "scores": {case.case: {**case.to_json(), "feature": None} for case in scored},
    }
    ranking = Ranking(tuple(order), failed, about)
    if output is not None:
        _save(ranking, Path(output), {case.case: case.confidence for case in scored})
    return ranking


def _scores(
    cases: Sequence[Case], segmenter: Segmenter, store: ScoreStore, reporter: Reporter
) -> tuple[list[CaseScores], dict[str, str]]:
    scored, failed = [], {}
    reporter.stage("Looking at the unlabelled cases")
    for number, case in enumerate(cases):
        reporter.check()
        reporter.progress(number, len(cases), "cases")
        try:
            scored.append(_score(case, segmenter, store))
            reporter.case(case.id, "done")
        except UserError as fault:
            failed[case.id] = str(fault)
            reporter.case(case.id, "failed", str(fault))
            reporter.message(f"{case.id} cannot be ranked: {fault}", "warning")
    reporter.progress(len(cases), len(cases), "cases")
    return scored, failed


def _score(case: Case, segmenter: Segmenter, store: ScoreStore) -> CaseScores:
    volume = read_image(case.images[0] if len(case.images) == 1 else list(case.images))
    key = volume_hash(volume)
    if (known := store.get(case.id, key)) is not None:
        return known
    framed = frame_image(volume, segmenter.model.input)
    prediction = segmenter.predictor.predict(framed.array, disagreement=False)
    x, y, z = framed.spacing_mm
    agreement = pass_confidence(prediction.pass_labels, len(prediction.probability), x * y * z / 1000.0)
    empty = not prediction.pass_labels.any()
    feature = pooled_feature(segmenter.predictor.network, framed.array, prediction.labels)
    scores = score_case(case.id, prediction, (z, y, x), None if empty else agreement.pairwise_dice, feature)
    store.put(key, scores)
    return scores


def _save(ranking: Ranking, folder: Path, confidence: Mapping[str, float | None]) -> None:
    """The table for people and the record for machines, complete or not at all."""
    table, record = folder / f".{TABLE}.part", folder / f".{RECORD}.part"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["rank", "case", "score", "score_without_noise", "confidence", "reason", "alike"])
        for c in ranking.cases:
            sure = confidence[c.case]
            writer.writerow([c.rank, c.case, _text(c.score), _text(c.plain), _text(sure), c.reason, c.alike])
    record.write_text(json.dumps(ranking.to_json(), indent=1) + "\n", encoding="utf-8")
    os.replace(table, folder / TABLE)
    os.replace(record, folder / RECORD)


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"

"""Whole volumes of the validation role through student and teacher: Dice per segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from torch import nn

from ugmcl.batch import IGNORE
from ugmcl.data.cache import Cache
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.segmentation.predictor import Predictor
from ugmcl.training.precision import Precision
from ugmcl.training.settings import TrainingSettings

MEMORY_UNKNOWN = 8 * 2**30  # bytes taken at most where psutil cannot tell how many there are
WATCHED = 4  # labelled training cases that are looked at where there is no validation role


@dataclass(frozen=True)
class SourceResult:
    """Of one network: mean Dice per segment (None where no case has it), voxels predicted, Dice per case."""

    dice: dict[str, float | None]
    predicted: dict[str, int]
    per_case: dict[str, list[float | None]]

    @property
    def mean(self) -> float | None:
        known = [value for value in self.dice.values() if value is not None]
        return float(np.mean(known)) if known else None


@dataclass(frozen=True)
class Validation:
    """Result at one iteration.

    Attributes:
        iteration: steps done.
        role: ``validation``, or ``labelled`` where training cases were only watched.
        cases: number of cases.
        present: voxels of each segment in the references.
        sources: results by ``student`` and ``teacher``.
    """

    iteration: int
    role: str
    cases: int
    present: dict[str, int]
    sources: dict[str, SourceResult]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Validation:
        sources = {name: SourceResult(**result) for name, result in values["sources"].items()}
        return cls(**{**values, "sources": sources})

    def best_source(self) -> str | None:
        """The network with the higher mean Dice; of equals the teacher."""
        means = {name: result.mean for name, result in self.sources.items() if result.mean is not None}
        return max(means, key=lambda name: (means[name], name == "teacher")) if means else None

    def figures(self) -> dict[str, float]:
        """Named figures for curves and events, as ``student Dice anterior``."""
        return {
            f"{source} Dice {segment}": value
            for source, result in self.sources.items()
            for segment, value in result.dice.items()
            if value is not None
        }


def validation_cases(cache: Cache) -> tuple[str, list[str]]:
    """Role and identifiers of the cases to look at: validation, else a few labelled training cases."""
    chosen = [case.id for case in cache.cases if case.role == "validation"]
    if chosen:
        return "validation", chosen
    return "labelled", [case.id for case in cache.cases if case.role == "labelled"][:WATCHED]


def validate(
    networks: Mapping[str, nn.Module],
    cache: Cache,
    settings: TrainingSettings,
    precision: Precision,
    iteration: int,
    reporter: Reporter = SILENT,
    *,
    lookups: Mapping[str, np.ndarray] | None = None,
) -> Validation:
    """Dice of every network on every case; ``networks`` are recalibrated and in evaluation mode.

    ``lookups``: of a network with other classes, the data set's class for each of its own.
    """
    role, cases = validation_cases(cache)
    segments = {i: segment.name for i, segment in enumerate(cache.segments, start=1)}  # by class
    predictors = {name: predictor_of(network, settings, precision) for name, network in networks.items()}
    scores: dict[str, dict[int, list[float | None]]] = {n: {v: [] for v in segments} for n in networks}
    predicted = {name: dict.fromkeys(segments.values(), 0) for name in networks}
    present = dict.fromkeys(segments.values(), 0)
    for case in cases:
        reporter.check()
        image = np.asarray(cache.image(case), dtype=np.float32)
        reference = np.asarray(cache.label(case))
        known = reference != IGNORE
        for value, segment in segments.items():
            present[segment] += int((reference == value).sum())
        for name, predictor in predictors.items():
            labels = predictor.predict(image, disagreement=False).labels
            if lookups is not None and name in lookups:
                labels = lookups[name][labels]
            for value, segment in segments.items():
                mine, its = (labels == value) & known, reference == value
                predicted[name][segment] += int(mine.sum())
                scores[name][value].append(dice(mine, its))
    sources = {name: _result(scores[name], predicted[name], segments) for name in networks}
    return Validation(iteration, role, len(cases), present, sources)


def dice(prediction: np.ndarray, reference: np.ndarray) -> float | None:
    """2|A∩R| / (|A|+|R|) of two masks; None where both are empty."""
    total = int(prediction.sum()) + int(reference.sum())
    return None if total == 0 else 2.0 * int((prediction & reference).sum()) / total


def predictor_of(network: nn.Module, settings: TrainingSettings, precision: Precision) -> Predictor:
    """One pass over whole volumes, without dropout."""
    known = precision.device_type == "cuda" or find_spec("psutil") is not None
    return Predictor(
        network,
        passes=1,
        patch_zyx=settings.patch_zyx,
        device=precision.device,
        precision=precision.name,
        memory_budget=None if known else MEMORY_UNKNOWN,
    )


def _result(
    scores: Mapping[int, Sequence[float | None]], predicted: dict[str, int], segments: Mapping[int, str]
) -> SourceResult:
    means: dict[str, float | None] = {}
    for value, segment in segments.items():
        known = [score for score in scores[value] if score is not None]
        means[segment] = float(np.mean(known)) if known else None
    return SourceResult(means, predicted, {segments[value]: list(values) for value, values in scores.items()})

"""Many cases, one after the other: past a bad one, on from where it was interrupted, in parts."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ugmcl.errors import Stopped, UserError
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.models.package import ModelPackage
from ugmcl.segmentation.case import Segmenter
from ugmcl.segmentation.cohort_inputs import CohortCase, Shard, collect_cases
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.segmentation.report import result_key
from ugmcl.segmentation.summary import Row, merge_summary, row_of_failure, rows_of_report
from ugmcl.segmentation.written import ready_output, report_path
from ugmcl.volumes.reading import read_image
from ugmcl.volumes.volume import Volume

log = logging.getLogger(__name__)


@dataclass
class CohortResult:
    """What became of each case: segmented, skipped (finished before), or failed and why."""

    done: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    summary: Path | None = None


def segment_cohort(
    inputs: Sequence[str | Path],
    model: ModelPackage,
    output: str | Path,
    options: SegmentOptions | None = None,
    *,
    shard: Shard | None = None,
    segmenter: Segmenter | None = None,
    reporter: Reporter = SILENT,
) -> CohortResult:
    """Segment every case of ``inputs`` into ``output``.

    A case whose report says that the same input was segmented with the same weights and options is skipped.
    A bad case is reported and passed over.

    Args:
        inputs: files and folders, see `collect_cases`.
        model: the package.
        output: folder of the results, shared by all shards.
        options: of every case.
        shard: the part of the cases to take; None takes all.
        segmenter: of a worker that keeps the model loaded; made when first needed otherwise.
        reporter: progress counts cases.

    Raises:
        UserError: the inputs or the output folder are unusable as a whole.
        Stopped: the user asked for the end; finished cases stay finished.
    """
    options, output = options or SegmentOptions(), Path(output)
    cases = (shard or Shard()).take(collect_cases(inputs, len(model.input.channels)))
    ready_output(output)
    result = CohortResult()
    progress = _CaseReporter(reporter, len(cases))
    for number, case in enumerate(cases):
        reporter.check()
        progress.begin(number, case.name)
        rows, segmenter = _one(case, model, output, options, segmenter, result, progress)
        result.summary = merge_summary(output, rows)
    reporter.progress(len(cases), len(cases), "cases")
    return result


def _one(
    case: CohortCase,
    model: ModelPackage,
    output: Path,
    options: SegmentOptions,
    segmenter: Segmenter | None,
    result: CohortResult,
    reporter: Reporter,
) -> tuple[list[Row], Segmenter | None]:
    """Segment one case, or say why not; the rows of the summary and the segmenter for the next case."""
    try:
        volume = read_image(case.paths if len(case.paths) > 1 else case.paths[0])
        report = finished_report(output, case.name, volume, model, options)
        if report is not None:
            result.skipped.append(case.name)
            reporter.case(case.name, "skipped")
            return rows_of_report(report), segmenter
        segmenter = segmenter or Segmenter(model, options)
        segmented = segmenter.segment(volume, reporter, name=case.name)
        segmented.save(output)
        result.done.append(case.name)
        reporter.case(case.name, "done")
        return rows_of_report(segmented.report), segmenter
    except Stopped:
        raise
    except UserError as error:
        reason = str(error)
    except Exception as error:
        log.exception("case %s failed", case.name)
        reason = f"internal error, {type(error).__name__}: {error}"
    result.failed[case.name] = reason
    reporter.case(case.name, "failed", reason)
    reporter.message(f"{case.name} failed: {reason}", "warning")
    return [row_of_failure(case.name, reason, f"{model.name}@{model.version}")], segmenter


def finished_report(
    output: Path, name: str, volume: Volume, model: ModelPackage, options: SegmentOptions
) -> dict[str, Any] | None:
    """The report of a finished case that is still right: same input, weights and options, all files there."""
    path = report_path(output, name)
    if not path.exists():
        return None
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        complete = all((output / file).exists() for file in report["files"].values())
        return report if complete and report["key"] == result_key(volume, model, options) else None
    except (ValueError, KeyError, TypeError, AttributeError):
        log.warning("%s is not a report of ours; the case is segmented again", path.name)
        return None


class _CaseReporter(Reporter):
    """Turns a case's own progress into fractions of the cohort's."""

    def __init__(self, outer: Reporter, cases: int) -> None:
        self._outer, self._cases, self._number = outer, cases, 0

    def begin(self, number: int, name: str) -> None:
        self._number = number
        self._outer.stage(f"{name} ({number + 1} of {self._cases})")
        self._outer.progress(number, self._cases, "cases")
        self._outer.case(name, "running")

    def progress(self, done: float, total: float, unit: str = "steps") -> None:
        self._outer.progress(self._number + 0.95 * done / max(total, 1), self._cases, "cases")

    def case(self, name: str, state: str, reason: str = "") -> None:
        self._outer.case(name, state, reason)

    def message(self, text: str, level: str = "info") -> None:
        self._outer.message(text, level)

    def check(self) -> None:
        self._outer.check()

"""Finished segmentations against references: two folders, matched by case name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ugmcl.data.folder import named_files
from ugmcl.errors import UserError
from ugmcl.evaluation.record import Evaluation
from ugmcl.evaluation.references import on_grid_of
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.metrics.case import case_metrics
from ugmcl.volumes.reading import read_label
from ugmcl.volumes.segment import Segment, default_color
from ugmcl.volumes.segmentation_files import has_segments, read_segmentation
from ugmcl.volumes.volume import Volume


def evaluate_predictions(
    predictions: Path | str, references: Path | str, *, reporter: Reporter = SILENT
) -> Evaluation:
    """Metrics of every case that both folders hold; a case that only the references hold is named as skipped.

    Segments are matched by name where the two files share one (.seg.nrrd), by value otherwise.

    Raises:
        UserError: a folder is missing, no case is in both, or a file cannot be read.
    """
    found, wanted = _files(predictions), _files(references)
    both = sorted(set(found) & set(wanted))
    if not both:
        raise UserError(
            "no case has both a prediction and a reference", predictions, "Give the files equal names"
        )
    rows: list[dict[str, Any]] = []
    for number, name in enumerate(both):
        reporter.check()
        reporter.progress(number, len(both), "cases")
        rows += [{"case": name, **row} for row in _compare(found[name], wanted[name])]
    reporter.progress(len(both), len(both), "cases")
    skipped = dict.fromkeys(sorted(set(wanted) - set(found)), "there is no prediction")
    about = {"predictions": Path(predictions).name, "references": Path(references).name, "cases": len(both)}
    return Evaluation(about, tuple(rows), skipped)


def _files(folder: Path | str) -> dict[str, Path]:
    if not Path(folder).is_dir():
        raise UserError("there is no such folder", folder, "Check the path")
    return named_files(Path(folder))


def _compare(prediction: Path, reference: Path) -> list[dict[str, Any]]:
    a, names_a = _labels(prediction)
    r, names_r = _labels(reference)
    values, truth = on_grid_of(a, r), r.array[0]
    by_name = {s.name.casefold(): s.value for s in names_a}
    if any(s.name.casefold() in by_name for s in names_r):
        lookup = np.zeros(256, np.uint8)
        for segment in names_r:
            if segment.name.casefold() in by_name:
                lookup[by_name[segment.name.casefold()]] = segment.value
        values, segments = lookup[values.astype(np.uint8)], names_r
    else:  # nothing in common by name: values are all there is to go by
        present = sorted({int(v) for v in (*np.unique(values), *np.unique(truth))} - {0, 255})
        known = {s.value: s for s in (*names_a, *names_r)}
        segments = [known.get(v, Segment(v, f"segment {v}", default_color(v), None)) for v in present]
    return case_metrics(values, truth, segments, tuple(reversed(r.spacing_mm)))


def _labels(path: Path) -> tuple[Volume, list[Segment]]:
    if has_segments(path):
        return read_segmentation(path)
    return read_label(path), []

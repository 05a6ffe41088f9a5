"""Work of kind ``segment``: one image, or many, with a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError
from ugmcl.jobs.reporter import Reporter
from ugmcl.models.library import find_model
from ugmcl.models.package import ModelPackage
from ugmcl.segmentation.case import Segmenter
from ugmcl.segmentation.cohort import segment_cohort
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.segmentation.written import ready_output
from ugmcl.worker.arguments import needed, only_known, path_from, place_or_name, shown_path
from ugmcl.worker.warm import WarmModel

RESULTS = "results"


def segment(
    arguments: Mapping[str, Any], folder: Path, reporter: Reporter, *, warm: WarmModel | None = None
) -> dict[str, Any]:
    """Segment.

    Args:
        arguments: ``model``; ``image`` (a path, or one a channel) with an optional ``name``, or ``inputs``
            (paths of a cohort); ``output`` (``results`` in the job's folder by default); ``options`` (fields
            of `SegmentOptions`).
        folder: the job's.
        reporter: see `Segmenter.segment`.
        warm: keeps the model for the next job.

    Returns:
        For an image ``name``, ``files`` (what is what, by path), ``report``; for a cohort ``done``,
        ``skipped``, ``failed`` (reasons by name), ``summary``.
    """
    only_known(arguments, ("model", "image", "name", "inputs", "output", "options"))
    reporter.stage("Loading the model")
    model = find_model(place_or_name(folder, needed(arguments, "model")))
    options = options_from(arguments.get("options") or {})
    segmenter = (warm or WarmModel()).segmenter(model, options)
    output = path_from(folder, arguments.get("output") or RESULTS)
    if "inputs" in arguments:
        return _cohort(arguments, folder, reporter, model, options, segmenter, output)
    image = needed(arguments, "image")
    ready_output(output)
    paths = [path_from(folder, text) for text in ([image] if isinstance(image, str) else image)]
    result = segmenter.segment(paths[0] if len(paths) == 1 else paths, reporter, name=arguments.get("name"))
    reporter.stage("Writing the results")
    files = result.save(output)
    return {
        "name": result.name,
        "files": {kind: shown_path(folder, path) for kind, path in files.items()},
        "report": result.report,
    }


def _cohort(
    arguments: Mapping[str, Any],
    folder: Path,
    reporter: Reporter,
    model: ModelPackage,
    options: SegmentOptions,
    segmenter: Segmenter,
    output: Path,
) -> dict[str, Any]:
    inputs = [path_from(folder, text) for text in arguments["inputs"]]
    result = segment_cohort(inputs, model, output, options, segmenter=segmenter, reporter=reporter)
    return {
        "done": result.done,
        "skipped": result.skipped,
        "failed": result.failed,
        "summary": None if result.summary is None else shown_path(folder, result.summary),
    }


def options_from(values: Mapping[str, Any]) -> SegmentOptions:
    """Options from JSON values.

    Raises:
        UserError: an unknown option, or a value that makes no sense.
    """
    known = [field.name for field in fields(SegmentOptions)]
    for name in values:
        if name not in known:
            raise UserError(f"there is no option {name!r}", "options", f"Choose from {', '.join(known)}")
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return SegmentOptions(**plain)

"""A model against the references of a dataset's role: metrics of every case, and its uncertainty judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ugmcl.data.dataset import Case, Dataset, load_dataset
from ugmcl.errors import UserError
from ugmcl.evaluation.record import Evaluation
from ugmcl.evaluation.references import matched_classes, on_grid_of, read_reference
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.metrics.case import case_metrics
from ugmcl.models.package import ModelPackage
from ugmcl.models.weights import load_network
from ugmcl.segmentation.case import Segmenter
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.segmentation.predictor import Predictor
from ugmcl.segmentation.result import SegmentationResult
from ugmcl.volumes.volume import Volume

SEEN_ROLES = ("labelled", "unlabelled")


def evaluate_model(
    model: ModelPackage,
    dataset: Dataset | Path | str,
    *,
    role: str = "validation",
    uncertainty: bool = False,
    shared_only: bool = False,
    passes: int | None = None,
    device: str = "auto",
    output: Path | str | None = None,
    reporter: Reporter = SILENT,
) -> Evaluation:
    """Segment every labelled case of ``role`` and compare it with its reference on the image's own grid.

    Args:
        model: the package to measure.
        dataset: or its folder or manifest; its segments are matched with the model's by name.
        role: ``validation``, ``test`` or ``labelled``.
        uncertainty: also measure the uncertainty (`ugmcl.evaluation.uncertainty`).
        shared_only: leave out segments that only the model has, instead of refusing it.
        passes: Monte-Carlo passes T; None takes the model's.
        output: folder for evaluation.json, cases.csv and plots; None writes nothing.

    Raises:
        UserError: the role has no case with a label, a case cannot be read, or segments do not match.
    """
    dataset = dataset if isinstance(dataset, Dataset) else load_dataset(dataset)
    cases = [case for case in dataset.with_role(role) if case.label is not None]
    if not cases:
        raise UserError(
            f"no case of role {role!r} has a label", dataset.root, "Choose another role or label some cases"
        )
    matched = matched_classes(model.segments, dataset.segments, shared_only=shared_only)
    segments = [segment for segment in model.segments if segment.value in matched.values()]
    segmenter = Segmenter(model, SegmentOptions(passes=passes, device=device, preview=False))
    judge = _judge(model) if uncertainty else None
    uncalibrated = _uncalibrated(segmenter) if uncertainty else None
    rows: list[dict[str, Any]] = []
    reporter.stage("Evaluating")
    for number, case in enumerate(cases):
        reporter.check()
        reporter.progress(number, len(cases), "cases")
        result, reference = _segment(case, dataset, segmenter, matched)
        truth = on_grid_of(reference, result.image)
        spacing = tuple(reversed(result.image.spacing_mm))
        found = case_metrics(result.label.array[0], truth, segments, spacing)
        confidence = {row["name"]: row.get("pairwise_dice") for row in result.report["segments"]}
        rows += [{"case": case.id, **row, "pairwise_dice": confidence.get(row["segment"])} for row in found]
        if judge is not None:
            before = None
            if uncalibrated is not None:
                before = uncalibrated.predict(result.framed.array, disagreement=False).probability
            judge.add(case.id, result, reference, probability_before=before)
    reporter.progress(len(cases), len(cases), "cases")
    about = _about(model, dataset, role, len(cases), segmenter, uncertainty)
    evaluation = Evaluation(about, tuple(rows), {}, judge.summary() if judge is not None else None)
    if output is not None:
        evaluation.save(output)
        if judge is not None:
            judge.draw(Path(output))
    return evaluation


def _segment(
    case: Case, dataset: Dataset, segmenter: Segmenter, matched: dict[int, int]
) -> tuple[SegmentationResult, Volume]:
    """One case and its reference; a fault names the case."""
    assert case.label is not None
    try:
        image = case.images[0] if len(case.images) == 1 else list(case.images)
        result = segmenter.segment(image, name=case.id)
        return result, read_reference(case.label, dataset.segments, matched)
    except UserError as fault:
        raise UserError(f"{fault.what} (case {case.id})", fault.where, fault.remedy) from fault


def _about(
    model: ModelPackage, dataset: Dataset, role: str, cases: int, segmenter: Segmenter, uncertainty: bool
) -> dict[str, Any]:
    extra = " --uncertainty" if uncertainty else ""
    if segmenter.predictor.passes != model.uncertainty.passes:
        extra += f" --passes {segmenter.predictor.passes}"
    return {
        "model": model.name,
        "version": model.version,
        "weights_sha256": model.weights.sha256,
        "dataset": dataset.name,
        "role": role,
        "cases": cases,
        "passes": segmenter.predictor.passes,
        "command": f"ugmcl evaluate --model {model.id} --dataset DATASET --role {role}{extra}",
    }


def _uncalibrated(segmenter: Segmenter) -> Predictor | None:
    """The same passes at temperature 1, for calibration before and after; None where it is 1 anyway."""
    model, options = segmenter.model, segmenter.options
    if model.uncertainty.temperature == 1.0:
        return None
    return Predictor(
        load_network(model),
        passes=segmenter.predictor.passes,
        temperature=1.0,
        patch_zyx=model.input.patch_zyx,
        device=options.device,
        flip_axes=model.uncertainty.flip_axes,
    )


def _judge(model: ModelPackage) -> Any:
    """Collects what `ugmcl.evaluation.uncertainty` needs of every case."""
    from ugmcl.evaluation.uncertainty import UncertaintyJudge

    return UncertaintyJudge(model)

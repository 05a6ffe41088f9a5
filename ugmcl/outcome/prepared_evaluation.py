"""A model against the references of prepared data, where the images themselves cannot be reached."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ugmcl.data.cache import Cache
from ugmcl.errors import UserError
from ugmcl.evaluation.record import Evaluation
from ugmcl.evaluation.references import matched_classes
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.metrics.case import case_metrics
from ugmcl.models.package import ModelPackage
from ugmcl.models.weights import load_network
from ugmcl.segmentation.predictor import Predictor


def predictor_of(model: ModelPackage, device: str = "auto") -> Predictor:
    """The model as its package says it is used."""
    return Predictor(
        load_network(model),
        passes=model.uncertainty.passes,
        temperature=model.uncertainty.temperature,
        patch_zyx=model.input.patch_zyx,
        device=device,
        flip_axes=model.uncertainty.flip_axes,
    )


def predicted_classes(
    predictor: Predictor, model: ModelPackage, cache: Cache, case: str
) -> NDArray[np.uint8]:
    """(z, y, x) in the cache's classes; segments that only the model has are background.

    Raises:
        UserError: the model takes another input than the cache holds, or shares no segment with it.
    """
    spec, its = cache.spec, model.input
    if (spec.spacing_mm, spec.orientation, spec.normalisation, len(spec.channels)) != (
        its.spacing_mm, its.orientation, its.normalisation, len(its.channels)
    ):  # fmt: skip
        raise UserError("the data were prepared for another model's input", model.name)
    lookup = np.zeros(256, np.uint8)
    classes = {segment.value: number for number, segment in enumerate(model.segments, 1)}
    for wanted, value in matched_classes(model.segments, cache.segments, shared_only=True).items():
        lookup[classes[value]] = wanted
    image = np.asarray(cache.image(case), dtype=np.float32)
    return lookup[predictor.predict(image, disagreement=False).labels]


def evaluate_on_prepared(
    model: ModelPackage, cache: Cache, role: str, *, device: str = "auto", reporter: Reporter = SILENT
) -> Evaluation:
    """Metrics of every labelled case of ``role`` on the prepared grid.

    Raises:
        UserError: see `predicted_classes`.
    """
    cases = [case for case in cache.with_role(role) if case.has_label]
    shared = set(matched_classes(model.segments, cache.segments, shared_only=True))
    segments = [segment for number, segment in enumerate(cache.segments, 1) if number in shared]
    predictor = predictor_of(model, device)
    rows = []
    for number, case in enumerate(cases):
        reporter.check()
        reporter.progress(number, len(cases), "cases")
        labels = predicted_classes(predictor, model, cache, case.id)
        found = case_metrics(labels, np.asarray(cache.label(case.id)), segments, case.spacing_zyx)
        rows += [{"case": case.id, **row} for row in found]
    reporter.progress(len(cases), len(cases), "cases")
    about = {
        "model": model.name,
        "version": model.version,
        "weights_sha256": model.weights.sha256,
        "dataset": cache.name,
        "role": role,
        "cases": len(cases),
        "passes": predictor.passes,
    }
    return Evaluation(about, tuple(rows))

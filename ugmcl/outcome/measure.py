"""Old model, new model, control on the held-out cases, each measured once and kept in `RUN/outcome/`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ugmcl.data.cache import Cache, CachedCase
from ugmcl.data.case import Dataset
from ugmcl.errors import UserError
from ugmcl.evaluation.models import evaluate_model
from ugmcl.evaluation.record import Evaluation, load_evaluation
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.models.package import ModelPackage
from ugmcl.outcome.finished_run import FinishedRun, reachable, source_dataset
from ugmcl.outcome.prepared_evaluation import evaluate_on_prepared
from ugmcl.outcome.record import FOLDER
from ugmcl.outcome.reporters import OneStage

BEFORE, AFTER, CONTROL = "before", "after", "control"
WORDS = {BEFORE: "the starting model", AFTER: "the new model", CONTROL: "the control"}
IMAGES, PREPARED = "images", "prepared data"


def measure(
    run: FinishedRun,
    model: ModelPackage,
    which: str,
    role: str,
    *,
    device: str = "auto",
    reporter: Reporter = SILENT,
) -> Evaluation:
    """Metrics of ``model`` on the labelled cases of ``role``, in ``RUN/outcome/WHICH``.

    On the images' own grids; on the prepared data where an image cannot be reached any more. What was
    measured before with the same weights on the same files is read, not measured again.

    Raises:
        UserError: the prepared data are gone, a case cannot be read, or no segment is shared.
    """
    if run.cache is None:
        raise UserError("the prepared data are gone", run.folder.name, "Train anew to compare")
    dataset, ground = _ground(run.cache, role)
    mark = _fingerprint(model, role, run.cache.with_role(role), ground)
    place = run.folder / FOLDER / which
    known = _known(place, mark)
    if known is not None:
        return known
    reporter = OneStage(reporter, f"Measuring {WORDS[which]} on the {role} cases")
    if ground == IMAGES:
        found = evaluate_model(model, dataset, role=role, shared_only=True, device=device, reporter=reporter)
    else:
        found = evaluate_on_prepared(model, run.cache, role, device=device, reporter=reporter)
    found = replace(found, about={**found.about, "fingerprint": mark, "measured_on": ground})
    found.save(place)
    return found


def _ground(cache: Cache, role: str) -> tuple[Dataset, str]:
    dataset = source_dataset(cache)
    cases = [case for case in dataset.with_role(role) if case.uses_label]
    return dataset, IMAGES if all(reachable(case) for case in cases) else PREPARED


def _fingerprint(model: ModelPackage, role: str, cases: Sequence[CachedCase], ground: str) -> str:
    """Changes with all that the figures depend on: weights, passes, temperature, cases and their files."""
    relevant: dict[str, Any] = {
        "weights": model.weights.sha256,
        "passes": model.uncertainty.passes,
        "temperature": model.uncertainty.temperature,
        "role": role,
        "cases": [[case.id, [source["sha256"] for source in case.sources]] for case in cases],
        "ground": ground,
    }
    return hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()


def _known(place: Path, mark: str) -> Evaluation | None:
    try:
        found = load_evaluation(place)
    except UserError:  # none yet, or cut short by a kill
        return None
    return found if found.about.get("fingerprint") == mark else None

"""Calibrate the run's model on its validation cases, once, and write it into the package and its card."""

from __future__ import annotations

import json
from dataclasses import replace

from ugmcl.errors import UserError
from ugmcl.evaluation.calibrate import calibrate
from ugmcl.evaluation.degradations import degradations
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.models.package import ModelPackage, update_package
from ugmcl.outcome.finished_run import FinishedRun, reachable, source_dataset
from ugmcl.outcome.record import FOLDER
from ugmcl.training.folder import write_json

FAILED = "calibration.json"  # a fit that failed is not tried again with the same weights
SEVERITY = 2  # of 1..3: at a run's end five worse images a case must do, ``ugmcl calibrate`` takes fifteen


def calibrate_run(
    run: FinishedRun, device: str = "auto", reporter: Reporter = SILENT
) -> tuple[ModelPackage, str]:
    """The calibrated package, and "" or the reason why it is not calibrated.

    A package whose uncertainty was calibrated before, here or by ``ugmcl calibrate``, stays as it is.
    """
    package = run.model
    if package.uncertainty.rim is not None:
        return package, ""
    if run.cache is None:
        return package, "the prepared data are gone"
    dataset = source_dataset(run.cache)
    cases = [case for case in dataset.with_role("validation") if case.uses_label]
    if not cases:
        return package, "no case has the role validation"
    if not all(reachable(case) for case in cases):
        return package, "the images of the validation cases cannot be reached"
    failed = _known_failure(run)
    if failed:
        return package, failed
    passes = max(2, package.uncertainty.passes)
    try:
        found = calibrate(
            package,
            dataset,
            passes=passes,
            degraded=[entry for entry in degradations() if entry[1] == SEVERITY],
            device=device,
            command=f"ugmcl report RUN (a copy of the run; degraded images of severity {SEVERITY})",
            reporter=reporter,
        )
    except UserError as fault:
        return package, _failure(run, fault.what)
    if found.uncertainty.rim is None:
        return package, _failure(run, "the model found no border in any validation case")
    kept = [figure for figure in package.figures if figure.get("metric") == "Dice"]
    return update_package(
        replace(package, uncertainty=found.uncertainty, figures=[*kept, *found.figures])
    ), ""


def _failure(run: FinishedRun, reason: str) -> str:
    (run.folder / FOLDER).mkdir(exist_ok=True)
    write_json(run.folder / FOLDER / FAILED, {"weights": run.model.weights.sha256, "reason": reason})
    return reason


def _known_failure(run: FinishedRun) -> str:
    try:
        known = json.loads((run.folder / FOLDER / FAILED).read_text(encoding="utf-8"))
        return str(known["reason"]) if known["weights"] == run.model.weights.sha256 else ""
    except (OSError, ValueError, KeyError, TypeError):  # none, or cut short: it is tried again
        return ""

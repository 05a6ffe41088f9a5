"""After a training: `conclude_run` trains the control, calibrates, measures, judges, and writes the report.

Every step is left out when it is done already, so that a call after an interruption goes on where it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError
from ugmcl.evaluation.record import Evaluation
from ugmcl.jobs.lock import hold_lock
from ugmcl.jobs.reporter import SILENT, Reporter
from ugmcl.models.package import ModelPackage
from ugmcl.outcome.calibration import calibrate_run
from ugmcl.outcome.control import control_wanted, train_control
from ugmcl.outcome.finished_run import FinishedRun, open_run
from ugmcl.outcome.held_out import held_out
from ugmcl.outcome.measure import AFTER, BEFORE, CONTROL, measure
from ugmcl.outcome.pictures import draw_ends
from ugmcl.outcome.record import Outcome
from ugmcl.outcome.report import write_outcome_report
from ugmcl.outcome.rows import case_rows, ends
from ugmcl.outcome.verdict import judge


def conclude_run(
    folder: Path | str,
    *,
    control: bool | None = None,
    device: str | None = None,
    reporter: Reporter = SILENT,
) -> Outcome:
    """Find out what a finished training brought; writes ``outcome.json`` and ``report.html`` into its folder.

    Args:
        folder: of the run; its model must be there.
        control: also train on the labelled cases alone, in ``RUN/control``, and compare; None does so where
            that was asked for at the start or begun before. A finished control takes part in any case.
        device: to compute on; None takes the run's setting.
        reporter: told about stages; may end the work.

    Raises:
        UserError: there is no finished run, or a case cannot be read.
        Stopped: by request; the next call goes on.
    """
    run = open_run(folder)
    with hold_lock(run.folder, join=True):
        return _Conclusion(run, device or run.settings.device, reporter).execute(
            control_wanted(run.folder, control), device
        )


@dataclass
class _Conclusion:
    run: FinishedRun
    device: str
    reporter: Reporter

    def execute(self, wanted: bool, control_device: str | None) -> Outcome:
        model, uncalibrated = calibrate_run(self.run, self.device, self.reporter)
        self.run = replace(self.run, model=model)
        control, control_fault = self._control(control_device) if wanted else (None, "")
        models = {BEFORE: self.run.start, AFTER: model, CONTROL: control}
        role, found, start_fault = self._measured(models)
        verdict = judge(found, role, self._reason(role, start_fault))
        outcome = Outcome(
            verdict=verdict.verdict,
            sentence=verdict.sentence,
            warnings=[*verdict.warnings, *([control_fault] if control_fault else [])],
            role=role,
            cases=len(found[AFTER].cases) if AFTER in found else 0,
            seen_by_choice=role == "validation",
            segments=[segment.name for segment in model.segments],
            rows=case_rows(found),
            means={which: _means(evaluation) for which, evaluation in found.items()},
            paired=verdict.paired,
            control=_control_facts(control, verdict.control),
            calibrated=not uncalibrated,
            uncalibrated=uncalibrated,
            measured_on=found[AFTER].about["measured_on"] if AFTER in found else None,
        )
        best, worst = draw_ends(self.run, ends(outcome.rows), self.device, self.reporter)
        outcome = replace(outcome, best=best, worst=worst)
        outcome.save(self.run.folder)
        self.reporter.stage("Writing the report")
        write_outcome_report(self.run)
        for text in outcome.warnings:
            self.reporter.message(text, "warning")
        return outcome

    def _control(self, device: str | None) -> tuple[ModelPackage | None, str]:
        try:
            return train_control(self.run, device, self.reporter), ""
        except UserError as fault:
            return None, f"There is no control: {fault.what}."

    def _measured(
        self, models: dict[str, ModelPackage | None]
    ) -> tuple[str | None, dict[str, Evaluation], str]:
        """Role, evaluations of the models that there are, and why the starting model has none."""
        role = held_out(self.run.cache)[0] if self.run.cache is not None else None
        found: dict[str, Evaluation] = {}
        fault = self.run.start_fault
        for which, model in models.items():
            if role is None or model is None:
                continue
            try:
                found[which] = measure(
                    self.run, model, which, role, device=self.device, reporter=self.reporter
                )
            except UserError as reason:
                if which != BEFORE:  # only the starting model may be of another kind
                    raise
                fault = reason.what
        return role, found, fault

    def _reason(self, role: str | None, start_fault: str) -> str:
        if self.run.cache is None:
            return "the prepared data are gone"
        if role is None:
            return "no case was held out; give some labelled cases the role validation or test"
        if self.run.start is None:
            return start_fault or "the training began without a starting model"
        return start_fault or "no case shows a segment that both models know"


def _means(evaluation: Evaluation) -> list[dict[str, Any]]:
    return [{"segment": row["segment"], **row["dice"]} for row in evaluation.summary()]


def _control_facts(control: ModelPackage | None, sentence: str) -> dict[str, Any] | None:
    if control is None:
        return None
    return {"sentence": sentence, "iterations": control.training.get("iterations")}

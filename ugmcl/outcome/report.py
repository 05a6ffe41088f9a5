"""`report.html` of a concluded run, from what lies in its folder."""

from __future__ import annotations

import json
from pathlib import Path

from ugmcl.outcome.finished_run import FinishedRun
from ugmcl.training.checkpoints import checkpoint_folders
from ugmcl.training.report import write_report
from ugmcl.training.state import Counters
from ugmcl.training.state_files import FACTS


def write_outcome_report(run: FinishedRun) -> Path:
    """Write the report; figures of the training come from its newest sound checkpoint, else the package."""
    return write_report(run.folder, run.settings, _counters(run))


def _counters(run: FinishedRun) -> Counters:
    for folder in checkpoint_folders(run.folder):
        try:
            facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
            return Counters(**facts["counters"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a damaged checkpoint: an older one tells
    known = run.model.training
    return Counters(
        iteration=int(known.get("iterations") or 0), seconds=60.0 * float(known.get("minutes") or 0)
    )

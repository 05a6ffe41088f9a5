"""The end of a training job: what it brought. A fault there costs the report, not the model."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Any

from ugmcl.errors import Stopped, UserError
from ugmcl.jobs.reporter import Reporter
from ugmcl.training.checkpoints import read_json
from ugmcl.training.folder import DATA

log = logging.getLogger(__name__)


def conclusion(
    folder: Path, control: bool | None, reporter: Reporter, deadline: float | None = None
) -> dict[str, Any]:
    """``report`` (path in the run folder, None after a fault), ``verdict`` and ``sentence`` of the run.

    Args:
        folder: of a run that has its model.
        control: see `ugmcl.outcome.conclude.conclude_run`.
        deadline: `time.monotonic` value at which the work is to stop, resumable.

    Raises:
        Stopped: by request or at the deadline; the next attempt goes on with what is left.
    """
    if control and int(os.environ.get("WORLD_SIZE", "1")) > 1:
        reporter.message("The control is trained by one process: ugmcl report RUN --control", "warning")
        control = False
    try:
        from ugmcl.outcome.conclude import conclude_run
        from ugmcl.outcome.reporters import UntilDeadline

        told = reporter if deadline is None else UntilDeadline(reporter, deadline)
        found = conclude_run(folder, control=control, reporter=told)
    except (UserError, ImportError) as fault:  # a bare GPU machine may lack what draws
        return _without_report(str(fault), reporter)
    except Stopped:
        raise
    except Exception as fault:  # whatever it is, the model stays usable; the log has it whole
        log.exception("the run's outcome could not be found out")
        return _without_report(f"{type(fault).__name__}: {fault}", reporter)
    return {"report": "report.html", "verdict": found.verdict, "sentence": found.sentence}


def worth_comparing(folder: Path, control: bool | None) -> bool:
    """Whether the run began with a model and held cases out, or a control is wanted."""
    from ugmcl.outcome.control import control_wanted

    if control_wanted(folder, control):
        return True
    facts = read_json(folder / DATA)
    return facts.get("start") is not None and bool({"test", "validation"} & set(facts.get("roles", ())))


def deadline_in(minutes: float | None) -> float | None:
    """The `time.monotonic` value in so many minutes; None for None."""
    return None if minutes is None else time.monotonic() + 60 * minutes


def _without_report(reason: str, reporter: Reporter) -> dict[str, Any]:
    text = " ".join(reason.split())[:300]
    reporter.message(f"The model is there, but not the report: {text}", "warning")
    return {"report": None, "verdict": None, "sentence": text}

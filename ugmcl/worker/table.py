"""From a job's kind to the function that does it, imported when the job comes.

A function takes ``(arguments, folder, reporter)``: the request's JSON values, the job's folder (relative
paths are meant from there) and the reporter; it returns the JSON values of the result.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError
from ugmcl.jobs.reporter import Reporter

Work = Callable[[Mapping[str, Any], Path, Reporter], dict[str, Any]]

FUNCTIONS = {
    "segment": "ugmcl.worker.segment:segment",
    "rank": "ugmcl.worker.rank:rank",
    "train": "ugmcl.worker.train:train",
    "report": "ugmcl.worker.report:report",
    "estimate": "ugmcl.worker.estimate:estimate",
    "evaluate": "ugmcl.worker.evaluate:evaluate",
    "prepare": "ugmcl.worker.prepare:prepare",
    "check": "ugmcl.worker.check:check",
    "settings": "ugmcl.worker.settings:settings",
    "install": "ugmcl.worker.install:install",
}


def function_of(kind: str) -> Work:
    """The function for a kind of job.

    Raises:
        UserError: no such kind (a newer version's job).
    """
    if kind not in FUNCTIONS:
        raise UserError(f"there is no work of kind {kind!r}", "job", f"Choose from {', '.join(FUNCTIONS)}")
    module, _, name = FUNCTIONS[kind].partition(":")
    function: Work = getattr(importlib.import_module(module), name)
    return function

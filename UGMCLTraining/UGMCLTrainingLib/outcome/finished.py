"""What a finished run has to show: its outcome, its report, its model and where that is in the library."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError
from ugmcl.jobs.json_files import read_json
from ugmcl.models.description import ModelPackage
from ugmcl.models.package import read_package
from ugmcl.models.registration import copies_of

OUTCOME, REPORT, MODEL = "outcome.json", "report.html", "model"
FORMAT = "ugmcl-outcome/1"
GOOD = ("better",)  # verdicts that need no warning


@dataclass(frozen=True)
class Finished:
    """A run, after its training.

    Attributes:
        folder: of the run.
        outcome: content of outcome.json; empty where there is none, or a damaged or newer one.
        report: the HTML report, or None.
        package: the run's model, or None; fault: why it cannot be read.
        copies: the same model in the user's library.
        control: whether the run was asked to train a control too.
    """

    folder: Path
    outcome: dict[str, Any] = field(default_factory=dict)
    report: Path | None = None
    package: ModelPackage | None = None
    fault: str = ""
    copies: tuple[ModelPackage, ...] = ()
    control: bool = False

    @property
    def warns(self) -> bool:
        """Whether the verdict is none to be glad about."""
        return bool(self.outcome) and self.outcome.get("verdict") not in GOOD


def look_at(folder: Path) -> Finished:
    """Read what there is; for a thread."""
    outcome = read_json(folder / OUTCOME) or {}
    if outcome.get("format") != FORMAT:
        outcome = {}
    request = read_json(folder / "request.json") or {}
    arguments = request.get("arguments")
    package, fault = _model(folder / MODEL)
    return Finished(
        folder,
        outcome,
        folder / REPORT if (folder / REPORT).is_file() else None,
        package,
        fault,
        tuple(copies_of(package)) if package is not None else (),
        bool(arguments.get("control")) if isinstance(arguments, dict) else False,
    )


def _model(folder: Path) -> tuple[ModelPackage | None, str]:
    if not folder.is_dir():
        return None, ""
    try:
        return read_package(folder), ""
    except UserError as fault:
        return None, str(fault)

"""`outcome.json` of a run: what came out of it, for the report, the command line and Slicer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError
from ugmcl.training.folder import write_json

FORMAT = "ugmcl-outcome/1"
OUTCOME, REPORT, FOLDER = "outcome.json", "report.html", "outcome"


@dataclass(frozen=True)
class Outcome:
    """What a run brought.

    Attributes:
        verdict: ``better``, ``worse``, ``not better``, ``too few`` or ``cannot compare``.
        sentence: the verdict in one line for the user.
        warnings: further lines, each a sentence.
        role: whose cases judged (``test``, else ``validation``), or None.
        cases: number of them.
        seen_by_choice: the cases also chose among checkpoints or networks (role ``validation``).
        segments: names, those of the new model.
        rows: Dice of ``before``, ``after``, ``control`` (None: not measured, or nothing to find) by ``case``
            and ``segment``; ``number`` stands for the case where no names may be shown.
        means: by model, of each segment and of all together: ``mean``, ``sd``, ``n``.
        paired: rows of `ugmcl.evaluation.comparison.compare` with ``pair``.
        best, worst: ``case``, ``number``, ``before``, ``after``, ``picture`` (path in the run folder).
        control: ``sentence`` and ``iterations`` of the control, or None.
        calibrated: whether the model's uncertainty was calibrated; otherwise ``uncalibrated`` says why not.
        measured_on: ``images``, or ``prepared data`` where the images could not be reached.
        model: of the run, path in the run folder.
    """

    verdict: str
    sentence: str
    warnings: list[str] = field(default_factory=list)
    role: str | None = None
    cases: int = 0
    seen_by_choice: bool = False
    segments: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    means: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    paired: list[dict[str, Any]] = field(default_factory=list)
    best: dict[str, Any] | None = None
    worst: dict[str, Any] | None = None
    control: dict[str, Any] | None = None
    calibrated: bool = False
    uncalibrated: str = ""
    measured_on: str | None = None
    model: str = "model"

    def to_json(self) -> dict[str, Any]:
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Outcome:
        """From what `to_json` gave; names of a later version are passed over."""
        known = {entry.name for entry in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})

    def save(self, folder: Path) -> Path:
        """Write ``outcome.json`` into the run folder, under another name first."""
        write_json(folder / OUTCOME, self.to_json())
        return folder / OUTCOME


def load_outcome(folder: Path | str) -> Outcome:
    """The outcome of the run in ``folder``.

    Raises:
        UserError: there is none, or it is damaged or foreign.
    """
    file = Path(folder) / OUTCOME
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        if values["format"] != FORMAT:
            raise UserError(f"has the format {values['format']}, {FORMAT} is read here", file)
        return Outcome.from_json(values)
    except FileNotFoundError as fault:
        raise UserError("this run has no outcome yet", folder, "Run: ugmcl report RUN") from fault
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise UserError("the outcome is damaged", file, "Run: ugmcl report RUN") from fault

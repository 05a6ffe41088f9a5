"""One fault of a data set, as the user reads it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from ugmcl.errors import UserError

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """What is wrong with a case, and what to do.

    Attributes:
        severity: ``error`` prevents training, ``warning`` is likely a mistake, ``note`` is good to know.
        case: identifier, or None where the data set as a whole is meant.
        message: the fault in one line.
        remedy: an imperative sentence; empty for notes that ask for nothing.
    """

    severity: Severity
    case: str | None
    message: str
    remedy: str = ""

    @classmethod
    def from_error(cls, case: str | None, error: UserError, severity: Severity = "error") -> Finding:
        """The finding that an error of reading stands for."""
        message = f"{error.where}: {error.what}" if error.where else error.what
        return cls(severity, case, message, error.remedy)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        text = f"case {self.case}: {self.message}" if self.case is not None else self.message
        text = text.rstrip(".") + "."
        return (
            f"{self.severity}: {text} {self.remedy.rstrip('.')}."
            if self.remedy
            else f"{self.severity}: {text}"
        )


def errors_of(findings: list[Finding]) -> list[Finding]:
    """The findings that prevent training."""
    return [finding for finding in findings if finding.severity == "error"]

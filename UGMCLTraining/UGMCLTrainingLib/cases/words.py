"""What the panel says about cases: roles, counts, findings."""

from __future__ import annotations

from collections.abc import Sequence

from slicer.i18n import tr as _

from ugmcl.data.finding import Finding
from UGMCLTrainingLib.cases.project import Project
from UGMCLTrainingLib.cases.project_case import ProjectCase


def role_words() -> dict[str, str]:
    """Words of each role, in the order of a menu."""
    return {
        "labelled": _("labelled"),
        "unlabelled": _("unlabelled"),
        "validation": _("validation"),
        "test": _("test"),
        "excluded": _("excluded"),
    }


def counts_words(project: Project) -> str:
    """How many cases of each role, those that there are."""
    parts = [f"{project.count(role)} {words}" for role, words in role_words().items() if project.count(role)]
    return ", ".join(parts) if parts else _("No cases yet.")


def severity_of(findings: Sequence[Finding]) -> str:
    """The worst: error, warning, note; "" without any."""
    present = {finding.severity for finding in findings}
    return next((kind for kind in ("error", "warning", "note") if kind in present), "")


def check_words(case: ProjectCase, checked: bool) -> str:
    """The check in a cell of the table."""
    if case.role == "excluded":
        return _("left out")
    if not checked:
        return _("not checked")
    errors = sum(finding.severity == "error" for finding in case.findings)
    warnings = sum(finding.severity == "warning" for finding in case.findings)
    if errors:
        return _("1 error") if errors == 1 else _("{count} errors").format(count=errors)
    if warnings:
        return _("1 warning") if warnings == 1 else _("{count} warnings").format(count=warnings)
    return _("note") if case.findings else _("fine")


def finding_lines(findings: Sequence[Finding]) -> str:
    """One line for each finding, what is wrong and what to do."""
    return "\n".join(_finding_line(finding) for finding in findings)


def confidence_words(confidence: float | None) -> str:
    """Mean pairwise Dice of the current model's passes."""
    return "–" if confidence is None else f"{confidence:.2f}"


def _finding_line(finding: Finding) -> str:
    kinds = {"error": _("Error"), "warning": _("Warning"), "note": _("Note")}
    text = f"{kinds[finding.severity]}: {finding.message.rstrip('.')}."
    return f"{text} {finding.remedy.rstrip('.')}." if finding.remedy else text

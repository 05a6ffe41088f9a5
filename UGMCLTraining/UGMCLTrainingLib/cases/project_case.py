"""A case of a project: its files and role, where its label came from, and what is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ugmcl.data.case import LABEL_ROLES, Case
from ugmcl.data.finding import Finding

SCENE, DISK, HANDED_OVER = "scene", "disk", "handed over"  # where a case came from


@dataclass(frozen=True)
class LabelEntry:
    """One value of a label file and what the file says that it is.

    Attributes:
        value: in the file, 1..254.
        name: of the segment; "" where the file holds bare values.
        terminology: coded entries as in `ugmcl.volumes.segment.Segment`, or None.
    """

    value: int
    name: str = ""
    terminology: dict[str, Any] | None = None


@dataclass(frozen=True)
class ProjectCase:
    """One case.

    Attributes:
        id: its name, also of its files in the project's folder.
        images: one file or DICOM folder a channel, absolute.
        label: the file that a training reads, absolute; None without one, or while its values wait.
        role: as the user chose it.
        patient: salted hash of the patient's identifier; None where nothing is known.
        origin: scene, disk or handed over.
        source: the label as it came, where `label` was written from it or waits to be; else `label` itself.
        declared: what the data set that it came from says about values of labels.
        entries: what `source` holds; None until somebody looked, at its ``looked`` (ns, bytes).
        table: value in `source` and value in `label`, where `label` was written by this table.
        findings: of the last check.
        confidence: mean pairwise Dice of the current model's passes, 0..1; None while unknown.
    """

    id: str
    images: tuple[Path, ...]
    label: Path | None = None
    role: str = "unlabelled"
    patient: str | None = None
    origin: str = DISK
    source: Path | None = None
    declared: tuple[LabelEntry, ...] = ()
    entries: tuple[LabelEntry, ...] | None = None
    looked: tuple[int, int] | None = None
    table: tuple[tuple[int, int], ...] | None = None
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    confidence: float | None = None

    @property
    def waits(self) -> bool:
        """Whether its label cannot be used before somebody says what its values mean."""
        return self.source is not None and self.label is None

    @property
    def role_in_manifest(self) -> str:
        """Its role for a training: a label whose values wait is not read."""
        return "excluded" if self.waits and self.role in LABEL_ROLES else self.role

    @property
    def has_label(self) -> bool:
        """Whether it may get a role that reads a label."""
        return self.label is not None or self.source is not None

    def as_case(self) -> Case:
        """As the data room knows it, with the role that the user chose."""
        return Case(self.id, self.images, self.label or self.source, self.role, self.patient)

    def details(self) -> dict[str, Any]:
        """JSON of what a manifest cannot say."""
        return {
            "role": self.role,
            "origin": self.origin,
            "source": None if self.source is None else str(self.source),
            "declared": [asdict(entry) for entry in self.declared],
            "entries": None if self.entries is None else [asdict(entry) for entry in self.entries],
            "looked": self.looked,
            "table": self.table,
            "findings": [finding.to_json() for finding in self.findings],
            "confidence": self.confidence,
        }


def with_details(case: Case, details: Mapping[str, Any]) -> ProjectCase:
    """A case of the manifest with what project.json says about it, as far as that is sound."""
    source = details.get("source")
    entries = details.get("entries")
    role = details.get("role") if case.role == "excluded" and case.label is None and source else case.role
    confidence = details.get("confidence")
    looked, table = details.get("looked"), details.get("table")
    return ProjectCase(
        case.id,
        case.images,
        case.label,
        str(role or case.role),
        case.patient,
        str(details.get("origin") or DISK),
        Path(str(source)) if source else case.label,
        tuple(_entry(entry) for entry in details.get("declared") or ()),
        None if entries is None else tuple(_entry(entry) for entry in entries),
        None if looked is None else (int(looked[0]), int(looked[1])),
        None if table is None else tuple((int(old), int(new)) for old, new in table),
        tuple(Finding(**finding) for finding in details.get("findings") or ()),
        float(confidence) if isinstance(confidence, int | float) else None,
    )


def _entry(data: Mapping[str, Any]) -> LabelEntry:
    return LabelEntry(int(data["value"]), str(data.get("name") or ""), data.get("terminology"))

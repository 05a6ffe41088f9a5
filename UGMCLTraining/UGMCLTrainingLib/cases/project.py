"""A project: a folder of the user's choice with cases, what their labels mean, runs and rankings.

Every change is written at once, under a temporary name first: what is in memory is what the files say, and
a change that cannot be written does not happen. No widgets here; scripts use it as the panel does.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ugmcl.data.case import LABEL_ROLES, ROLES
from ugmcl.data.finding import Finding
from ugmcl.data.manifest import read_manifest
from ugmcl.data.paths import check_identifier, patient_hash
from ugmcl.errors import UserError
from ugmcl.volumes.segment import Segment
from UGMCLTrainingLib.cases.project_case import LabelEntry, ProjectCase, with_details
from UGMCLTrainingLib.cases.project_files import (
    DETAILS,
    FORMAT,
    MANIFEST,
    keep_original,
    manifest_of,
    read_details,
    read_rest,
    stamp,
    write_file,
)
from UGMCLTrainingLib.cases.written_files import rename_written, set_aside

SEED = 1337  # of the draw of validation cases


class Project:
    """A project's folder and what it holds; made by `open` or `create`.

    Attributes:
        folder: absolute.
        cases: in the order in which they were added.
        segments: the classes, by ascending label value.
        channels: names of the images of a case; empty while nobody said.
        meanings: what the user said that values of label files mean, by `mapping.key_of`.
        findings: of the last check that concern no single case.
        salt: of the patients' hashes; secret of this project.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cases: list[ProjectCase] = []
        self.segments: tuple[Segment, ...] = ()
        self.channels: tuple[str, ...] = ()
        self.meanings: dict[str, str] = {}
        self.findings: tuple[Finding, ...] = ()
        self.salt = secrets.token_hex(16)
        self._others: dict[str, Any] = {}  # of the manifest, kept as they are
        self._stamps: tuple[Any, Any] = (None, None)

    @classmethod
    def create(cls, folder: Path | str) -> Project:
        """A new project; its folder is made.

        Raises:
            UserError: there is a data set already, or no right to write.
        """
        project = cls(Path(folder).absolute())
        if (project.folder / MANIFEST).exists():
            raise UserError(
                _("there is a data set already"), project.folder, _("Open it, or choose another folder")
            )
        try:
            project.folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise UserError(
                _("this folder cannot be made ({fault})").format(fault=fault.strerror or fault),
                project.folder,
                _("Choose a folder in which you may write"),
            ) from fault
        project._stamps = (stamp(project.manifest), stamp(project.folder / DETAILS))
        project.save()
        return project

    @classmethod
    def open(cls, folder: Path | str) -> Project:
        """The project of a folder; a folder with only a manifest becomes one at the first change, and
        the manifest is kept beside it.

        Raises:
            UserError: nothing there, or a damaged file, which stays as it is.
        """
        project = cls(Path(folder).absolute())
        if not project.manifest.is_file():
            raise UserError(
                _("there is no project here"), project.folder, _("Make a new one, or choose its folder")
            )
        project._stamps = (stamp(project.manifest), stamp(project.folder / DETAILS))
        rest = read_rest(project.manifest)
        dataset, _roles = read_manifest(project.manifest, allow_outside=True)
        details = read_details(project.folder / DETAILS)
        try:
            known = {str(key): dict(value) for key, value in dict(details.get("cases") or {}).items()}
            project.cases = [
                replace(with_details(case, known.get(case.id, {})), patient=rest.patients.get(case.id))
                for case in dataset.cases
            ]
            project.meanings = {str(k): str(v) for k, v in dict(details.get("meanings") or {}).items()}
            project.findings = tuple(Finding(**finding) for finding in details.get("findings") or ())
        except (TypeError, ValueError, KeyError) as fault:
            raise UserError(
                _("does not say what a project says ({fault})").format(fault=fault),
                project.folder / DETAILS,
                _("Correct it, or move it away: the cases and their roles are in dataset.json"),
            ) from fault
        project.salt = str(details.get("salt") or project.salt)
        project.channels = dataset.channels if project.cases else ()
        project.segments, project._others = rest.segments, rest.others
        return project

    # --- places

    @property
    def manifest(self) -> Path:
        """The file that the command line reads."""
        return self.folder / MANIFEST

    @property
    def runs_folder(self) -> Path:
        """Where runs lie."""
        return self.folder / "runs"

    @property
    def images_folder(self) -> Path:
        """Images of cases that came from the scene."""
        return self.folder / "images"

    @property
    def labels_folder(self) -> Path:
        """Labels of cases from the scene, and those whose values were mapped."""
        return self.folder / "labels"

    @property
    def originals_folder(self) -> Path:
        """Labels from the scene as they came, where their values had to be mapped."""
        return self.folder / "originals"

    # --- looking

    def case(self, case_id: str) -> ProjectCase:
        """The case of this id.

        Raises:
            UserError: it is gone.
        """
        for case in self.cases:
            if case.id == case_id:
                return case
        raise UserError(_("there is no such case any more"), case_id, _("Choose another one"))

    def count(self, role: str) -> int:
        """Number of cases of a role."""
        return sum(case.role == role for case in self.cases)

    def free_ids(self, count: int) -> list[str]:
        """Names for new cases, which say nothing about a patient: case_001, case_002, …"""
        taken = {case.id.casefold() for case in self.cases}
        for folder in (self.images_folder, self.labels_folder, self.originals_folder):
            taken |= {path.name.split(".")[0].casefold() for path in folder.glob("case_*")}
        found: list[str] = []
        number = 0
        while len(found) < count:
            number += 1
            name = f"case_{number:03d}"
            if name not in taken:
                found.append(name)
        return found

    def hash_of_patient(self, identifier: str) -> str | None:
        """What is kept of a patient's identifier; None where there is none."""
        return patient_hash(identifier.strip(), self.salt) if identifier.strip() else None

    def changed_on_disk(self) -> bool:
        """Whether another program wrote the project since we did."""
        return (stamp(self.manifest), stamp(self.folder / DETAILS)) != self._stamps

    # --- changing; each is written at once

    def add(self, cases: Iterable[ProjectCase], channels: Sequence[str] = ()) -> list[ProjectCase]:
        """Add cases; a name that is taken gets a number. Returns them as they were added."""
        taken = {case.id.casefold() for case in self.cases}
        added = []
        for case in cases:
            name, number = check_identifier(case.id), 2
            while name.casefold() in taken:
                name, number = f"{case.id}-{number}", number + 1
            taken.add(name.casefold())
            added.append(replace(case, id=name))
        self._commit([*self.cases, *added], channels=self.channels or tuple(channels))
        return added

    def remove(self, case_ids: Iterable[str]) -> None:
        """Take cases out; files in the project's folder go into its folder ``removed``."""
        gone = set(case_ids)
        leaving = [case for case in self.cases if case.id in gone]
        self._commit([case for case in self.cases if case.id not in gone])
        for case in leaving:
            set_aside(self.folder, case)

    def set_roles(self, roles: Mapping[str, str]) -> None:
        """Give cases other roles, by id.

        Raises:
            UserError: no such case or role, or a role that needs a label for a case without one.
        """
        for case_id, role in roles.items():
            if role not in ROLES:
                raise UserError(
                    _("there is no role {role}").format(role=role),
                    case_id,
                    _("Choose one of {roles}").format(roles=", ".join(ROLES)),
                )
            if role in LABEL_ROLES and not self.case(case_id).has_label:
                raise UserError(
                    _("a case without a label cannot be {role}").format(role=role),
                    case_id,
                    _("Add a label, or make it unlabelled"),
                )
        self._commit([replace(case, role=roles.get(case.id, case.role)) for case in self.cases])

    def rename(self, case_id: str, name: str) -> None:
        """Give a case another name; its files in the project's folder follow.

        Raises:
            UserError: the name is taken or cannot name a case.
        """
        check_identifier(name, case_id)
        if any(case.id.casefold() == name.casefold() and case.id != case_id for case in self.cases):
            raise UserError(_("another case has this name"), name, _("Choose another one"))
        old = self.case(case_id)
        with rename_written(self.folder, old, name) as renamed:
            self._commit([renamed if case.id == case_id else case for case in self.cases])

    def update(self, changed: Iterable[ProjectCase]) -> None:
        """Replace cases by newer ones of the same ids; those that are gone are passed over."""
        newer = {case.id: case for case in changed}
        self._commit([newer.get(case.id, case) for case in self.cases])

    def set_label(self, case_id: str, label: Path, role: str = "labelled") -> None:
        """Give a case a label whose values are the project's; 255 is ignored."""
        declared = tuple(LabelEntry(s.value, s.name, s.terminology) for s in self.segments)
        case = replace(self.case(case_id), label=label, source=label, declared=declared, role=role)
        self.update([replace(case, entries=None, table=None)])

    def set_segments(self, segments: Sequence[Segment]) -> None:
        """The classes, in the order of their values."""
        self._commit(self.cases, segments=tuple(sorted(segments, key=lambda segment: segment.value)))

    def set_meanings(self, meanings: Mapping[str, str], segments: Sequence[Segment] | None = None) -> None:
        """Remember what values of label files mean, by `key_of`, with ``segments`` that are new."""
        newer = self.segments if segments is None else tuple(segments)
        self._commit(self.cases, meanings={**self.meanings, **meanings}, segments=newer)

    def set_confidence(self, case_id: str, confidence: float | None) -> None:
        """What the current model's passes agree to in a case, 0..1."""
        self.set_confidences({case_id: confidence})

    def set_confidences(self, confidences: Mapping[str, float | None]) -> None:
        """The same of many cases, written once; those that are gone are passed over."""
        self.update(
            replace(case, confidence=confidences[case.id]) for case in self.cases if case.id in confidences
        )

    def set_findings(self, findings: Sequence[Finding]) -> None:
        """The result of a check, of all cases; nothing is written where it is the same again."""
        by_case: dict[str, list[Finding]] = {}
        for finding in findings:
            by_case.setdefault(finding.case or "", []).append(finding)
        of_all = tuple(by_case.pop("", ()))
        cases = [replace(case, findings=tuple(by_case.get(case.id, ()))) for case in self.cases]
        if of_all != self.findings or any(
            new.findings != old.findings for new, old in zip(cases, self.cases, strict=True)
        ):
            self._commit(cases, findings=of_all)

    def suggest_validation(self, seed: int = SEED) -> list[str]:
        """Draw validation cases, grouped by patient; remarks for the user.

        Cases that validated before are drawn anew.
        """
        from ugmcl.data.roles import draw_roles

        cases = [
            replace(case, role="labelled" if case.role == "validation" else case.role).as_case()
            for case in self.cases
        ]
        drawn, notes = draw_roles(cases, seed)
        self.set_roles({case.id: case.role for case in drawn})
        return notes

    def save(self) -> None:
        """Write both files.

        Raises:
            UserError: no room, no right, or another program changed them.
        """
        self._commit(self.cases)

    def _commit(self, cases: Sequence[ProjectCase], **changes: Any) -> None:
        """Write, then believe it; ``changes`` are other values of segments, channels, meanings, findings."""
        names = ("segments", "channels", "meanings", "findings")
        values = {name: changes.get(name, getattr(self, name)) for name in names}
        if self.changed_on_disk():
            raise UserError(
                _("the project was changed by another program"),
                self.folder,
                _("It is read again; then repeat the change"),
            )
        details = {
            "format": FORMAT,
            "salt": self.salt,
            "meanings": values["meanings"],
            "findings": [finding.to_json() for finding in values["findings"]],
            "cases": {case.id: case.details() for case in cases},
        }
        manifest = manifest_of(self.folder, cases, values["segments"], values["channels"]) | self._others
        keep_original(self.folder)
        written = write_file(self.folder / DETAILS, details)
        self._stamps = (self._stamps[0], written)
        self._stamps = (write_file(self.manifest, manifest), written)
        self.cases = list(cases)
        for name, value in values.items():
            setattr(self, name, value)

"""A case and a data set, as all rooms see them: which files, which role, which segments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ugmcl.errors import UserError
from ugmcl.volumes.segment import Segment

ROLES = ("labelled", "unlabelled", "validation", "test", "excluded")
LABEL_ROLES = ("labelled", "validation", "test")  # roles whose label is read


@dataclass(frozen=True)
class Case:
    """One subject's image, with or without a label.

    Attributes:
        id: name of the case, also of its folder in the cache.
        images: one file or DICOM folder a channel.
        label: file of the label; it is read only where `uses_label` is true.
        role: one of `ROLES`.
        patient: salted hash of the patient's identifier; None where nothing is known.
    """

    id: str
    images: tuple[Path, ...]
    label: Path | None
    role: str
    patient: str | None = None

    @property
    def uses_label(self) -> bool:
        """Whether the label may be read: it is there and the role is labelled, validation or test."""
        return self.label is not None and self.role in LABEL_ROLES


class Dataset:
    """Cases, what their labels mean, and what their channels are.

    Args:
        root: the folder that paths are relative to.
        cases: in the order of the manifest or the folder listing.
        segments: the classes, by ascending value; or a function that finds them when first asked for,
            because it has to read every label.
        channels: one name a channel.
        name: of the data set, for people.
        notes: remarks of one line that the user should see ("fewer than ten labelled cases: …").
        modality: as the manifest says; None where it does not.
    """

    def __init__(
        self,
        root: Path,
        cases: Iterable[Case],
        segments: Iterable[Segment] | Callable[[], Iterable[Segment]],
        channels: Iterable[str],
        name: str,
        *,
        notes: Iterable[str] = (),
        modality: str | None = None,
    ) -> None:
        self.root = Path(root)
        self.cases = tuple(cases)
        self.channels = tuple(channels)
        self.name = name
        self.notes = tuple(notes)
        self.modality = modality
        self._segments = segments

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The classes, by ascending value as the label files hold it; found once, then kept."""
        if callable(self._segments):
            self._segments = self._segments()
        if not isinstance(self._segments, tuple):
            self._segments = tuple(sorted(self._segments, key=lambda segment: segment.value))
        return self._segments

    @property
    def declared_segments(self) -> tuple[Segment, ...] | None:
        """The classes that the data set names; None where they have to be found in its labels."""
        return None if callable(self._segments) else self.segments

    @property
    def classes(self) -> int:
        """Number of classes C, background included."""
        return len(self.segments) + 1

    def with_role(self, *roles: str) -> tuple[Case, ...]:
        """The cases of these roles, in order."""
        return tuple(case for case in self.cases if case.role in roles)

    def count(self, role: str) -> int:
        """Number of cases of a role."""
        return len(self.with_role(role))

    def reassigned(self, roles: Mapping[str, str]) -> Dataset:
        """The same data set with other roles for some cases, by identifier.

        Raises:
            UserError: an identifier or a role does not exist, or a case without a label gets a role that
                needs one.
        """
        known = {case.id for case in self.cases}
        for identifier, role in roles.items():
            if identifier not in known:
                raise UserError("there is no such case", identifier, f"The data set is {self.name}")
            if role not in ROLES:
                raise UserError(f"unknown role {role!r}", identifier, f"Choose one of {', '.join(ROLES)}")
        cases = [replace(case, role=roles.get(case.id, case.role)) for case in self.cases]
        for case in cases:
            if case.label is None and case.role in LABEL_ROLES and case.id in roles:
                raise UserError(f"role {case.role} needs a label", case.id, "Choose unlabelled or excluded")
        return Dataset(
            self.root,
            cases,
            self._segments,
            self.channels,
            self.name,
            notes=self.notes,
            modality=self.modality,
        )

    def __repr__(self) -> str:
        counts = ", ".join(f"{self.count(role)} {role}" for role in ROLES if self.count(role))
        return f"Dataset({self.name}: {counts or 'no cases'})"

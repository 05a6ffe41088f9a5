"""The check of a project, in a thread: labels are looked into and mapped, then every fault is found.

What was found in a case's files is remembered, so that a check after a change of roles reads nothing again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ugmcl.data.case import Case, Dataset
from ugmcl.data.case_check import CaseFacts, check_case
from ugmcl.data.checks import check_dataset
from ugmcl.data.finding import Finding
from ugmcl.errors import Stopped
from ugmcl.framing.spec import InputSpec
from ugmcl.jobs.reporter import Reporter
from ugmcl.slicer.background import Background
from ugmcl.volumes.segment import Segment
from UGMCLTrainingLib.cases.label_look import Look, look_at
from UGMCLTrainingLib.cases.meanings import meanings_of, words_of
from UGMCLTrainingLib.cases.project import Project
from UGMCLTrainingLib.cases.project_case import ProjectCase
from UGMCLTrainingLib.cases.project_files import stamp

LABEL_FIELDS = ("label", "entries", "looked", "table")  # of a case, which a look may change


@dataclass
class Counter(Reporter):
    """How far a check is, and the wish for its end; read and set from Slicer's thread."""

    done: float = 0
    total: float = 0
    stopped: bool = False

    def progress(self, done: float, total: float, unit: str = "steps") -> None:
        self.done, self.total = done, total

    def check(self) -> None:
        if self.stopped:
            raise Stopped("cancelled")


@dataclass(frozen=True)
class Snapshot:
    """What a check looks at: the project as it was when the check began, and the network's input or None."""

    folder: Path
    labels_folder: Path
    cases: tuple[ProjectCase, ...]
    segments: tuple[Segment, ...]
    told: Mapping[str, str]
    channels: tuple[str, ...]
    spec: InputSpec | None

    @classmethod
    def of(cls, project: Project, spec: InputSpec | None) -> Snapshot:
        return cls(
            project.folder,
            project.labels_folder,
            tuple(project.cases),
            project.segments,
            dict(project.meanings),
            project.channels,
            spec,
        )


@dataclass(frozen=True)
class Checked:
    """Cases after the look, and all findings."""

    looks: list[Look]
    findings: list[Finding]


@dataclass
class Checker:
    """Checks a project again and again.

    Args:
        on_done: told after the project has taken the result over; gets None or what went wrong.

    Attributes:
        counter: of the check at work, or None.
    """

    on_done: Callable[[BaseException | None], None]
    counter: Counter | None = None
    _facts: dict[Any, CaseFacts] = field(default_factory=dict)
    _thread: Background | None = None

    def start(self, project: Project, spec: InputSpec | None) -> None:
        """Begin anew; a check at work is left to itself."""
        self.stop()
        counter = self.counter = Counter()
        snapshot = Snapshot.of(project, spec)

        def work() -> Checked:
            return examine(snapshot, counter, self._look)

        self._thread = Background(work, lambda checked: self._take(project, checked), self._failed)

    def stop(self) -> None:
        """Forget a check at work."""
        if self._thread is not None:
            self._thread.cancel()
        if self.counter is not None:
            self.counter.stopped = True
        self._thread = self.counter = None

    def forget(self) -> None:
        """Read every file anew at the next check."""
        self._facts.clear()

    def _look(self, case: Case, channels: Sequence[str], segments: Sequence[Segment] | None) -> CaseFacts:
        label = case.label if case.uses_label else None
        files = [*case.images, *([label] if label is not None else [])]
        words = None if segments is None else tuple((s.value, s.name) for s in segments)
        key = (case.id, tuple((str(f), _stamp(f)) for f in files), label, tuple(channels), words)
        if key not in self._facts:
            self._facts[key] = check_case(case, channels, segments)
        return self._facts[key]

    def _take(self, project: Project, checked: Checked) -> None:
        self._thread = self.counter = None
        try:
            take_over(project, checked)
        except Exception as fault:  # noqa: BLE001 - told to whoever listens
            self.on_done(fault)
        else:
            self.on_done(None)

    def _failed(self, fault: BaseException) -> None:
        self._thread = self.counter = None
        self.on_done(fault)


def check_now(project: Project, spec: InputSpec | None = None) -> list[Finding]:
    """For scripts: check, and take the result over at once.

    Raises:
        UserError: the project cannot be written.
    """
    checked = examine(Snapshot.of(project, spec), Counter())
    take_over(project, checked)
    return checked.findings


def examine(
    snapshot: Snapshot,
    counter: Counter,
    look: Callable[[Case, Sequence[str], Sequence[Segment] | None], CaseFacts] = check_case,
) -> Checked:
    """Look into every label, then find all faults; `Stopped` on request."""
    looks = []
    for number, case in enumerate(snapshot.cases):
        counter.check()
        looks.append(look_at(case, snapshot.labels_folder, snapshot.segments, snapshot.told))
        counter.progress(number + 1, 2 * len(snapshot.cases))
    cases = [one.case for one in looks if one.fault is None]
    found = [one.fault for one in looks if one.fault is not None and one.case.role != "excluded"]
    found += [
        _waits(case, snapshot.segments, snapshot.told)
        for case in cases
        if case.waits and case.role != "excluded"
    ]
    known = [replace(case.as_case(), label=case.label, role=case.role_in_manifest) for case in cases]
    channels = snapshot.channels or ("image",)
    dataset = Dataset(snapshot.folder, known, snapshot.segments, channels, snapshot.folder.name)
    found += check_dataset(dataset, spec=snapshot.spec, reporter=counter, look=look)
    return Checked(looks, found)


def take_over(project: Project, checked: Checked) -> None:
    """Write the result into the project; a case that was changed or removed meanwhile stays as it is.

    Raises:
        UserError: the project cannot be written.
    """
    now = {case.id: case for case in project.cases}
    changed = []
    for look in checked.looks:
        case = now.get(look.case.id)
        if case is not None and case.source == look.case.source:
            newer = replace(case, **{name: getattr(look.case, name) for name in LABEL_FIELDS})
            if newer != case:
                changed.append(newer)
    if changed:
        project.update(changed)
    project.set_findings(checked.findings)


def _waits(case: ProjectCase, segments: Sequence[Segment], told: Mapping[str, str]) -> Finding:
    unknown = [m.entry for m in meanings_of(case.entries or (), segments, told) if not m.target]
    return Finding(
        "error",
        case.id,
        _("nobody knows yet what {values} of the label means").format(
            values=", ".join(words_of(entry) for entry in unknown)
        ),
        _("Choose it below the table"),
    )


def _stamp(file: Path) -> Any:
    """Of a file; of a DICOM folder its files' names with theirs."""
    if not file.is_dir():
        return stamp(file)
    return tuple((path.name, stamp(path)) for path in sorted(file.iterdir()))

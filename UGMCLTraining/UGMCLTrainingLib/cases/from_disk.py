"""Cases that lie on disk: data sets, folders of images or DICOM series, single files; nothing is copied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from slicer.i18n import tr as _

from ugmcl.data.dataset import load_dataset
from ugmcl.data.folder import group_channels, named_files
from ugmcl.errors import UserError
from ugmcl.models.description import ModelPackage
from ugmcl.volumes.segment import Segment
from UGMCLTrainingLib.cases.patients import patient_of_files
from UGMCLTrainingLib.cases.project import Project
from UGMCLTrainingLib.cases.project_case import LabelEntry, ProjectCase

HashOf = Callable[[str], str | None]  # of a patient's identifier


@dataclass(frozen=True)
class Found:
    """What a folder or file holds.

    Attributes:
        cases: with absolute paths; those without a name of their own have the id "".
        channels: names of a case's images; empty where nobody named them.
        segments: as the data set declares them; empty where it leaves them to its labels.
        notes: remarks for the user.
    """

    cases: list[ProjectCase]
    channels: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
    notes: tuple[str, ...] = ()


def find_cases(path: Path, hash_of: HashOf) -> Found:
    """The cases of a data set, or else of a folder of images or DICOM series.

    Raises:
        UserError: nothing that can be used, or a data set that contradicts itself.
    """
    path = path.absolute()
    if path.is_dir() and not _is_data_set(path):
        return _loose(path, hash_of)
    dataset = load_dataset(path, allow_outside=True)
    segments = dataset.declared_segments or ()
    declared = tuple(LabelEntry(s.value, s.name, s.terminology) for s in segments)
    cases = [
        ProjectCase(
            case.id,
            tuple(image.absolute() for image in case.images),
            None if case.label is None else case.label.absolute(),
            case.role,
            case.patient or _patient(case.images[0], hash_of),
            source=None if case.label is None else case.label.absolute(),
            declared=declared,
        )
        for case in dataset.cases
    ]
    return Found(cases, dataset.channels, segments, dataset.notes)


def single_case(images: Sequence[Path], label: Path | None, hash_of: HashOf) -> Found:
    """One case of files that the user chose.

    Raises:
        UserError: a file is not there.
    """
    from ugmcl.volumes.files import case_name

    files = [path.absolute() for path in images]
    for path in (*files, *([label] if label is not None else [])):
        if not path.exists():
            raise UserError(_("there is no such file"), path, _("Choose another one"))
    if label is not None:
        label = label.absolute()
    name = "" if files[0].is_dir() else case_name(files[0])
    role = "unlabelled" if label is None else "labelled"
    patient = _patient(files[0], hash_of)
    return Found([ProjectCase(name, tuple(files), label, role, patient, source=label)])


def add_found(project: Project, found: Found, package: ModelPackage | None = None) -> list[ProjectCase]:
    """Add what was found, but images that are cases already.

    Args:
        project: takes over the data set's segments where it has none.
        found: of `find_cases` or `single_case`.
        package: model to start from; then its segments are the project's.

    Raises:
        UserError: the project cannot be written.
    """
    if not project.segments and package is None and found.segments:
        project.set_segments(found.segments)
    known = {image for case in project.cases for image in case.images}
    fresh = [case for case in found.cases if not known.issuperset(case.images)]
    names = iter(project.free_ids(sum(not case.id for case in fresh)))
    cases = [case if case.id else replace(case, id=next(names)) for case in fresh]
    return project.add(cases, found.channels if len(found.channels) > 1 else ())


def _is_data_set(folder: Path) -> bool:
    return (
        (folder / "images").is_dir()
        or (folder / "imagesTr").is_dir()
        or (folder / "dataset.json").is_file()
        or len(list(folder.glob("*.csv"))) == 1
    )


def _loose(folder: Path, hash_of: HashOf) -> Found:
    """A folder of images, of DICOM series in folders of their own, or with one series in it."""
    from ugmcl.volumes.dicom_headers import dicom_files

    if dicom_files(folder, below=False):
        return single_case([folder], None, hash_of)
    files = named_files(folder)
    images = {name: path for name, path in files.items() if path.is_file()}
    cases = [ProjectCase(name, channels) for name, channels in group_channels(images).items()]
    for path in files.values():
        if path.is_dir() and dicom_files(path):
            cases.append(ProjectCase("", (path,), patient=_patient(path, hash_of)))
    if not cases:
        raise UserError(
            _("no images and no data set in this folder"),
            folder,
            _(
                "Choose a folder with images/ and labels/, a Decathlon or nnU-Net folder, "
                "a folder of images, or of DICOM series"
            ),
        )
    return Found(cases)


def _patient(image: Path, hash_of: HashOf) -> str | None:
    """Of a DICOM series; other files tell no patient."""
    return hash_of(patient_of_files(image)) if image.is_dir() else None

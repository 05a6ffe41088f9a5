"""The two files of a project: dataset.json, which the command line reads, and project.json beside it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ugmcl.data.manifest import read_json_object, read_segments, read_text
from ugmcl.errors import UserError
from ugmcl.jobs.json_files import write_json
from ugmcl.volumes.segment import Segment
from UGMCLTrainingLib.cases.project_case import ProjectCase

MANIFEST, DETAILS = "dataset.json", "project.json"
ORIGINAL = "dataset.original.json"  # a manifest as it was before it became a project's
FORMAT = "ugmcl-project/1"
OWN_KEYS = ("name", "labels", "channels", "cases")
Stamp = tuple[int, int] | None


def stamp(file: Path) -> Stamp:
    """Tells whether a file was written since: nanoseconds and bytes; None where there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def manifest_of(
    folder: Path, cases: Sequence[ProjectCase], segments: Sequence[Segment], channels: Sequence[str]
) -> dict[str, Any]:
    """The manifest: files inside of the folder by relative paths, others by absolute ones."""
    manifest: dict[str, Any] = {"name": folder.name}
    if segments:
        manifest["labels"] = {str(segment.value): _described(segment) for segment in segments}
    if channels:
        manifest["channels"] = list(channels)
    manifest["cases"] = [
        {
            "id": case.id,
            "image": [_written(path, folder) for path in case.images],
            "label": None if case.label is None else _written(case.label, folder),
            "role": case.role_in_manifest,
            "patient": case.patient,
        }
        for case in cases
    ]
    return manifest


def write_file(file: Path, values: Mapping[str, Any]) -> Stamp:
    """Write one of the two files, whole or not at all; its new stamp.

    Raises:
        UserError: no right to write, or no room; the old file is as it was.
    """
    try:
        write_json(file, values)
    except OSError as fault:
        raise UserError(
            _("cannot be written ({fault})").format(fault=fault.strerror or fault),
            file,
            _("Make room on this disk, or check that you may write in this folder; nothing was changed"),
        ) from fault
    return stamp(file)


@dataclass(frozen=True)
class ManifestRest:
    """What a manifest says beside its cases' files and roles.

    Attributes:
        patients: by case; hashes of ours already, which reading the manifest would hash again.
        segments: that it names; none where it leaves them to the labels' values.
        others: keys that a project does not use and keeps, such as modality.
    """

    patients: dict[str, str]
    segments: tuple[Segment, ...]
    others: dict[str, Any]


def read_rest(file: Path) -> ManifestRest:
    """Of the manifest of a project.

    Raises:
        UserError: damaged, or a data set of another form.
    """
    data = read_json_object(read_text(file), file)
    if "cases" not in data:
        raise UserError(
            _("this folder holds a data set of another form, not a project"),
            file.parent,
            _("Choose another folder for the project, and add this one to it"),
        )
    entries = [entry for entry in data["cases"] if isinstance(entry, dict)]
    patients = {str(entry.get("id")): str(entry["patient"]) for entry in entries if entry.get("patient")}
    labels = data.get("labels")
    others = {key: value for key, value in data.items() if key not in OWN_KEYS}
    return ManifestRest(patients, () if labels is None else read_segments(labels, file), others)


def keep_original(folder: Path) -> None:
    """A copy of a manifest that was not written by us, before it is written over.

    Raises:
        UserError: no room for it.
    """
    manifest = folder / MANIFEST
    if (folder / DETAILS).exists() or not manifest.exists():
        return
    copy = folder / ORIGINAL
    try:
        if not copy.exists():
            shutil.copyfile(manifest, copy)
    except OSError as fault:
        raise UserError(
            _("cannot be written ({fault})").format(fault=fault.strerror or fault),
            copy,
            _("Make room on this disk, or check that you may write in this folder; nothing was changed"),
        ) from fault


def read_details(file: Path) -> dict[str, Any]:
    """What project.json says; empty where it is not there.

    Raises:
        UserError: it is damaged, or of a newer version.
    """
    if not file.exists():
        return {}
    data = read_json_object(read_text(file), file)
    if data.get("format") != FORMAT:
        raise UserError(
            _("this is not a project of this version ({format})").format(format=data.get("format")),
            file,
            _("Open it with a newer version of UG-MCL"),
        )
    return data


def _described(segment: Segment) -> dict[str, Any]:
    described = segment.to_json()
    del described["value"]
    return described


def _written(path: Path, folder: Path) -> str:
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:
        return str(path)

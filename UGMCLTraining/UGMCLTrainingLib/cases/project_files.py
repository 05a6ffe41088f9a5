"""The two files of a project: dataset.json, which the command line reads, and project.json beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ugmcl.data.manifest import read_json_object, read_segments, read_text
from ugmcl.errors import UserError
from ugmcl.jobs.json_files import write_json
from ugmcl.volumes.segment import Segment
from UGMCLTrainingLib.cases.project_case import ProjectCase

MANIFEST, DETAILS = "dataset.json", "project.json"
FORMAT = "ugmcl-project/1"
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


def raw_patients(file: Path) -> dict[str, str]:
    """Patients of a manifest of ours by case: hashes already, which reading it would hash again."""
    entries = json.loads(read_text(file)).get("cases") or []
    return {str(entry["id"]): str(entry["patient"]) for entry in entries if entry.get("patient")}


def declared_segments(file: Path) -> tuple[Segment, ...]:
    """The segments that a manifest names; none where it leaves them to the labels' values."""
    labels = json.loads(read_text(file)).get("labels")
    return () if labels is None else read_segments(labels, file)


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

"""The form of a manifest, JSON or CSV: every case with its files, role and patient.

JSON: ``{"labels": {"1": {"name", "color", "terminology"}}, "channels": [...], "cases": [{"id", "image",
"label", "role", "patient"}]}``; a label may also be just its name, ``modality`` and ``name`` are optional.
CSV: the columns of a case, ``|`` between the files of several channels. Paths are relative to the manifest.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ugmcl.data.case import LABEL_ROLES, ROLES, Case, Dataset
from ugmcl.data.paths import check_identifier, path_inside, patient_hash
from ugmcl.errors import UserError
from ugmcl.volumes.segment import Segment

LARGEST_MANIFEST = 64 * 2**20  # bytes; a hundred thousand cases need less
KEYS = ("id", "image", "label", "role", "patient")


def is_manifest(path: Path) -> bool:
    """Whether a JSON file lists cases as a manifest does (a damaged file does not)."""
    try:
        data = json.loads(read_text(path))
    except (UserError, ValueError, RecursionError):
        return False
    return isinstance(data, dict) and "cases" in data


def read_manifest(path: Path, allow_outside: bool = False) -> tuple[Dataset, bool]:
    """The data set of a manifest, and whether it gives any case a role.

    Raises:
        UserError: unreadable, not of this form, or a path that leaves the folder.
    """
    text = read_text(path)
    data = _read_csv(text, path) if path.suffix.lower() == ".csv" else read_json_object(text, path)
    entries = data.get("cases")
    if not isinstance(entries, list):
        raise UserError("a manifest needs a list named cases", path, "See the description of data sets")
    salt = hashlib.sha256(text.encode()).hexdigest()
    cases = [_case(entry, number, path, salt, allow_outside) for number, entry in enumerate(entries, 1)]
    has_roles = any(_text(entry, "role", path) for entry in entries)
    labels = tuple(case.label for case in cases if case.uses_label and case.label is not None)
    dataset = Dataset(
        path.parent,
        cases,
        _segments(data, labels, path),
        _channels(data, cases, path),
        str(data.get("name") or path.resolve().parent.name),
        modality=str(data["modality"]) if isinstance(data.get("modality"), str) else None,
    )
    return dataset, has_roles


def read_text(path: Path) -> str:
    """A manifest's text, UTF-8 with or without a byte order mark."""
    try:
        if path.stat().st_size > LARGEST_MANIFEST:
            raise UserError(f"larger than {LARGEST_MANIFEST >> 20} MiB, this is no manifest", path)
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"cannot be read ({error.strerror or error})", path, "Check the path") from error
    except UnicodeDecodeError as error:
        raise UserError("is not UTF-8 text", path, "Save the manifest as UTF-8") from error


def read_json_object(text: str, path: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
        UserError: damaged JSON (with the line), or something else than an object.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise UserError(f"is not JSON ({error})", path, "Correct the file") from error
    except RecursionError as error:
        raise UserError("is nested too deeply", path, "Correct the file") from error
    if not isinstance(data, dict):
        raise UserError("is not a JSON object with a list of cases", path, "Correct the file")
    return data


def read_segments(labels: object, path: Path) -> tuple[Segment, ...]:
    """Segments of ``{"1": {"name": …}}`` or ``{"1": "name"}``; background (0) is passed over.

    Raises:
        UserError: a value that is no whole number in 1..254, a repeated value or name, a colour that is none.
    """
    if not isinstance(labels, Mapping) or not labels:
        raise UserError('labels must be an object such as {"1": {"name": "liver"}}', path, "Correct it")
    segments: dict[int, Segment] = {}
    for key, entry in labels.items():
        value = _label_value(key, path)
        if value == 0:
            continue
        if isinstance(entry, str):
            entry = {"name": entry}
        if (
            not isinstance(entry, Mapping)
            or not isinstance(entry.get("name"), str)
            or not entry["name"].strip()
        ):
            raise UserError(f"label {key} has no name", path, 'Write {"name": …}')
        if value in segments or any(segment.name == entry["name"] for segment in segments.values()):
            raise UserError(f"label {key} ({entry['name']}) appears twice", path, "Give each its own")
        segments[value] = _segment(value, entry, path)
    if not segments:
        raise UserError("labels names background only", path, "Name at least one segment")
    return tuple(segments[value] for value in sorted(segments))


def _segment(value: int, entry: Mapping[str, Any], path: Path) -> Segment:
    color = entry.get("color")
    fine = color is None or (
        isinstance(color, Sequence)
        and not isinstance(color, str)
        and len(color) == 3
        and all(isinstance(c, int | float) and 0 <= c <= 1 for c in color)
    )
    if not fine:
        raise UserError(
            f"label {value}: color {color!r} is not three numbers from 0 to 1", path, "Correct the colour"
        )
    terminology = entry.get("terminology")
    if terminology is not None and not isinstance(terminology, Mapping):
        raise UserError(f"label {value}: terminology is no object", path, "Correct it or leave it out")
    data = {"value": value, "name": entry["name"].strip(), "terminology": terminology}
    return Segment.from_json(data if color is None else data | {"color": color})


def _label_value(key: object, path: Path) -> int:
    try:
        value = int(str(key))
    except ValueError:
        value = -1
    if not 0 <= value <= 254:
        raise UserError(
            f"label value {key!r} is no whole number from 1 to 254", path, "0 is background, 255 is ignored"
        )
    return value


def _segments(
    data: Mapping[str, Any], labels: tuple[Path, ...], path: Path
) -> tuple[Segment, ...] | Callable[[], Iterable[Segment]]:
    if data.get("labels") is not None:
        return read_segments(data["labels"], path)
    from ugmcl.data.label_values import find_segments

    return partial(find_segments, labels)


def _channels(data: Mapping[str, Any], cases: Sequence[Case], path: Path) -> list[str]:
    names = data.get("channels")
    if names is None:
        most = max((len(case.images) for case in cases), default=1)
        return ["image"] if most == 1 else [f"channel {k}" for k in range(most)]
    if not isinstance(names, list) or not names or not all(isinstance(n, str) and n.strip() for n in names):
        raise UserError("channels must be a list of names", path, 'Write, for example, ["T1", "T2"]')
    if len(set(names)) != len(names):
        raise UserError("two channels have one name", path, "Give each channel its own name")
    return [name.strip() for name in names]


def _case(entry: object, number: int, path: Path, salt: str, allow_outside: bool) -> Case:
    where = f"{path}, case {number}"
    if not isinstance(entry, Mapping):
        raise UserError("a case is not an object", where, "Correct the manifest")
    unknown = [str(key) for key in entry if key not in KEYS and not str(key).startswith("_")]
    if unknown:
        raise UserError(f"unknown key {unknown[0]!r}", where, f"A case has the keys {', '.join(KEYS)}")
    identifier = _text(entry, "id", where)
    if identifier is None:
        raise UserError("a case has no id", where, "Give each case its own id")
    where = f"{path}, case {identifier}"
    check_identifier(identifier, where)
    images = entry.get("image")
    names = [images] if isinstance(images, str) else images
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise UserError("image must be a path or a list of paths, one a channel", where, "Correct it")
    label = _text(entry, "label", where)
    role = _text(entry, "role", where) or ("labelled" if label else "unlabelled")
    if role not in ROLES:
        raise UserError(f"unknown role {role!r}", where, f"Choose one of {', '.join(ROLES)}")
    if label is None and role in LABEL_ROLES:
        raise UserError(f"role {role} needs a label", where, "Name the label, or make it unlabelled")
    patient = _text(entry, "patient", where)
    return Case(
        identifier,
        tuple(path_inside(path.parent, name, allow_outside=allow_outside, where=where) for name in names),
        None if label is None else path_inside(path.parent, label, allow_outside=allow_outside, where=where),
        role,
        None if patient is None else patient_hash(patient, salt),
    )


def _text(entry: object, key: str, where: object) -> str | None:
    """A value that is text, or a number that stands for it; None where it is null, absent or empty."""
    value = entry.get(key) if isinstance(entry, Mapping) else None
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise UserError(f"{key} must be text", where, "Correct the manifest")
    return str(value).strip() or None


def _read_csv(text: str, path: Path) -> dict[str, Any]:
    """The rows of a CSV with a header line, commas, semicolons or tabs between columns."""
    header = text.splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t", key=header.count)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        columns = [str(name).strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        rows = list(reader)
    except csv.Error as error:
        raise UserError(f"is not CSV ({error})", path, "Correct the file") from error
    missing = [name for name in ("id", "image") if name not in columns]
    if missing:
        raise UserError(f"the column {missing[0]} is missing", path, f"The columns are {', '.join(KEYS)}")
    cases: list[dict[str, Any]] = []
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise UserError(f"line {number} has another number of columns", path, "Correct the line")
        entry: dict[str, Any] = {key: (value or "").strip() for key, value in row.items()}
        if not any(entry.values()):
            continue
        files = [name.strip() for name in entry["image"].split("|")]
        cases.append(entry | {"image": files[0] if len(files) == 1 else files})
    return {"cases": cases}

"""The form of the Medical Segmentation Decathlon and of nnU-Net, either generation of its dataset.json.

First generation: ``"labels": {"1": "liver"}``, ``"modality": {"0": "CT"}``, ``"training": [{"image",
"label"}]``. Second: ``"labels": {"background": 0, "liver": 1}``, ``"channel_names"``, ``"file_ending"`` and,
sometimes, ``"dataset"`` with the files of every case. imagesTs counts as test where labelsTs has the labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ugmcl.data.case import Case, Dataset
from ugmcl.data.folder import group_channels, named_files
from ugmcl.data.manifest import read_json_object, read_segments, read_text
from ugmcl.data.paths import check_identifier, path_inside
from ugmcl.errors import UserError
from ugmcl.volumes.segment import Segment

IGNORE = 255


def is_decathlon(folder: Path) -> bool:
    """Whether the folder has the Decathlon's form."""
    return (folder / "imagesTr").is_dir()


def read_decathlon(root: Path, allow_outside: bool = False) -> tuple[Dataset, bool]:
    """The data set of the folder, and whether it gives roles (never: its test cases only report).

    Raises:
        UserError: a dataset.json that makes no sense, or a label of several segments (region-based training).
    """
    path = root / "dataset.json"
    data = read_json_object(read_text(path), path) if path.is_file() else {}
    notes: list[str] = []
    listed = data.get("dataset")
    if isinstance(listed, Mapping) and listed:
        cases = [_listed_case(name, entry, path, allow_outside) for name, entry in listed.items()]
    else:
        cases = _folder_cases(root, "imagesTr", "labelsTr", "labelled")
    tests = _folder_cases(root, "imagesTs", "labelsTs", "test")
    names = {case.id for case in cases}
    left_out = sum(case.role == "unlabelled" for case in tests)
    cases += [case for case in tests if case.role == "test" and case.id not in names]
    if left_out:
        notes.append(f"{left_out} images of imagesTs left out: they have no label")
    labels = tuple(case.label for case in cases if case.uses_label and case.label is not None)
    dataset = Dataset(
        root,
        cases,
        _segments(data, path) if data.get("labels") is not None else partial(_find, labels),
        _channels(data, cases, path),
        str(data.get("name") or root.resolve().name),
        notes=notes,
        modality=_modality(data),
    )
    return dataset, False


def _folder_cases(root: Path, images: str, labels: str, role: str) -> list[Case]:
    if not (root / images).is_dir():
        return []
    files = group_channels(named_files(root / images))
    known = named_files(root / labels) if (root / labels).is_dir() else {}
    return [
        Case(check_identifier(name, root), paths, known.get(name), role if name in known else "unlabelled")
        for name, paths in files.items()
    ]


def _listed_case(name: str, entry: object, path: Path, allow_outside: bool) -> Case:
    where = f"{path}, case {name}"
    images = entry.get("images") if isinstance(entry, Mapping) else None
    label = entry.get("label") if isinstance(entry, Mapping) else None
    if not isinstance(images, list) or not images or not all(isinstance(i, str) for i in images):
        raise UserError("images must be a list of paths", where, "Correct dataset.json")
    if label is not None and not isinstance(label, str):
        raise UserError("label must be a path", where, "Correct dataset.json")
    door = partial(path_inside, path.parent, allow_outside=allow_outside, where=where)
    role = "labelled" if label else "unlabelled"
    files = tuple(door(image) for image in images)
    return Case(check_identifier(name, where), files, door(label) if label else None, role)


def _segments(data: Mapping[str, Any], path: Path) -> tuple[Segment, ...]:
    labels = data["labels"]
    if not isinstance(labels, Mapping):
        raise UserError("labels must be an object", path, "Correct dataset.json")
    if all(str(key).isdigit() for key in labels):
        return read_segments(labels, path)
    turned: dict[str, str] = {}
    for name, value in labels.items():
        if isinstance(value, list):
            raise UserError(
                f"{name} stands for several label values {value} (region-based training)",
                path,
                "Give every segment one value of its own",
            )
        if str(name).lower() == "ignore":
            if value != IGNORE:
                raise UserError(f"ignored voxels have the value {value}", path, "Write them as 255")
            continue
        if str(value) in turned:
            raise UserError(f"label {value} ({name}) appears twice", path, "Give each its own")
        turned[str(value)] = str(name)
    return read_segments(turned, path)


def _channels(data: Mapping[str, Any], cases: list[Case], path: Path) -> list[str]:
    names = data.get("channel_names", data.get("modality"))
    count = max((len(case.images) for case in cases), default=1)
    if names is None:
        return ["image"] if count == 1 else [f"channel {k}" for k in range(count)]
    if not isinstance(names, Mapping) or {str(key) for key in names} != {str(k) for k in range(len(names))}:
        raise UserError('channel_names must be {"0": …, "1": …}', path, "Correct dataset.json")
    ordered = [str(names[key]) for key in sorted(names, key=lambda key: int(str(key)))]
    if len(set(ordered)) < len(ordered):
        ordered = [f"{name} {k}" for k, name in enumerate(ordered)]
    return ordered


def _modality(data: Mapping[str, Any]) -> str | None:
    names = data.get("channel_names", data.get("modality"))
    if not isinstance(names, Mapping) or not names:
        return None
    return ", ".join(str(name) for name in names.values())


def _find(labels: tuple[Path, ...]) -> list[Segment]:
    from ugmcl.data.label_values import find_segments

    return find_segments(labels)

"""The form images/ + labels/: files of equal names belong together.

Several channels are name_0000, name_0001, …, taken so only if every image has such a suffix and every base
name has _0000. A folder inside images/ is one DICOM series.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from ugmcl.data.case import Case, Dataset
from ugmcl.data.paths import check_identifier
from ugmcl.errors import UserError

_CHANNEL = re.compile(r"^(?P<base>.+)_(?P<channel>\d{4})$")


def read_folder(root: Path) -> Dataset:
    """Cases of ``root/images`` and ``root/labels``; an image without a label is unlabelled."""
    from ugmcl.data.label_values import find_segments

    images = group_channels(named_files(root / "images"))
    labels = named_files(root / "labels") if (root / "labels").is_dir() else {}
    cases = [
        Case(
            check_identifier(name, root),
            files,
            labels.get(name),
            "labelled" if name in labels else "unlabelled",
        )
        for name, files in images.items()
    ]
    notes = [f"{name}: a label without an image" for name in sorted(labels.keys() - images.keys())]
    most = max((len(files) for files in images.values()), default=1)
    channels = ["image"] if most == 1 else [f"channel {k}" for k in range(most)]
    label_files = tuple(case.label for case in cases if case.label is not None)
    return Dataset(
        root, cases, partial(find_segments, label_files), channels, root.resolve().name, notes=notes
    )


def named_files(folder: Path) -> dict[str, Path]:
    """Image files, and folders that may hold a DICOM series, by case name, in the order of the names.

    Raises:
        UserError: two files differ by their ending only.
    """
    from ugmcl.volumes.files import IMAGE_SUFFIXES, case_name

    found: dict[str, Path] = {}
    for entry in sorted(folder.iterdir(), key=lambda path: path.name):
        if entry.name.startswith(".") or not (entry.is_dir() or _is_image(entry, IMAGE_SUFFIXES)):
            continue
        name = case_name(entry)
        if name in found:
            raise UserError(
                f"two files for one case: {found[name].name} and {entry.name}", folder, "Remove one"
            )
        found[name] = entry
    return found


def group_channels(files: dict[str, Path]) -> dict[str, tuple[Path, ...]]:
    """Files of a case in the order of their channel numbers, or each file a case where names are not so.

    Raises:
        UserError: a channel number is left out or appears in two files.
    """
    matches = {name: _CHANNEL.match(name) for name in files}
    bases: dict[str, dict[int, Path]] = {}
    for name, match in matches.items():
        if match is None:
            return {name: (path,) for name, path in files.items()}
        bases.setdefault(match["base"], {})[int(match["channel"])] = files[name]
    if not all(0 in channels for channels in bases.values()):
        return {name: (path,) for name, path in files.items()}
    for base, channels in bases.items():
        missing = set(range(max(channels) + 1)) - channels.keys()
        if missing:
            raise UserError(
                f"channel _{min(missing):04d} is missing", base, "Add the file or remove the case"
            )
    return {base: tuple(path for _, path in sorted(channels.items())) for base, channels in bases.items()}


def _is_image(path: Path, suffixes: Iterable[str]) -> bool:
    return path.is_file() and path.name.lower().endswith(tuple(suffixes))

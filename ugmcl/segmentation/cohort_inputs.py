"""Which cases a cohort has: files, folders of files, DICOM folders; and which of them this process takes."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ugmcl.errors import UserError
from ugmcl.segmentation.written import written_files
from ugmcl.volumes.reading import IMAGE_SUFFIXES, case_name

_CHANNEL = re.compile(r"^(?P<base>.+)_(?P<channel>\d{4})$")


@dataclass(frozen=True)
class CohortCase:
    """One case: its name, which result files begin with, and one path per channel (or one for all)."""

    name: str
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Shard:
    """Part ``index`` (from 1) of ``count``."""

    index: int = 1
    count: int = 1

    def take(self, cases: Sequence[CohortCase]) -> list[CohortCase]:
        """Every count-th case, so that the parts are equally long."""
        return list(cases[self.index - 1 :: self.count])


def parse_shard(text: str | None, environment: Mapping[str, str] | None = None) -> Shard:
    """Shard from ``i/n`` (1-based), or from torchrun's RANK and WORLD_SIZE where ``text`` is None.

    Raises:
        UserError: not of this form, or i outside 1..n.
    """
    if text is None:
        env = os.environ if environment is None else environment
        world = int(env.get("WORLD_SIZE", "1"))
        return Shard(int(env.get("RANK", "0")) + 1, world) if world > 1 else Shard()
    match = re.fullmatch(r"(\d+)/(\d+)", text.strip())
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise UserError(f"{text} is not a shard", "shard", "Write i/n with i from 1 to n, for instance 2/4")
    return Shard(int(match[1]), int(match[2]))


def collect_cases(inputs: Sequence[str | Path], channels: int = 1) -> list[CohortCase]:
    """The cases that ``inputs`` mean, in order.

    A file is a case (or, for a model with several channels, one of ``name_0000``, ``name_0001``, …);
    a folder stands for its image files, or for its ``images`` folder, or is one DICOM series, or holds
    one DICOM series per subfolder.

    Raises:
        UserError: an input does not exist, a channel is missing, or two cases cannot be told apart by name.
    """
    files: list[Path] = []
    for entry in map(Path, inputs):
        if not entry.exists():
            raise UserError("there is no such file or folder", entry, "Check the path")
        files.extend(_expand(entry) if entry.is_dir() else [entry])
    cases = _by_channel(files, channels) if channels > 1 else [CohortCase(case_name(f), (f,)) for f in files]
    return _with_distinct_names(cases)


def _expand(folder: Path) -> list[Path]:
    images = [p for p in sorted(folder.iterdir()) if _is_image(p) and not _is_result(p)]
    if images:
        return images
    if (folder / "images").is_dir():
        return _expand(folder / "images")
    if any(p.is_file() for p in folder.iterdir()):
        return [folder]  # one DICOM series
    series = [p for p in sorted(folder.iterdir()) if p.is_dir() and not p.name.startswith(".")]
    if not series:
        raise UserError("the folder is empty", folder, "Give a folder with images or DICOM files")
    return series


def _is_image(path: Path) -> bool:
    """By its name; a link to nowhere counts, so that the case is reported and not silently left out."""
    name = path.name.lower()
    named = not name.startswith(".") and name.endswith(tuple(IMAGE_SUFFIXES))
    return named and (path.is_file() or (path.is_symlink() and not path.exists()))


def _is_result(path: Path) -> bool:
    """Whether an earlier segmentation into this folder wrote the file."""
    if path.name.lower().endswith(".seg.nrrd"):
        return True
    words = case_name(path).split("_")
    names = ("_".join(words[:n]) for n in range(1, len(words) + 1))
    return any(path.name in written_files(path.parent, name) for name in names)


def _by_channel(files: Sequence[Path], channels: int) -> list[CohortCase]:
    """Files ``base_0000`` … of one folder are one case; a file without a number holds all channels."""
    groups: dict[tuple[Path, str], dict[int, Path]] = {}
    for file in files:
        match = _CHANNEL.match(case_name(file))
        base, channel = (match["base"], int(match["channel"])) if match else (case_name(file), -1)
        groups.setdefault((file.parent, base), {})[channel] = file
    cases = []
    for (folder, base), found in groups.items():
        if -1 not in found and sorted(found) != list(range(channels)):
            missing = ", ".join(f"{base}_{c:04d}" for c in range(channels) if c not in found)
            raise UserError(
                f"{base} lacks {missing or 'nothing, but has more channels than the model'}",
                folder,
                f"Give {channels} files, {base}_0000 to {base}_{channels - 1:04d}",
            )
        cases.append(CohortCase(base, tuple(found[c] for c in sorted(found))))
    return cases


def _with_distinct_names(cases: Sequence[CohortCase]) -> list[CohortCase]:
    """Cases of equal name get their folder's name in front; results must not overwrite each other."""
    count = Counter(case.name for case in cases)
    named = [
        replace(case, name=f"{case.paths[0].parent.name}_{case.name}") if count[case.name] > 1 else case
        for case in cases
    ]
    doubles = [name for name, n in Counter(case.name for case in named).items() if n > 1]
    if doubles:
        raise UserError(
            "several inputs would write the same results",
            doubles[0],
            "Give each input once, or rename the files",
        )
    return named

"""A prepared data set on disk, read through memory maps; opening it needs no image library.

``cache.json`` describes all cases, ``cases/ID/`` holds one case: ``image.npy`` (N, z, y, x) float16,
``label.npy`` (z, y, x) uint8 of classes and 255, ``distance.npy`` (C-1, z, y, x) int16 (see
`ugmcl.data.distances`), ``ignored.npy`` (C-1, z, y, x) int16, the way to the nearest 255, where any is,
``foreground.npy`` (K, 4) int32 rows of class, z, y, x, and ``case.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ugmcl.data.paths import check_identifier
from ugmcl.errors import UserError
from ugmcl.framing.spec import InputSpec
from ugmcl.volumes.geometry import spacing_mm
from ugmcl.volumes.segment import Segment

FORMAT = "ugmcl-cache/1"


@dataclass(frozen=True)
class CachedCase:
    """A prepared case.

    Attributes:
        id: its name and folder.
        role: labelled, unlabelled, validation or test.
        shape_zyx: size of the framed grid.
        affine: of the framed grid, (4, 4) to LPS mm.
        has_label: whether label, distance and foreground exist.
        has_ignored: whether the label has voxels to ignore (255).
        patient: salted hash, or None.
        statistics: of the volume before framing (`ugmcl.framing.statistics`), and ``voxels`` by class.
        sources: of image files and label, as `ugmcl.data.sources.Source` in JSON.
        notes: remarks of the readers.
    """

    id: str
    role: str
    shape_zyx: tuple[int, int, int]
    affine: np.ndarray
    has_label: bool
    has_ignored: bool
    patient: str | None
    statistics: dict[str, Any]
    sources: list[dict[str, Any]]
    notes: tuple[str, ...] = ()

    @property
    def spacing_zyx(self) -> tuple[float, float, float]:
        """Spacing of the framed grid in mm."""
        x, y, z = spacing_mm(self.affine)
        return (z, y, x)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CachedCase:
        z, y, x = (int(n) for n in data["shape_zyx"])
        return cls(
            id=str(data["id"]),
            role=str(data["role"]),
            shape_zyx=(z, y, x),
            affine=np.asarray(data["affine"], dtype=np.float64),
            has_label=bool(data["has_label"]),
            has_ignored=bool(data["has_ignored"]),
            patient=data.get("patient"),
            statistics=dict(data["statistics"]),
            sources=list(data["sources"]),
            notes=tuple(data.get("notes", ())),
        )


@dataclass(frozen=True)
class Cache:
    """A prepared data set.

    Attributes:
        folder: where it lies.
        spec: the InputSpec it was framed by, with the range of its training volumes.
        segments: the classes; a segment's value is its class 1..C-1 in label.npy.
        cases: all but the excluded ones, in the data set's order.
        name: of the data set.
        label_values: the value each segment has in the data set's label files.
        notes: remarks on the data set that every report repeats.
    """

    folder: Path
    spec: InputSpec
    segments: tuple[Segment, ...]
    cases: tuple[CachedCase, ...]
    name: str
    label_values: tuple[int, ...]
    notes: tuple[str, ...] = ()

    @property
    def classes(self) -> int:
        """Number of classes C, background included."""
        return len(self.segments) + 1

    @cached_property
    def _by_id(self) -> dict[str, CachedCase]:
        return {case.id: case for case in self.cases}

    def case(self, identifier: str) -> CachedCase:
        """The case of this name. Raises KeyError where there is none."""
        return self._by_id[identifier]

    def with_role(self, *roles: str) -> tuple[CachedCase, ...]:
        """The cases of these roles, in order."""
        return tuple(case for case in self.cases if case.role in roles)

    def image(self, identifier: str) -> np.ndarray:
        """(N, z, y, x), float16 memory map (float32 where float16 would lose stored values)."""
        return self._array(identifier, "image")

    def label(self, identifier: str) -> np.ndarray:
        """(z, y, x) uint8 memory map of classes 0..C-1 and 255."""
        return self._array(identifier, "label")

    def distance(self, identifier: str) -> np.ndarray:
        """(C-1, z, y, x) int16 memory map in steps of `ugmcl.data.distances.QUANTUM_MM`."""
        return self._array(identifier, "distance")

    def ignored(self, identifier: str) -> np.ndarray | None:
        """(C-1, z, y, x) int16 memory map of the way to the nearest 255; None where the label has none."""
        return self._array(identifier, "ignored") if self.case(identifier).has_ignored else None

    def foreground(self, identifier: str) -> np.ndarray:
        """(K, 4) int32: class and position z, y, x of some foreground voxels, at most 512 a class."""
        return self._array(identifier, "foreground")

    def _array(self, identifier: str, kind: str) -> np.ndarray:
        case = self.case(identifier)
        path = self.folder / "cases" / case.id / f"{kind}.npy"
        try:
            array = np.load(path, mmap_mode="r", allow_pickle=False)
            _check_shape(array.shape, kind, case.shape_zyx)
            return array
        except (OSError, ValueError, EOFError) as error:
            raise UserError(
                f"the prepared {kind} of case {identifier} cannot be read ({error})",
                path,
                "Run ugmcl prepare again; it renews what is damaged",
            ) from error


def _check_shape(shape: tuple[int, ...], kind: str, shape_zyx: tuple[int, int, int]) -> None:
    """Raises ValueError where an array is not that of its case: a file that was exchanged or cut."""
    if kind == "foreground":
        right = len(shape) == 2 and shape[1] == 4
    else:
        right = len(shape) == (3 if kind == "label" else 4) and shape[-3:] == shape_zyx
    if not right:
        raise ValueError(f"its shape {shape} does not belong to a case of {shape_zyx}")


def open_cache(folder: Path | str) -> Cache:
    """The cache in ``folder``.

    Raises:
        UserError: no cache, one whose preparation did not finish, or of a newer format.
    """
    folder = Path(folder)
    path = folder / "cache.json"
    if not path.is_file():
        begun = (folder / "cases").is_dir()
        what = "its preparation did not finish" if begun else "there is no prepared data set"
        raise UserError(what, folder, "Run ugmcl prepare DATASET --output CACHE")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        found = data["format"]
        if found != FORMAT:
            raise UserError(f"has the format {found}, {FORMAT} is read here", path, "Prepare it again")
        for case in data["cases"]:
            check_identifier(str(case["id"]), path)  # it names a folder below
        return Cache(
            folder=folder,
            spec=InputSpec.from_json(data["input"]),
            segments=tuple(Segment.from_json(segment) for segment in data["segments"]),
            cases=tuple(CachedCase.from_json(case) for case in data["cases"]),
            name=str(data["name"]),
            label_values=tuple(int(value) for value in data["label_values"]),
            notes=tuple(data.get("notes", ())),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"damaged ({error!r})", path, "Run ugmcl prepare again") from error


def is_cache(folder: Path | str) -> bool:
    """Whether the folder is a prepared data set, complete or not."""
    folder = Path(folder)
    return (folder / "cache.json").is_file() or any(folder.glob("cases/*/case.json"))

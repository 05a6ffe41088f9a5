"""One case from its files into its folder of the cache, written under a temporary name and renamed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ugmcl.data.cache import FORMAT
from ugmcl.data.case import Case
from ugmcl.data.distances import CLIP_MM, QUANTUM_MM, cached_distances, cached_ways
from ugmcl.data.label_values import read_class_label
from ugmcl.data.sources import Source, record, unchanged
from ugmcl.errors import UserError
from ugmcl.framing.frame import frame_image, frame_label
from ugmcl.framing.spec import InputSpec
from ugmcl.framing.statistics import volume_statistics
from ugmcl.volumes.reading import read_image
from ugmcl.volumes.segment import Segment

TEMPORARY = ".tmp"
POSITIONS_PER_CLASS = 512
EXACT_FLOAT16 = 2048.0  # float16 holds every whole number up to it


@dataclass(frozen=True)
class Task:
    """What a process needs to prepare one case: everything in it can be sent to another process."""

    case: Case
    spec: InputSpec
    segments: tuple[Segment, ...]
    folder: Path

    @property
    def place(self) -> Path:
        """The case's folder in the cache."""
        return self.folder / "cases" / self.case.id

    @property
    def files(self) -> list[Path]:
        """Files that are read: the label only where the role allows it."""
        label = [self.case.label] if self.case.uses_label and self.case.label is not None else []
        return [*self.case.images, *label]


def settings_digest(spec: InputSpec, segments: Sequence[Segment], uses_label: bool) -> str:
    """SHA-256 of all that shapes a prepared case besides its files; a new patch, for one, changes nothing."""
    relevant: dict[str, Any] = {
        "format": FORMAT,
        "spacing_mm": spec.spacing_mm,
        "orientation": spec.orientation,
        "normalisation": spec.normalisation.to_json(),
        "channels": len(spec.channels),
    }
    if uses_label:
        relevant["segments"] = [[segment.value, segment.name] for segment in segments]
        relevant["distance"] = [QUANTUM_MM, CLIP_MM]
    return hashlib.sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()


def valid_record(task: Task) -> dict[str, Any] | None:
    """The record of an already prepared case if its files and settings are still the same."""
    try:
        data = json.loads((task.place / "case.json").read_text(encoding="utf-8"))
        sources = [Source(**source) for source in data["sources"]]
        same = data["settings"] == settings_digest(task.spec, task.segments, task.case.uses_label)
        arrays = ["image", *(("label", "distance", "foreground") if data["has_label"] else ())]
        arrays += ["ignored"] if data["has_ignored"] else []
        complete = all((task.place / f"{kind}.npy").is_file() for kind in arrays)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    files = task.files
    if not (same and complete and len(sources) == len(files) and data["id"] == task.case.id):
        return None
    return data if all(unchanged(source, path) for source, path in zip(sources, files, strict=True)) else None


def prepare_case(task: Task) -> dict[str, Any]:
    """Reads, frames and writes one case; its record.

    Raises:
        UserError: a file that cannot be read or does not fit, the case named.
    """
    case = task.case
    try:
        sources = [record(path) for path in task.files]
        volume = read_image(list(case.images))
        framed = frame_image(volume, task.spec)
        statistics = volume_statistics(volume, task.spec.orientation)
        label = None
        if case.uses_label and case.label is not None:
            label = frame_label(read_class_label(case.label, task.segments), framed)
    except UserError as error:
        raise UserError(error.what, f"case {case.id}, {error.where}", error.remedy) from error
    arrays = {"image": _compact(framed.array)}
    if label is not None:
        classes = len(task.segments) + 1
        x, y, z = framed.spacing_mm
        arrays["label"] = label
        arrays["distance"] = cached_distances(label, classes, (z, y, x))
        ways = cached_ways(label, classes, (z, y, x))
        if ways is not None:
            arrays["ignored"] = ways
        arrays["foreground"] = _positions(label, classes, case.id)
        statistics["voxels"] = np.bincount(label.ravel(), minlength=256)[:classes].tolist()
    data = {
        "id": case.id,
        "settings": settings_digest(task.spec, task.segments, case.uses_label),
        "sources": [source.to_json() for source in sources],
        "has_label": label is not None,
        "has_ignored": "ignored" in arrays,
        "shape_zyx": list(framed.shape_zyx),
        "affine": framed.affine.tolist(),
        "statistics": statistics,
        "notes": list(volume.notes),
    }
    _write(task.place, arrays, data)
    return data


def _compact(image: np.ndarray) -> np.ndarray:
    """float16, unless values that were not normalised would be rounded."""
    if np.abs(image).max(initial=0.0) > EXACT_FLOAT16:
        return image
    return image.astype(np.float16)


def _positions(label: np.ndarray, classes: int, identifier: str) -> np.ndarray:
    """(K, 4) int32 of class, z, y, x: a draw without replacement for each class, fixed by the case's name."""
    seed = int.from_bytes(hashlib.sha256(identifier.encode()).digest()[:8], "little")
    random = np.random.default_rng(seed)
    rows = [np.empty((0, 4), dtype=np.int32)]
    for number in range(1, classes):
        flat = np.flatnonzero(label == number)
        if flat.size > POSITIONS_PER_CLASS:
            flat = np.sort(random.choice(flat, POSITIONS_PER_CLASS, replace=False))
        places = np.stack(np.unravel_index(flat, label.shape), axis=1).astype(np.int32)
        rows.append(np.insert(places, 0, number, axis=1))
    return np.concatenate(rows)


def _write(place: Path, arrays: dict[str, np.ndarray], data: dict[str, Any]) -> None:
    new = place.with_name(f"{place.name}.{os.getpid()}{TEMPORARY}")
    old = place.with_name(f"{place.name}.{os.getpid()}.old{TEMPORARY}")
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    new.mkdir(parents=True)
    try:
        for kind, array in arrays.items():
            np.save(new / f"{kind}.npy", np.ascontiguousarray(array), allow_pickle=False)
        (new / "case.json").write_text(json.dumps(data), encoding="utf-8")
        if place.exists():
            os.replace(place, old)
        os.replace(new, place)
    except OSError as error:
        raise UserError(
            f"case {place.name} cannot be written ({error.strerror or error})", place, "Free disk space"
        ) from error
    finally:
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)

"""Every model on this computer, found by ``name``, ``name@version`` or path (design, section 8).

Two different models of one name never shadow each other: asked for by the bare name they are both named,
and the user chooses. Damaged ones are listed as such. Needs the standard library and numpy.
"""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from pathlib import Path

from ugmcl.errors import UserError
from ugmcl.models.description import DESCRIPTION, ModelPackage
from ugmcl.models.package import read_package, verify_weights
from ugmcl.models.places import Place, places


@dataclass(frozen=True)
class LibraryEntry:
    """One folder of the library.

    Attributes:
        path: of the package.
        place: where it lies.
        package: its description; None when it is damaged.
        fault: one line that says what is wrong with it, or "".
    """

    path: Path
    place: Place
    package: ModelPackage | None
    fault: str = ""

    @property
    def name(self) -> str:
        """The model's name, of a damaged one the folder's."""
        return self.package.name if self.package else self.path.name.partition("@")[0]

    @property
    def version(self) -> str:
        """The model's version, of a damaged one what the folder's name tells."""
        return self.package.version if self.package else self.path.name.partition("@")[2] or "unknown"

    @property
    def title(self) -> str:
        """A line for a list."""
        return (self.package.title or self.package.name) if self.package else f"DAMAGED: {self.fault}"

    @property
    def id(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"


def list_models() -> list[LibraryEntry]:
    """Every model of every place, damaged ones too; weights are not read (see `verify_model`)."""
    return [_entry(folder, place) for place in places() for folder in _folders(place.folder)]


def find_model(wanted: str | Path | ModelPackage) -> ModelPackage:
    """The model that ``wanted`` means: ``name``, ``name@version``, or the path of a package or of a run.

    Raises:
        UserError: none or several different ones of this name, or it is damaged.
    """
    if isinstance(wanted, ModelPackage):
        return wanted
    text = str(wanted)
    if isinstance(wanted, Path) or _is_path(text):
        return _at_path(Path(wanted))
    entries = list_models()
    name, _, version = text.partition("@")
    found = [e for e in entries if e.name == name and (not version or e.version == version)]
    if not found:
        if Path(text).is_dir():
            return _at_path(Path(text))
        raise UserError(f"there is no model {text}", "models", _suggestion(text, entries))
    different = {_identity(entry): entry for entry in reversed(found)}
    if len(different) > 1:
        raise _ambiguous(text, list(different.values())[::-1])
    (entry,) = different.values()
    if entry.package is None:
        raise UserError(entry.fault, entry.id, "Import it again, or remove it")
    return entry.package


def verify_model(entry: LibraryEntry) -> str:
    """What is wrong with a model of the library, its weights' SHA-256 included; "" for a sound one."""
    if entry.package is None:
        return entry.fault
    try:
        verify_weights(entry.package)
    except UserError as fault:
        return fault.what
    return ""


def _entry(folder: Path, place: Place) -> LibraryEntry:
    try:
        return LibraryEntry(folder, place, read_package(folder))
    except UserError as fault:
        return LibraryEntry(folder, place, None, fault.what)
    except OSError as fault:
        return LibraryEntry(folder, place, None, fault.strerror or type(fault).__name__)


def _folders(place: Path) -> list[Path]:
    """The packages in a place, or the place itself where it is one."""
    try:
        if (place / DESCRIPTION).is_file():
            return [place]
        return sorted(entry for entry in place.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except OSError:  # a site's folder that this user may not read holds nothing for him
        return []


def _is_path(text: str) -> bool:
    return "/" in text or "\\" in text or text in (".", "..") or text.lower().endswith(".zip")


def _at_path(path: Path) -> ModelPackage:
    if path.is_file() and path.suffix.lower() == ".zip":
        raise UserError("this model is packed", path, f"Import it first: ugmcl models import {path.name}")
    if path.name == DESCRIPTION:
        path = path.parent
    if not (path / DESCRIPTION).exists() and (path / "model" / DESCRIPTION).is_file():
        path = path / "model"  # a run's folder
    return read_package(path)


def _identity(entry: LibraryEntry) -> str:
    """Equal for copies of one model in several places."""
    if entry.package is None:
        return str(entry.path)
    return hashlib.sha256((entry.path / DESCRIPTION).read_bytes()).hexdigest()


def _ambiguous(text: str, entries: list[LibraryEntry]) -> UserError:
    known = ", ".join(f"{e.id} ({e.place.words}{'' if e.package else ', damaged'})" for e in entries)
    if len({entry.id for entry in entries}) == len(entries):
        remedy = f"Name one with its version, for instance {entries[0].id}"
    else:
        remedy = f"Name one by its folder, for instance {entries[0].path}"
    return UserError(f"several models are meant by {text}: {known}", "models", remedy)


def _suggestion(text: str, entries: list[LibraryEntry]) -> str:
    known = sorted({entry.id for entry in entries if entry.package})
    if not known:
        return "No model is installed: ugmcl models import FILE.zip"
    near = difflib.get_close_matches(text, [*known, *(i.partition("@")[0] for i in known)], 1)
    return f"Did you mean {near[0]}" if near else f"Choose from {', '.join(known)}"

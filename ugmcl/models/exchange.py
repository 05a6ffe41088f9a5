"""Models into the user's library, out of it as a zip, and away."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path

from ugmcl.errors import UserError
from ugmcl.jobs.renaming import rename_patiently
from ugmcl.models.archive import pack, unpack
from ugmcl.models.description import CARD, DESCRIPTION, ModelPackage
from ugmcl.models.library import LibraryEntry, find_model, list_models
from ugmcl.models.package import read_package, verify_weights
from ugmcl.models.places import own_folder


def import_model(source: Path | str) -> ModelPackage:
    """Take a model (its zip, its folder or a run's) into the user's library, after its weights were verified.

    Raises:
        UserError: refused archive, damaged model, or another model has this name and version already.
    """
    source, own = Path(source), own_folder()
    if not source.exists():
        raise UserError("there is no such file or folder", source, "Name a model's .zip or folder")
    part = own / f".import-{uuid.uuid4().hex[:8]}"
    try:
        part.mkdir(parents=True)
        package = read_package(_stage(source, part), verify=True)
        if (known := _same_id(package)) is not None:
            return known
        final = own / package.id
        if final.exists():
            raise UserError(
                f"the folder of {package.id} is taken by a damaged model",
                final,
                f"ugmcl models remove {package.id}",
            )
        assert package.path is not None
        rename_patiently(package.path, final)
        return read_package(final)
    except OSError as fault:
        raise UserError(
            f"the model cannot be imported ({fault.strerror})", source, "Free some space, or set UGMCL_HOME"
        ) from fault
    finally:
        shutil.rmtree(part, ignore_errors=True)


def export_model(wanted: Path | str | ModelPackage, archive: Path | str) -> Path:
    """Write a model as a zip, the same bytes every time; returns the zip's path.

    Raises:
        UserError: no such model, a damaged one, or the file exists already.
    """
    package = verify_weights(find_model(wanted))
    return pack(archive, files_of(package))


def remove_model(wanted: str) -> Path:
    """Remove a model of the user's own, also a damaged one; returns its former folder.

    Raises:
        UserError: there is no such model, several are meant, or it is not the user's own.
    """
    name, _, version = wanted.partition("@")
    found = [e for e in list_models() if e.name == name and (not version or e.version == version)]
    mine = [entry for entry in found if entry.place.kind == "own"]
    if not found:
        raise UserError(f"there is no model {wanted}", "models", "See the known ones with: ugmcl models list")
    if not mine:
        raise UserError(
            f"this model is {found[0].place.words} and stays", wanted, "Remove your own models only"
        )
    if len(mine) > 1:
        raise UserError(
            f"several models are meant: {', '.join(entry.id for entry in mine)}",
            wanted,
            "Name one with its version",
        )
    return _remove(mine[0])


def files_of(package: ModelPackage) -> dict[str, Path]:
    """The files that belong to a package, by name: nothing else of its folder is copied or exported."""
    assert package.path is not None
    names = [DESCRIPTION, package.weights.file, CARD, *(picture["file"] for picture in package.pictures)]
    found = {name: package.path / name for name in names}
    return {name: path for name, path in found.items() if path.is_file() and not path.is_symlink()}


def _stage(source: Path, part: Path) -> Path:
    """The package's folder inside of ``part``, copied or unpacked."""
    if source.is_dir():
        package = find_model(source)
        (part / "model").mkdir()
        for name, path in files_of(package).items():
            shutil.copyfile(path, part / "model" / name)
        return part / "model"
    unpack(source, part / "zip")
    found = sorted((part / "zip").rglob(DESCRIPTION))
    if len(found) != 1:
        raise UserError(
            f"this zip holds {len(found)} models, not one", source, "Choose a zip that UG-MCL exported"
        )
    return found[0].parent


def _same_id(package: ModelPackage) -> ModelPackage | None:
    """The very same model where it is in the library already.

    Raises:
        UserError: another model has the same name and version.
    """
    assert package.path is not None
    for entry in list_models():
        if entry.package is None or entry.id != package.id:
            continue
        if (entry.path / DESCRIPTION).read_bytes() == (package.path / DESCRIPTION).read_bytes():
            return entry.package
        raise UserError(
            f"another model is called {package.id} already ({entry.place.words})", entry.path,
            "Remove that one first, or give this one another version",
        )  # fmt: skip
    return None


def _remove(entry: LibraryEntry) -> Path:
    """First out of the list by renaming, then gone, so that no half model is left to be found."""
    hidden = entry.path.with_name(f".removed-{os.getpid()}-{uuid.uuid4().hex[:8]}")
    try:
        if entry.path.is_symlink():
            entry.path.unlink()
            return entry.path
        rename_patiently(entry.path, hidden)
    except OSError as fault:
        raise UserError(
            f"the model cannot be removed ({fault.strerror})",
            entry.id,
            "End the jobs that use it, then try again",
        ) from fault
    shutil.rmtree(hidden, ignore_errors=True)
    return entry.path

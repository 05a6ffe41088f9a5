"""A run's model into the user's library: copied, versioned, never in another one's place."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from dataclasses import replace
from pathlib import Path

from ugmcl.errors import UserError
from ugmcl.models.description import ModelPackage, check_package
from ugmcl.models.exchange import files_of, import_model
from ugmcl.models.library import find_model, list_models
from ugmcl.models.model_json import description_text
from ugmcl.models.package import update_package, verify_weights
from ugmcl.models.places import own_folder

_NUMBER_AT_END = re.compile(r"(.*?)(\d+)")
_MOST_VERSIONS = 1000


def register_run_model(run: Path | str, name: str = "") -> ModelPackage:
    """Take the model of a run into the user's library; the run keeps its own copy.

    A name and version that another model has is left to it: the version is counted up (1.0, 1.1, …), in the
    copy's description and card. A model that is in the library already is given back as it is there.

    Args:
        run: the run's folder.
        name: for the library; empty takes the run's own.

    Raises:
        UserError: the run has no model yet, it is damaged, the name cannot be, or the disk is full.
    """
    package = _model_of(Path(run))
    wished = check_package(replace(package, name=name.strip() or package.name), where=name)
    if (known := registered_model(wished)) is not None:
        return known
    stage = own_folder() / f".register-{uuid.uuid4().hex[:8]}"
    try:
        stage.mkdir(parents=True)
        for file, source in files_of(package).items():
            shutil.copyfile(source, stage / file)
        for _ in range(3):  # another Slicer may take the version in between
            version = _free_version(wished)
            update_package(replace(wished, version=version, path=stage))
            try:
                return import_model(stage)
            except UserError:
                if not _is_taken(wished.name, version):
                    raise
        raise UserError("other programs add models at the same time", wished.name, "Try again")
    except OSError as fault:
        raise UserError(
            f"the model cannot be taken into the library ({fault.strerror or os.strerror(fault.errno or 0)})",
            own_folder(),
            "Free some space, or set UGMCL_HOME",
        ) from fault
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def registered_model(package: ModelPackage) -> ModelPackage | None:
    """This very model among the user's own, under its name and whatever version; None where it is not."""
    return next((copy for copy in copies_of(package) if copy.name == package.name), None)


def copies_of(package: ModelPackage) -> list[ModelPackage]:
    """This very model among the user's own, under whatever name and version."""
    wanted = _without_id(package)
    own = [entry.package for entry in list_models() if entry.place.kind == "own"]
    return [known for known in own if known is not None and _without_id(known) == wanted]


def next_version(version: str) -> str:
    """The version after this one: 1.0, 1.1, …, 1.9, 1.10; "beta" is followed by "beta.1"."""
    found = _NUMBER_AT_END.fullmatch(version)
    return f"{found[1]}{int(found[2]) + 1}" if found else f"{version}.1"


def _model_of(run: Path) -> ModelPackage:
    folder = run / "model"
    if not folder.is_dir():
        raise UserError("this run has no model yet", run, "Wait until the training has ended")
    return verify_weights(find_model(folder))


def _free_version(package: ModelPackage) -> str:
    version = package.version
    for _ in range(_MOST_VERSIONS):
        if not _is_taken(package.name, version):
            return version
        version = next_version(version)
    raise UserError(f"{_MOST_VERSIONS} versions of this name are taken", package.name, "Choose another name")


def _is_taken(name: str, version: str) -> bool:
    """Whether any model, a damaged one too, or any folder of the library has this name and version.

    Letters' case does not tell two names apart, because it does not on the disks of Windows and macOS.
    """
    wanted = f"{name}@{version}".casefold()
    if any(entry.id.casefold() == wanted for entry in list_models()):
        return True
    return (own_folder() / f"{name}@{version}").exists()


def _without_id(package: ModelPackage) -> str:
    """All that a model says about itself except its name and version: equal for copies."""
    return description_text(replace(package, name="copy", version="0", path=None))

"""Which files belong to which case: a folder, a manifest, or a Decathlon / nnU-Net folder (design, 5).

Loading looks at names and manifests only, no image is opened; what is wrong inside of images is found by
`ugmcl.data.checks`. Needs the standard library (and, for label values nobody declared, SimpleITK).
"""

from __future__ import annotations

from pathlib import Path

from ugmcl.data.case import ROLES, Case, Dataset
from ugmcl.data.decathlon import is_decathlon, read_decathlon
from ugmcl.data.folder import read_folder
from ugmcl.data.manifest import is_manifest, read_manifest
from ugmcl.data.roles import draw_roles
from ugmcl.errors import UserError

__all__ = ["ROLES", "Case", "Dataset", "load_dataset"]
FORMS = (
    "a folder with images/ and labels/, a manifest (.json or .csv), "
    "or a Decathlon / nnU-Net folder (imagesTr, labelsTr, dataset.json)"
)


def load_dataset(path: Path | str, *, allow_outside: bool = False, seed: int = 1337) -> Dataset:
    """The data set at ``path``.

    Args:
        path: folder or manifest; a folder with a manifest named dataset.json is that manifest.
        allow_outside: whether a manifest may name files outside of its folder.
        seed: of the draw of validation cases, made only where no case has a role.

    Raises:
        UserError: nothing that is a data set, or a manifest that makes no sense.
    """
    path = Path(path)
    if not path.exists():
        raise UserError("there is no such data set", path, f"Give {FORMS}")
    dataset, has_roles = _read(path, allow_outside)
    if not dataset.cases:
        raise UserError("the data set has no cases", path, f"Give {FORMS}")
    if has_roles:
        return dataset
    cases, notes = draw_roles(dataset.cases, seed)
    return Dataset(
        dataset.root,
        cases,
        dataset._segments,
        dataset.channels,
        dataset.name,
        notes=(*dataset.notes, *notes),
        modality=dataset.modality,
    )


def _read(path: Path, allow_outside: bool) -> tuple[Dataset, bool]:
    """The data set and whether its file gives roles."""
    if path.is_file():
        if path.suffix.lower() not in (".json", ".csv"):
            raise UserError("this file is no data set", path, f"Give {FORMS}")
        if path.suffix.lower() == ".json" and not is_manifest(path) and is_decathlon(path.parent):
            return read_decathlon(path.parent, allow_outside)
        return read_manifest(path, allow_outside)
    manifest = path / "dataset.json"
    if manifest.is_file() and (is_manifest(manifest) or not is_decathlon(path)):
        return read_manifest(manifest, allow_outside)
    if is_decathlon(path):
        return read_decathlon(path, allow_outside)
    if (path / "images").is_dir():
        return read_folder(path), False
    manifests = sorted(entry.name for entry in path.glob("*.csv"))
    if len(manifests) == 1:
        return read_manifest(path / manifests[0], allow_outside)
    raise UserError("this folder is no data set", path, f"Give {FORMS}")

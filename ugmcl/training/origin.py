"""What a run learns from and begins with: named by the user at its start, by its own `data.json` later."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ugmcl.data.cache import is_cache
from ugmcl.errors import UserError
from ugmcl.models.package import ModelPackage
from ugmcl.training.checkpoints import checkpoint_folders, read_json
from ugmcl.training.folder import DATA


@dataclass(frozen=True)
class Origin:
    """Where a run comes from.

    Attributes:
        source: dataset or prepared cache.
        start: the starting model, None where there is none.
        allow_outside: the dataset's manifest may name files outside its folder.
        recorded: whether the run's own data.json says so.
        trained: whether a checkpoint holds what the starting model gave.
    """

    source: Path | str
    start: ModelPackage | Path | str | None = None
    allow_outside: bool = False
    recorded: bool = False
    trained: bool = False

    @property
    def needs_start(self) -> bool:
        """Whether the model must be opened: for its weights, or for its input rule."""
        return not self.trained or not is_cache(self.source)


def find_origin(
    folder: Path,
    source: Path | str | None,
    start: ModelPackage | Path | str | None,
    *,
    resume: bool,
    allow_outside: bool,
) -> Origin:
    """What the caller names; of a resumed run what it began with, prepared again where the cache is gone.

    Raises:
        UserError: no data are named, or the run's record is damaged.
    """
    known = read_json(folder / DATA) if resume and (folder / DATA).is_file() else {}
    if known and is_cache(known["cache"]):
        source = known["cache"]
    elif known and source is None:
        source = known["source"]
    if source is None:
        raise UserError("no data to train on", folder, "Name a dataset or a cache")
    return Origin(
        source,
        start if start is not None else known.get("start"),
        allow_outside or bool(known.get("allow_outside")),
        recorded=bool(known),
        trained=resume and bool(checkpoint_folders(folder)),
    )


def open_start(start: ModelPackage | Path | str | None) -> ModelPackage | None:
    """The starting model.

    Raises:
        UserError: there is no such model, or it is damaged.
    """
    if start is None or isinstance(start, ModelPackage):
        return start
    from ugmcl.models.library import find_model

    return find_model(start)

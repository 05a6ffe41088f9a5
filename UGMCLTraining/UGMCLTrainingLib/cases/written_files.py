"""Files that the project wrote itself, where a case is renamed or leaves: they follow, nothing is deleted."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from slicer.i18n import tr as _

from ugmcl.errors import UserError
from UGMCLTrainingLib.cases.project_case import ProjectCase

OURS = ("images", "labels", "originals")  # folders of a project that it writes itself
REMOVED = "removed"


def own_files(folder: Path, case: ProjectCase) -> list[Path]:
    """Files of the case that the project wrote: named after it, in its folders."""
    files = [*case.images, case.label, case.source]
    ours = {folder / name for name in OURS}
    return list(dict.fromkeys(f for f in files if f is not None and f.parent in ours and _is_of(f, case.id)))


def set_aside(folder: Path, case: ProjectCase) -> None:
    """Move the case's own files into ``removed``; one that cannot be moved stays where it is."""
    for file in own_files(folder, case):
        place = folder / REMOVED / file.parent.name
        try:
            place.mkdir(parents=True, exist_ok=True)
            target, number = place / file.name, 2
            while target.exists():
                target, number = place / f"{number}-{file.name}", number + 1
            file.rename(target)
        except OSError as fault:
            logging.info("UG-MCL: the file of a removed case stays: %s", fault)


@contextmanager
def rename_written(folder: Path, case: ProjectCase, name: str) -> Iterator[ProjectCase]:
    """The case with its new name; its own files are renamed, and back again where the block fails.

    Raises:
        UserError: a file cannot be renamed, or another one is there.
    """
    moves = {file: file.with_name(name + file.name[len(case.id) :]) for file in own_files(folder, case)}
    taken = next((new for old, new in moves.items() if new.exists() and not new.samefile(old)), None)
    if taken is not None:
        raise UserError(_("there is a file of this name already"), taken, _("Choose another name"))
    done: list[Path] = []
    try:
        for old, new in moves.items():
            old.rename(new)
            done.append(old)
        yield replace(
            case,
            id=name,
            images=tuple(moves.get(path, path) for path in case.images),
            label=None if case.label is None else moves.get(case.label, case.label),
            source=None if case.source is None else moves.get(case.source, case.source),
        )
    except OSError as fault:
        _undo(moves, done)
        raise UserError(
            _("cannot be renamed ({fault})").format(fault=fault.strerror or fault),
            case.id,
            _("Close other programs that use its files"),
        ) from fault
    except UserError:
        _undo(moves, done)
        raise


def _undo(moves: dict[Path, Path], done: list[Path]) -> None:
    for old in done:
        moves[old].rename(old)


def _is_of(file: Path, case_id: str) -> bool:
    channel = re.escape(case_id) + r"(_\d{4})?\."
    return re.match(channel, file.name) is not None

"""A job's arguments as the library wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ugmcl.errors import UserError


def needed(arguments: Mapping[str, Any], name: str) -> Any:
    """The argument ``name``.

    Raises:
        UserError: it is missing.
    """
    value = arguments.get(name)
    if value is None:
        raise UserError(f"the argument {name!r} is missing", "request.json", "Start the work anew")
    return value


def only_known(arguments: Mapping[str, Any], names: Sequence[str]) -> None:
    """Nothing but ``names`` may be asked for: a word that is not understood is not passed over.

    Raises:
        UserError: an unknown argument.
    """
    unknown = sorted(set(arguments) - set(names))
    if unknown:
        raise UserError(
            f"the argument {unknown[0]!r} is unknown", "request.json", f"Choose from {', '.join(names)}"
        )


def path_from(folder: Path, text: str) -> Path:
    """An absolute path as it is, a relative one from the job's folder."""
    return folder / text


def place_or_name(folder: Path, text: str) -> Path | str:
    """A path (with a separator, or a folder beside the job) as `path_from`, else the name as it is."""
    if "/" in text or "\\" in text or (folder / text).exists():
        return path_from(folder, text)
    return text


def shown_path(folder: Path, path: Path) -> str:
    """For the result: relative to the job's folder where it is inside, with "/" on every system."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)

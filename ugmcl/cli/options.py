"""Options that several commands have, and the reading of their values."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from ugmcl.errors import UserError


def add_output_style(parser: argparse.ArgumentParser) -> None:
    """Adds ``--json`` and ``--quiet``."""
    parser.add_argument("--json", action="store_true", help="results as JSON on standard output")
    parser.add_argument("--quiet", action="store_true", help="no progress, only warnings")


def add_allow_outside(parser: argparse.ArgumentParser) -> None:
    """``--allow-outside``."""
    parser.add_argument(
        "--allow-outside", action="store_true", help="the manifest may name files outside its folder"
    )


def add_device(parser: argparse.ArgumentParser) -> None:
    """Adds ``--device``."""
    parser.add_argument(
        "--device",
        default="auto",
        metavar="D",
        help="auto (default), cpu, cuda, cuda:1 or mps; see ugmcl doctor",
    )


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Adds the ways to choose training settings."""
    parser.add_argument("--preset", metavar="P", help="set of settings: fine-tune (default), paper, plus")
    parser.add_argument(
        "--settings", metavar="FILE", help="settings.json of a run, or a TOML file with settings"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="overrides",
        help="one setting, for instance --set iterations=2000 --set patch=48,64,48; may be repeated",
    )


def folder(text: str) -> str:
    """A folder's path, for argparse; an empty one (a shell's unset variable) is refused."""
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty path: is a variable unset?")
    return text


def shard(text: str) -> tuple[int, int]:
    """``"2/8"`` (the second of eight parts, counted from 1) as ``(1, 8)``: the index from 0, and the number.

    Raises:
        UserError: not two numbers i/n with 1 <= i <= n.
    """
    parts = text.split("/")
    if len(parts) == 2 and all(part.isdecimal() for part in parts):
        index, number = int(parts[0]), int(parts[1])
        if 1 <= index <= number:
            return index - 1, number
    raise UserError(
        "this is not a part", f"--shard {text}", "Write i/n with 1 <= i <= n, for instance --shard 2/8"
    )


def names(text: str | None) -> list[str] | None:
    """A list from ``"a, b"``; None stays None."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def at_least(lowest: int) -> Callable[[str], int]:
    """A type for argparse: whole numbers from ``lowest``."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = lowest - 1
        if number < lowest:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {lowest}")
        return number

    return read


def positive(text: str) -> float:
    """A type for argparse: numbers above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return number

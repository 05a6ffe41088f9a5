"""What a volume was read from, as SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def file_hash(path: str | Path) -> str:
    """SHA-256 of one file's bytes, hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_hash(paths: Iterable[str | Path], *, ordered: bool = True) -> str:
    """SHA-256 over several files: of one file its own, otherwise of the list of their hashes.

    ``ordered=False`` sorts the list, so that neither names nor order of a series' files matter.
    """
    digests = [file_hash(path) for path in paths]
    if len(digests) == 1:
        return digests[0]
    return combined_hash(digests if ordered else sorted(digests))


def combined_hash(digests: Iterable[str]) -> str:
    """SHA-256 of a list of hexadecimal hashes."""
    return hashlib.sha256("\n".join(digests).encode("ascii")).hexdigest()

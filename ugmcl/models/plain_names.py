"""File names that stay in their folder on every system."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,119}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # device names of Windows


def is_plain_name(name: object) -> bool:
    """Whether ``name`` is one file name, without separators, drives or device names, in ASCII."""
    return (
        isinstance(name, str)
        and bool(_PLAIN.fullmatch(name))
        and not _RESERVED.fullmatch(name)
        and name[-1] not in ". "
    )

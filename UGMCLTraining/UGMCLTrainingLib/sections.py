"""The panel's sections in the order in which they stand and are told of changes."""

from __future__ import annotations

from typing import Any

SECTIONS: tuple[Any, ...] = ()

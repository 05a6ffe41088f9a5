"""VTK observers that end with the widget they serve: a callback never reaches a deleted Qt object."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import shiboken6


class Observations:
    """The observers of one owner. Methods are held weakly, so the owner can be collected."""

    def __init__(self) -> None:
        self._entries: list[tuple[Any, int]] = []

    def add(self, observed: Any, event: Any, method: Callable[[Any, str], None]) -> None:
        """Call the bound `method(caller, event)` whenever `observed` fires `event`."""
        reference = weakref.WeakMethod(method)

        def call(caller: Any, fired: str) -> None:
            alive = reference()
            if alive is not None and is_valid(alive.__self__):
                alive(caller, fired)

        self._entries.append((observed, observed.AddObserver(event, call)))

    def clear(self) -> None:
        """End them all."""
        for observed, tag in self._entries:
            observed.RemoveObserver(tag)
        self._entries = []


def is_valid(owner: Any) -> bool:
    """Whether a Qt object still exists; other objects always do."""
    return not isinstance(owner, shiboken6.Object) or shiboken6.isValid(owner)

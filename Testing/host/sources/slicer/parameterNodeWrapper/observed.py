"""Lists and dictionaries that came out of a parameter node: every change is stored in the node at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, MutableSequence
from typing import Any


def _stored(operation: str) -> Callable[..., Any]:
    """A method that does `operation` of list or dict and stores the outcome once."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        outcome = getattr(self._values, operation)(*args, **kwargs)
        self._store()
        return outcome

    return method


class _Observed:
    def __init__(self, node: Any, storage: Any, name: str, values: Any) -> None:
        self._node, self._storage, self._name, self._values = node, storage, name, values

    def _store(self) -> None:
        try:
            self._storage.write(self._node, self._name, self._values)
        finally:
            # Lists put into this one come back observed; after a refused value the old ones come back.
            self._values = self._storage.read(self._node, self._name)._values

    def __eq__(self, other: object) -> bool:
        return self._values == (other._values if isinstance(other, _Observed) else other)

    __hash__ = None

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, key: Any) -> Any:
        return self._values[key]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._values})"

    __setitem__ = _stored("__setitem__")
    __delitem__ = _stored("__delitem__")
    pop = _stored("pop")
    clear = _stored("clear")


class ObservedList(_Observed, MutableSequence):
    """A list in a parameter node. It is no `list`: `list(values)` gives one to keep."""

    insert = _stored("insert")
    append = _stored("append")
    extend = _stored("extend")
    remove = _stored("remove")
    sort = _stored("sort")
    reverse = _stored("reverse")

    def __iadd__(self, other: Any) -> ObservedList:
        self.extend(other)
        return self

    def __imul__(self, times: int) -> ObservedList:
        self.extend(list(self) * (times - 1)) if times > 0 else self.clear()
        return self


class ObservedDict(_Observed, MutableMapping):
    """A dictionary in a parameter node, in its order."""

    popitem = _stored("popitem")

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def get(self, key: Any) -> Any:
        """The value or None. Slicer's takes no second argument either."""
        return self._values.get(key)

"""How lists, tuples, dictionaries and alternatives (A | B) lie in a parameter node, member by member."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer.util

from .observed import ObservedDict, ObservedList
from .storage import NoneStorage, Storage, TextStorage


class ListStorage(Storage):
    """`name.len` and `name.0`, `name.1`, ..."""

    def __init__(self, element: Storage) -> None:
        super().__init__([])
        self.element, self.cached = element, element.cached
        self.length = TextStorage(int)

    def accepts(self, kind: type) -> bool:
        return kind is list

    def default(self) -> list[Any]:
        return []

    def validate(self, value: Any) -> None:
        super().validate(value)
        if not hasattr(value, "__len__"):
            raise TypeError(f"A list belongs here, not {value!r}")
        for member in value:
            self.element.validate(member)

    def isIn(self, node: Any, name: str) -> bool:
        return self.length.isIn(node, f"{name}.len")

    def _stored_length(self, node: Any, name: str) -> int:
        return self.length.read(node, f"{name}.len") if self.isIn(node, name) else 0

    def store(self, node: Any, name: str, value: Sequence[Any]) -> None:
        with slicer.util.NodeModify(node):
            before = self._stored_length(node, name)
            for index, member in enumerate(value):
                self.element.store(node, f"{name}.{index}", member)
            self.length.store(node, f"{name}.len", len(value))
            for index in range(len(value), before):
                self.element.remove(node, f"{name}.{index}")

    def read(self, node: Any, name: str) -> ObservedList:
        count = self._stored_length(node, name)
        values = [self.element.read(node, f"{name}.{index}") for index in range(count)]
        return ObservedList(node, self, name, values)

    def remove(self, node: Any, name: str) -> None:
        with slicer.util.NodeModify(node):
            for index in range(self._stored_length(node, name)):
                self.element.remove(node, f"{name}.{index}")
            self.length.remove(node, f"{name}.len")


class TupleStorage(Storage):
    """`name.0`, `name.1`, ...: as many as the type says, each with its own type."""

    def __init__(self, members: Sequence[Storage]) -> None:
        super().__init__([])
        self.members = list(members)
        self.cached = all(member.cached for member in members)

    def accepts(self, kind: type) -> bool:
        return kind is tuple

    def default(self) -> tuple[Any, ...]:
        return tuple(member.default() for member in self.members)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if len(value) != len(self.members):
            raise ValueError(f"{len(self.members)} values belong here, not {len(value)}: {value!r}")
        for member, part in zip(self.members, value, strict=True):
            member.validate(part)

    def isIn(self, node: Any, name: str) -> bool:
        return self.members[0].isIn(node, f"{name}.0")

    def store(self, node: Any, name: str, value: Sequence[Any]) -> None:
        with slicer.util.NodeModify(node):
            for index, (member, part) in enumerate(zip(self.members, value, strict=True)):
                member.store(node, f"{name}.{index}", part)

    def read(self, node: Any, name: str) -> tuple[Any, ...]:
        return tuple(member.read(node, f"{name}.{index}") for index, member in enumerate(self.members))

    def remove(self, node: Any, name: str) -> None:
        with slicer.util.NodeModify(node):
            for index, member in enumerate(self.members):
                member.remove(node, f"{name}.{index}")


class DictStorage(Storage):
    """A list of (key, value), so that the order stays."""

    def __init__(self, key: Storage, value: Storage) -> None:
        super().__init__([])
        self.pairs = ListStorage(TupleStorage([key, value]))
        self.cached = self.pairs.cached

    def accepts(self, kind: type) -> bool:
        return kind is dict

    def default(self) -> dict[Any, Any]:
        return {}

    def validate(self, value: Any) -> None:
        super().validate(value)
        self.pairs.validate(list(value.items()))

    def isIn(self, node: Any, name: str) -> bool:
        return self.pairs.isIn(node, name)

    def store(self, node: Any, name: str, value: Any) -> None:
        self.pairs.store(node, name, list(value.items()))

    def read(self, node: Any, name: str) -> ObservedDict:
        return ObservedDict(node, self, name, dict(self.pairs.read(node, name)))

    def remove(self, node: Any, name: str) -> None:
        self.pairs.remove(node, name)


class UnionStorage(Storage):
    """`name.<n>`, n being the place of the value's type in A | B | None; only one of them is there."""

    def __init__(self, members: Sequence[Storage]) -> None:
        super().__init__([])
        self.members = list(members)
        self.cached = all(member.cached for member in members)

    def accepts(self, kind: type) -> bool:
        return any(member.accepts(kind) for member in self.members)

    def default(self) -> Any:
        optional = len(self.members) == 2 and isinstance(self.members[1], NoneStorage)
        return None if optional else self.members[0].default()

    def _place_of(self, value: Any) -> int:
        """Place of the member that takes the value; raises what the last one of its type said against it."""
        refusal: Exception = TypeError(f"{value!r} is of none of the types allowed here")
        for place, member in enumerate(self.members):
            if member.accepts(type(value)):
                try:
                    member.validate(value)
                except (TypeError, ValueError) as error:
                    refusal = error
                else:
                    return place
        raise refusal

    def validate(self, value: Any) -> None:
        super().validate(value)
        self._place_of(value)

    def _stored_place(self, node: Any, name: str) -> int | None:
        places = range(len(self.members))
        return next((place for place in places if self.members[place].isIn(node, f"{name}.{place}")), None)

    def isIn(self, node: Any, name: str) -> bool:
        return self._stored_place(node, name) is not None

    def store(self, node: Any, name: str, value: Any) -> None:
        place = self._place_of(value)
        with slicer.util.NodeModify(node):
            self.remove(node, name)
            self.members[place].store(node, f"{name}.{place}", value)

    def read(self, node: Any, name: str) -> Any:
        place = self._stored_place(node, name)
        if place is None:
            raise KeyError(name)
        return self.members[place].read(node, f"{name}.{place}")

    def remove(self, node: Any, name: str) -> None:
        with slicer.util.NodeModify(node):
            for place, member in enumerate(self.members):
                member.remove(node, f"{name}.{place}")

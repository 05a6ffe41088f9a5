"""How a parameter pack lies in a parameter node: each member under `name.member`."""

from __future__ import annotations

from typing import Any

import slicer.util

from .storage import Storage
from .validators import IsInstance, NotNone


def isParameterPack(candidate: Any) -> bool:
    """Whether a class was decorated with @parameterPack, or an object is of such a class."""
    return getattr(candidate, "_is_parameterPack", False)


class PackStorage(Storage):
    """One parameter a member; what is read stays bound to the node (see packs.py)."""

    def __init__(self, pack: type) -> None:
        super().__init__([NotNone(), IsInstance(pack)])
        self.pack = pack
        self.members = {member.name: member.storage for member in pack.allParameters.values()}
        self.cached = all(storage.cached for storage in self.members.values())

    def accepts(self, kind: type) -> bool:
        return isParameterPack(kind)

    def default(self) -> Any:
        return self.pack()

    def isIn(self, node: Any, name: str) -> bool:
        first = next(iter(self.members))
        return self.members[first].isIn(node, f"{name}.{first}")

    def store(self, node: Any, name: str, value: Any) -> None:
        with slicer.util.NodeModify(node):
            for member, storage in self.members.items():
                storage.write(node, f"{name}.{member}", value.packValues[member])

    def read(self, node: Any, name: str) -> Any:
        pack = object.__new__(self.pack)  # not through __init__, which the class may have changed
        values = {member: part.read(node, f"{name}.{member}") for member, part in self.members.items()}
        pack.packValues, pack.packPlace = values, (node, name)
        return pack

    def remove(self, node: Any, name: str) -> None:
        with slicer.util.NodeModify(node):
            for member, storage in self.members.items():
                storage.remove(node, f"{name}.{member}")

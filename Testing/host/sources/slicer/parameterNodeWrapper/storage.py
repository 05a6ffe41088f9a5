"""How one value lies in a vtkMRMLScriptedModuleNode: numbers, texts, paths, choices and nodes.

The forms are Slicer's own. A stored value is looked for with `isIn`, since None is a value too.
"""

from __future__ import annotations

import abc
import enum
import pathlib
from typing import Any

from .annotations import isNodeClass
from .validators import IsInstance, NotNone, Validator

PATH_TYPES = (
    pathlib.Path,
    pathlib.PosixPath,
    pathlib.WindowsPath,
    pathlib.PurePath,
    pathlib.PurePosixPath,
    pathlib.PureWindowsPath,
)


class Storage(abc.ABC):
    """Writes values of one type under a name and reads them again."""

    # Whether what read() returns may be kept; false where changing it would not reach the node.
    cached = True

    def __init__(self, validators: list[Validator]) -> None:
        self.validators = validators

    def validate(self, value: Any) -> None:
        for validator in self.validators:
            validator.validate(value)

    def write(self, node: Any, name: str, value: Any) -> None:
        """Store `value` if it meets the conditions; raises what they raise, and the old value stays."""
        self.validate(value)
        self.store(node, name, value)

    @abc.abstractmethod
    def accepts(self, kind: type) -> bool:
        """Whether a value of class `kind` is stored this way (decides between the members of A | B)."""

    @abc.abstractmethod
    def default(self) -> Any: ...

    @abc.abstractmethod
    def store(self, node: Any, name: str, value: Any) -> None: ...

    @abc.abstractmethod
    def read(self, node: Any, name: str) -> Any: ...

    def isIn(self, node: Any, name: str) -> bool:
        return bool(node.HasParameter(name))

    def remove(self, node: Any, name: str) -> None:
        node.UnsetParameter(name)


class TextStorage(Storage):
    """int, float, str and the path classes: `str(value)`, read by calling the class."""

    def __init__(self, kind: type) -> None:
        super().__init__([NotNone(), IsInstance((int, float) if kind is float else kind)])
        self.kind = kind

    def accepts(self, kind: type) -> bool:
        families = ((int, float), (str,), PATH_TYPES)
        return any(self.kind in family and kind in family for family in families)

    def default(self) -> Any:
        return self.kind()

    def store(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, str(value))

    def read(self, node: Any, name: str) -> Any:
        return self.kind(node.GetParameter(name))


class BoolStorage(TextStorage):
    """ "True" or "False"."""

    def __init__(self) -> None:
        super().__init__(bool)

    def accepts(self, kind: type) -> bool:
        return kind is bool

    def read(self, node: Any, name: str) -> bool:
        return node.GetParameter(name) == "True"


class EnumStorage(Storage):
    """The member's name."""

    def __init__(self, kind: type[enum.Enum]) -> None:
        if not len(kind):
            raise ValueError(f"{kind} has no members")
        super().__init__([IsInstance(kind)])
        self.kind = kind

    def accepts(self, kind: type) -> bool:
        return issubclass(kind, enum.Enum)

    def default(self) -> enum.Enum:
        return next(iter(self.kind))

    def store(self, node: Any, name: str, value: enum.Enum) -> None:
        node.SetParameter(name, value.name)

    def read(self, node: Any, name: str) -> enum.Enum:
        stored = node.GetParameter(name)
        if stored not in self.kind.__members__:
            raise ValueError(f"{stored!r} in the parameter node is no member of {self.kind}")
        return self.kind[stored]


class NodeStorage(Storage):
    """A node reference, and an empty parameter of the same name that says that one (or None) was stored."""

    def __init__(self, kind: type) -> None:
        super().__init__([IsInstance(kind)])

    def accepts(self, kind: type) -> bool:
        return isNodeClass(kind)

    def default(self) -> None:
        return None

    def store(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, None if value is None else value.GetID())

    def read(self, node: Any, name: str) -> Any:
        return node.GetNodeReference(name)

    def remove(self, node: Any, name: str) -> None:
        super().remove(node, name)
        node.RemoveNodeReferenceIDs(name)


class NoneStorage(Storage):
    """The None in A | None: the parameter is there, its value says nothing."""

    def __init__(self) -> None:
        super().__init__([])

    def accepts(self, kind: type) -> bool:
        return kind is type(None)

    def default(self) -> None:
        return None

    def store(self, node: Any, name: str, value: None) -> None:
        node.SetParameter(name, "True")

    def read(self, node: Any, name: str) -> None:
        return None

"""What may be written beside a parameter's type in `Annotated[...]`, and taking such types apart."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import slicer

Found = TypeVar("Found")


class Default:
    """The value a parameter starts with: one value, or what `generator()` returns each time."""

    def __init__(self, value: Any = None, *, generator: Callable[[], Any] | None = None) -> None:
        self._value, self._generator = value, generator

    @property
    def value(self) -> Any:
        return self._generator() if self._generator else self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Default) and vars(self) == vars(other)

    __hash__ = None

    def __repr__(self) -> str:
        return f"Default(value={self._value}, generator={self._generator})"


@dataclass
class Decimals:
    """Digits after the point that a spin box or slider shows."""

    value: int


@dataclass
class SingleStep:
    """What one step of a spin box or slider adds."""

    value: float


def splitAnnotations(datatype: Any) -> tuple[Any, tuple[Any, ...]]:
    """The type itself and what was written beside it: (int, (Minimum(0),))."""
    # Wrapping once more flattens, so that types with and without annotations are read in one way.
    kind, *beside = typing.get_args(Annotated[datatype, None])
    return kind, tuple(beside[:-1])


def unannotatedType(datatype: Any) -> Any:
    """The type itself."""
    return splitAnnotations(datatype)[0]


def findFirstAnnotation(annotations: Iterable[Any], kind: type[Found]) -> Found | None:
    """The first annotation of class `kind`."""
    return next((annotation for annotation in annotations if isinstance(annotation, kind)), None)


def isUnion(datatype: Any) -> bool:
    """Whether a type was written as A | B, Union[A, B] or Optional[A]."""
    return typing.get_origin(datatype) in (typing.Union, types.UnionType)


def isNodeClass(datatype: Any) -> bool:
    return isinstance(datatype, type) and issubclass(datatype, slicer.vtkMRMLNode)


def nodeClasses(datatype: Any) -> list[type]:
    """The node classes that a parameter of this type may hold; empty when it may hold anything else."""
    plain = unannotatedType(datatype)
    members = [unannotatedType(member) for member in typing.get_args(plain)] if isUnion(plain) else [plain]
    members = [member for member in members if member is not type(None)]
    return members if all(isNodeClass(member) for member in members) else []


def isNodeOrUnionOfNodes(datatype: Any) -> bool:
    """Whether a parameter of this type holds a node, or None."""
    return bool(nodeClasses(datatype))

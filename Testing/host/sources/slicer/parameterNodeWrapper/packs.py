"""Parameter packs: several values under one name, and FloatRange, the pack behind range widgets.

(No `from __future__ import annotations` here: the decorator needs real types.)
"""

from collections.abc import Callable
from typing import Any

import slicer.util

from .annotations import unannotatedType
from .pack_storage import isParameterPack
from .parameters import Parameter, parametersOf, splitName

PACK_RESERVED = ("allParameters", "_is_parameterPack", "getValue", "setValue", "dataType")


def parameterPack(classtype: type | None = None) -> Any:
    """Class decorator: the annotated members become checked values that a parameter node can hold."""
    return _makePack if classtype is None else _makePack(classtype)


def _makePack(classtype: type) -> type:
    members = parametersOf(classtype)
    if not members:
        raise ValueError(f"The pack {classtype.__name__} has no annotated members")
    for reserved in PACK_RESERVED:
        if hasattr(classtype, reserved) or reserved in members:
            raise ValueError(f"The name '{reserved}' is reserved in a parameterPack")
    for member in members.values():
        try:
            member.storage.validate(member.default.value)
        except (TypeError, ValueError) as error:
            raise ValueError(f"Default of {classtype.__name__}.{member.name}: {error}") from error
        setattr(classtype, member.name, _memberProperty(member))
    classtype.allParameters, classtype._is_parameterPack = members, True
    classtype.packPlace = None  # (node, name) in a pack that was read from a parameter node
    classtype.__init__ = _initMethod(classtype.__dict__.get("__init__"))
    classtype.__setattr__ = _setAttribute
    for name, method in (("__eq__", _equal), ("__repr__", _describe)):
        if name not in classtype.__dict__:
            setattr(classtype, name, method)
    classtype.getValue, classtype.setValue = _getValue, _setValue
    classtype.dataType = classmethod(_dataType)
    return classtype


def _memberProperty(member: Parameter) -> property:
    def setter(self: Any, value: Any) -> None:
        if self.packPlace is None:
            member.storage.validate(value)
            self.packValues[member.name] = value
        else:
            node, name = self.packPlace
            with slicer.util.NodeModify(node):  # observers hear of it when this pack has the new value
                member.storage.write(node, f"{name}.{member.name}", value)
                self.packValues[member.name] = member.storage.read(node, f"{name}.{member.name}")

    return property(lambda self: self.packValues[member.name], setter)


def _initMethod(own: Callable[..., None] | None) -> Callable[..., None]:
    """An __init__ that starts with the defaults, then runs the class's own, or takes the members' values."""

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        self.packValues = {name: member.default.value for name, member in self.allParameters.items()}
        if own is not None:
            own(self, *args, **kwargs)
            return
        given = dict(zip(self.allParameters, args, strict=False))
        if len(args) > len(self.allParameters) or given.keys() & kwargs.keys():
            raise TypeError(f"{type(self).__name__}() got too many values, or one of them twice")
        for name, value in {**given, **kwargs}.items():
            if name not in self.allParameters:
                raise TypeError(f"{type(self).__name__}() has no member '{name}'")
            setattr(self, name, value)

    return init


def _setAttribute(self: Any, name: str, value: Any) -> None:
    if self.packPlace is not None and not hasattr(self, name):
        raise AttributeError(f"A {type(self).__name__} in a parameter node has no '{name}'; it would be lost")
    object.__setattr__(self, name, value)


def _equal(self: Any, other: object) -> bool:
    return type(self) is type(other) and self.packValues == other.packValues


def _describe(self: Any) -> str:
    members = ", ".join(f"{name}={value!r}" for name, value in self.packValues.items())
    return f"{type(self).__name__}({members})"


def _getValue(self: Any, name: str) -> Any:
    """Value of a member, "member" or "member.member"."""
    first, rest = splitName(name)
    checkMember(type(self), name)
    value = getattr(self, first)
    return value if rest is None else value.getValue(rest)


def _setValue(self: Any, name: str, value: Any) -> None:
    """Set a member, "member" or "member.member"."""
    first, rest = splitName(name)
    checkMember(type(self), name)
    if rest is None:
        setattr(self, first, value)
    else:
        getattr(self, first).setValue(rest, value)


def _dataType(cls: type, name: str) -> Any:
    """Type of a member as it was written."""
    first, rest = splitName(name)
    checkMember(cls, name)
    if first not in cls.allParameters:
        raise KeyError(first)
    datatype = cls.allParameters[first].datatype
    return datatype if rest is None else unannotatedType(datatype).dataType(rest)


def checkMember(pack: type, name: str) -> None:
    """ValueError when the pack has no such member ("x" or "x.y")."""
    first, rest = splitName(name)
    if not hasattr(pack, first):  # a property of the class counts too, such as FloatRange.minimum
        raise ValueError(f"{pack.__name__} has no member '{first}'")
    if rest is not None:
        inner = unannotatedType(pack.allParameters[first].datatype)
        if not isParameterPack(inner):
            raise ValueError(f"'{first}' is no parameter pack, so it has no '{rest}'")
        checkMember(inner, rest)


def nestedParameterNames(pack: Any) -> list[str]:
    """Names of all values in a pack, those of inner packs with a dot."""
    names = []
    for name, member in unannotatedType(pack).allParameters.items():
        inner = unannotatedType(member.datatype)
        below = (
            [f"{name}.{part}" for part in nestedParameterNames(inner)] if isParameterPack(inner) else [name]
        )
        names.extend(below)
    return names


@parameterPack
class FloatRange:
    """Two numbers, minimum <= maximum."""

    _minimum: float
    _maximum: float

    def __init__(self, minimum: float = 0, maximum: float = 0) -> None:
        self.setRange(minimum, maximum)

    def setRange(self, minimum: float, maximum: float) -> None:
        """Set both; ValueError when they are the wrong way round."""
        self.checkRange(minimum, maximum)
        self._minimum, self._maximum = minimum, maximum

    @staticmethod
    def checkRange(minimum: float, maximum: float) -> None:
        if not minimum <= maximum:
            raise ValueError(f"The range's minimum {minimum} is above its maximum {maximum}")

    @property
    def minimum(self) -> float:
        return self._minimum

    @minimum.setter
    def minimum(self, value: float) -> None:
        self.checkRange(value, self._maximum)
        self._minimum = value

    @property
    def maximum(self) -> float:
        return self._maximum

    @maximum.setter
    def maximum(self, value: float) -> None:
        self.checkRange(self._minimum, value)
        self._maximum = value

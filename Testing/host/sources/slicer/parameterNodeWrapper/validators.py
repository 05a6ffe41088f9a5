"""Conditions on a parameter's value; a value that breaks one is refused and the old one stays."""

from __future__ import annotations

import abc
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any


class Validator(abc.ABC):
    """A condition; every one derives from this class."""

    @abc.abstractmethod
    def validate(self, value: Any) -> None:
        """Raise ValueError (or TypeError) when `value` breaks the condition."""


class NotNone(Validator):
    """There must be a value."""

    def validate(self, value: Any) -> None:
        if value is None:
            raise ValueError("The value must not be None")


@dataclass(eq=False)  # hashed by identity: typing keeps the members of a union in a set
class IsInstance(Validator):
    """The value must be of this class, or of one of these classes; None is left to NotNone."""

    classtype: Any

    def validate(self, value: Any) -> None:
        if value is not None and not isinstance(value, self.classtype):
            raise TypeError(f"The value must be of {self.classtype}, not {type(value)}: {value!r}")


@dataclass(eq=False)
class WithinRange(Validator):
    """minimum <= value <= maximum."""

    minimum: float
    maximum: float

    def validate(self, value: Any) -> None:
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"{value} is not between {self.minimum} and {self.maximum}")


@dataclass(eq=False)
class Minimum(Validator):
    """value >= minimum."""

    minimum: float

    def validate(self, value: Any) -> None:
        if value < self.minimum:
            raise ValueError(f"{value} is less than {self.minimum}")


@dataclass(eq=False)
class Maximum(Validator):
    """value <= maximum."""

    maximum: float

    def validate(self, value: Any) -> None:
        if value > self.maximum:
            raise ValueError(f"{value} is greater than {self.maximum}")


@dataclass(eq=False)
class Choice(Validator):
    """The value is one of these."""

    choices: Collection[Any]

    def validate(self, value: Any) -> None:
        if value not in self.choices:
            raise ValueError(f"{value!r} is none of {self.choices}")


@dataclass(eq=False)
class Exclude(Validator):
    """The value is none of these."""

    excludedValues: Collection[Any]

    def validate(self, value: Any) -> None:
        if value in self.excludedValues:
            raise ValueError(f"{value!r} is not allowed")


@dataclass(eq=False)
class RangeBounds(Validator):
    """Both ends of a FloatRange lie between minimum and maximum."""

    minimum: float
    maximum: float

    def validate(self, value: Any) -> None:
        if value.minimum < self.minimum or value.maximum > self.maximum:
            raise ValueError(f"{value} is not within {self.minimum} to {self.maximum}")

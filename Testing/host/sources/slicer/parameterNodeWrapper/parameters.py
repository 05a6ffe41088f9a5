"""From a parameter's annotation to the way it is stored, its start value and its conditions."""

from __future__ import annotations

import enum
import types
import typing
from dataclasses import dataclass
from typing import Any

from .annotations import Default, isNodeClass, isUnion, splitAnnotations
from .containers import DictStorage, ListStorage, TupleStorage, UnionStorage
from .pack_storage import PackStorage, isParameterPack
from .storage import PATH_TYPES, BoolStorage, EnumStorage, NodeStorage, NoneStorage, Storage, TextStorage
from .validators import Validator


@dataclass
class Parameter:
    """One parameter of a wrapper or pack."""

    name: str
    datatype: Any  # as written, with its annotations
    storage: Storage
    default: Default


def splitName(name: str) -> tuple[str, str | None]:
    """ "x.y.z" -> ("x", "y.z"), "x" -> ("x", None)."""
    first, _, rest = name.partition(".")
    return first, rest or None


def parametersOf(classtype: type) -> dict[str, Parameter]:
    """The annotated members of a class, in their order; TypeError for a type that cannot be stored."""
    annotated = typing.get_type_hints(classtype, include_extras=True)
    return {name: _parameter(classtype, name, datatype) for name, datatype in annotated.items()}


def _parameter(classtype: type, name: str, datatype: Any) -> Parameter:
    storage, beside = _storage_and_rest(datatype)
    defaults = [annotation for annotation in beside if isinstance(annotation, Default)]
    if len(defaults) > 1:
        raise TypeError(f"{classtype.__name__}.{name} has more than one default")
    if hasattr(classtype, name):
        default = Default(getattr(classtype, name))
    else:
        default = defaults[0] if defaults else Default(generator=storage.default)
    return Parameter(name, datatype, storage, default)


def storageFor(datatype: Any) -> Storage:
    """The way a value of this type is stored, with the conditions written beside the type."""
    return _storage_and_rest(datatype)[0]


def _storage_and_rest(datatype: Any) -> tuple[Storage, list[Any]]:
    plain, annotations = splitAnnotations(datatype)
    storage = _plain_storage(plain)
    conditions = [annotation for annotation in annotations if _is_condition(annotation)]
    storage.validators.extend(conditions)
    return storage, [annotation for annotation in annotations if annotation not in conditions]


def _is_condition(annotation: Any) -> bool:
    kind = annotation if isinstance(annotation, type) else type(annotation)
    return issubclass(kind, Validator)


def _plain_storage(plain: Any) -> Storage:
    origin, members = typing.get_origin(plain), typing.get_args(plain)
    if plain is bool:
        return BoolStorage()
    if plain in (int, float, str, *PATH_TYPES):
        return TextStorage(plain)
    if plain in (None, types.NoneType):
        return NoneStorage()
    if isParameterPack(plain):
        return PackStorage(plain)
    if isNodeClass(plain):
        return NodeStorage(plain)
    if isinstance(plain, type) and issubclass(plain, enum.Enum):
        return EnumStorage(plain)
    if isUnion(plain):
        return UnionStorage([storageFor(member) for member in members])
    if origin is list:
        return ListStorage(storageFor(members[0]))
    if origin is tuple:
        return TupleStorage([storageFor(member) for member in members])
    if origin is dict:
        return DictStorage(storageFor(members[0]), storageFor(members[1]))
    raise TypeError(f"{plain} cannot be stored in a parameter node")

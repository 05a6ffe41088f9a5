"""PythonQt shows every Qt property as an attribute: `w.text`, `w.checked = True`. PySide6 has getter methods.

The property is set on the native class in place. A module that writes `w.text()`, which fails in Slicer, then
fails here too; `setText()`, `isChecked()` and the like stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# sizeHint, minimumSizeHint: C++ virtuals, a property would be taken for an override.
# singleShot: a property and a static function at once; Slicer keeps the function.
KEPT_AS_METHODS = frozenset({"sizeHint", "minimumSizeHint", "singleShot"})


def properties_as_attributes(cls: type) -> None:
    """Turn the Qt properties that `cls` itself declares into Python properties of the same names."""
    declared = cls.staticMetaObject  # type: ignore[attr-defined]
    for index in range(declared.propertyOffset(), declared.propertyCount()):
        name = declared.property(index).name()
        if name not in KEPT_AS_METHODS:
            setattr(cls, name, attribute_for(cls, name))


def attribute_for(cls: type, name: str) -> property:
    """A Python property that reads and writes Qt's property `name`."""
    capital = name[0].upper() + name[1:]
    candidates = (getattr(cls, reader, None) for reader in (name, "is" + capital))
    read = next((method for method in candidates if callable(method)), None)
    write = getattr(cls, "set" + capital, None)

    def get(self: Any) -> Any:
        value = read(self) if read is not None else self.property(name)
        return tuple(value) if isinstance(value, list) else value  # PythonQt gives tuples for string lists

    def put(self: Any, value: Any) -> None:
        if write is None:
            self.setProperty(name, value)
        else:
            call_setter(write, self, value)

    return property(get, put)


def call_setter(write: Callable[..., Any], widget: Any, value: Any) -> None:
    """Call a setter with the conversion that PythonQt makes: a float for an int."""
    try:
        write(widget, value)
    except TypeError:
        if not isinstance(value, float):
            raise
        write(widget, int(value))

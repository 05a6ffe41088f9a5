"""The module's settings of this user and computer, in Slicer's own settings file."""

from __future__ import annotations

import qt

_PYTHON, _WHEELS, _LARGE = "UGMCL/Python", "UGMCL/WheelsFolder", "UGMCL/LargeTorch"


def own_python() -> str:
    """The interpreter that the user chose; "" for none."""
    return str(qt.QSettings().value(_PYTHON) or "")


def set_own_python(path: str) -> None:
    """Choose an interpreter; "" for none."""
    qt.QSettings().setValue(_PYTHON, path)


def wheels_folder() -> str:
    """The folder of wheels for an installation without network; "" for none."""
    return str(qt.QSettings().value(_WHEELS) or "")


def set_wheels_folder(path: str) -> None:
    """Choose a folder of wheels; "" for none."""
    qt.QSettings().setValue(_WHEELS, path)


def large_torch() -> bool:
    """Whether only the large build of PyTorch can be reached from here."""
    return str(qt.QSettings().value(_LARGE) or "") == "true"


def set_large_torch(large: bool) -> None:
    """Remember it for the next question."""
    qt.QSettings().setValue(_LARGE, "true" if large else "")

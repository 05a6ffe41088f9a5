"""Sliders and spin boxes that would take units from the scene; here they are CTK's."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore

from host.ctk_widgets.numbers import ctkDoubleSpinBox, ctkSliderWidget
from host.ctk_widgets.ranges import ctkRangeWidget


class Quantity:
    """The members that Slicer adds."""

    def setMRMLScene(self, scene: Any) -> None:
        """Units of the scene are not applied in the host."""


def text_property(name: str) -> QtCore.Property:
    """A Qt property that keeps a text."""
    return QtCore.Property(
        str, lambda self: self.__dict__.get(name, ""), lambda self, text: self.__dict__.update({name: text})
    )


class qMRMLSliderWidget(ctkSliderWidget, Quantity):
    """ctkSliderWidget with units."""

    quantity = text_property("_quantity")


class qMRMLSpinBox(ctkDoubleSpinBox, Quantity):
    """ctkDoubleSpinBox with units."""

    quantity = text_property("_quantity")


class qMRMLRangeWidget(ctkRangeWidget, Quantity):
    """ctkRangeWidget with units."""

    quantity = text_property("_quantity")

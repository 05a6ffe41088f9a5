"""Which widget may show which type of parameter, and how its value is read and written.

As in Slicer the widget's class must be exactly one of those listed; a subclass is refused.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

import ctk
import qt
import slicer

from .annotations import Decimals, SingleStep, findFirstAnnotation, nodeClasses, splitAnnotations
from .packs import FloatRange
from .storage import PATH_TYPES
from .validators import Choice, Maximum, Minimum, RangeBounds, WithinRange

REGISTERED: list[type[GuiConnector]] = []


class GuiConnector:
    """Reads and writes one widget. A subclass says `widgets`, `types` and the name of the signal."""

    widgets: tuple[type, ...] = ()
    types: tuple[type, ...] = ()
    signal = ""

    @classmethod
    def canRepresent(cls, widget: Any, datatype: Any) -> bool:
        """Whether this connector is the one for such a widget and such a parameter."""
        return type(widget) in cls.widgets and splitAnnotations(datatype)[0] in cls.types

    @classmethod
    def create(cls, widget: Any, datatype: Any) -> GuiConnector | None:
        return cls(widget, datatype) if cls.canRepresent(widget, datatype) else None

    def __init__(self, widget: Any, datatype: Any) -> None:
        self._widget = widget
        self.type, self.annotations = splitAnnotations(datatype)
        self._callback: Callable[[], None] | None = None

    def widget(self) -> Any:
        return self._widget

    def annotation(self, kind: type) -> Any:
        return findFirstAnnotation(self.annotations, kind)

    def onChanged(self, callback: Callable[[], None] | None) -> None:
        """Call this when the user changes the widget; None: no longer."""
        signal = getattr(self._widget, self.signal) if self.signal else None
        if signal is not None and (callback is None) != (self._callback is None):
            (signal.disconnect if callback is None else signal.connect)(self.changed)
        self._callback = callback

    def changed(self) -> None:
        if self._callback:
            self._callback()

    def read(self) -> Any:
        raise RuntimeError(f"{type(self).__name__} cannot read")

    def write(self, value: Any) -> None:
        raise RuntimeError(f"{type(self).__name__} cannot write")


def parameterNodeGuiConnector(classtype: type[GuiConnector]) -> type[GuiConnector]:
    """Class decorator: `createGuiConnector` considers this connector too."""
    REGISTERED.append(classtype)
    return classtype


def createGuiConnector(widget: Any, datatype: Any) -> GuiConnector:
    """The connector for a widget and a parameter's type; RuntimeError when there is none."""
    for connector in REGISTERED:
        if connector.canRepresent(widget, datatype):
            return connector.create(widget, datatype)
    raise RuntimeError(f"A widget of {type(widget)} cannot show a parameter of {datatype}")


@parameterNodeGuiConnector
class CheckBox(GuiConnector):
    widgets, types, signal = (qt.QCheckBox, ctk.ctkCheckBox), (bool,), "stateChanged"

    def read(self) -> bool:
        return self._widget.checked

    def write(self, value: bool) -> None:
        self._widget.checked = value


@parameterNodeGuiConnector
class PushButton(CheckBox):
    """Pressed or not; the button is made checkable."""

    widgets, signal = (qt.QPushButton,), "toggled"

    def __init__(self, widget: Any, datatype: Any) -> None:
        super().__init__(widget, datatype)
        widget.checkable = True


@parameterNodeGuiConnector
class Number(GuiConnector):
    """Spin boxes and sliders. A slider needs both limits."""

    widgets = (
        qt.QDoubleSpinBox,
        ctk.ctkSliderWidget,
        slicer.qMRMLSliderWidget,
        ctk.ctkDoubleSlider,
        ctk.ctkDoubleSpinBox,
        slicer.qMRMLSpinBox,
    )
    sliders = (ctk.ctkSliderWidget, slicer.qMRMLSliderWidget)
    types, signal = (float, int), "valueChanged"
    limits: tuple[float, float] = (float("-inf"), float("inf"))

    def __init__(self, widget: Any, datatype: Any) -> None:
        super().__init__(widget, datatype)
        self._setSteps()
        lowest, highest = self._ends()
        if type(widget) in self.sliders and None in (lowest, highest):
            raise RuntimeError(f"A {type(widget).__name__} needs a parameter with both limits")
        widget.minimum = self.limits[0] if lowest is None else lowest
        widget.maximum = self.limits[1] if highest is None else highest

    def _setSteps(self) -> None:
        decimals, step = self.annotation(Decimals), self.annotation(SingleStep)
        if type(self._widget) is not ctk.ctkDoubleSlider:
            if self.type is int:
                self._widget.decimals = 0
            elif decimals:
                self._widget.decimals = decimals.value
        if step:
            self._widget.singleStep = step.value

    def _ends(self) -> tuple[float | None, float | None]:
        both = self.annotation(WithinRange)
        if both:
            return both.minimum, both.maximum
        lowest, highest = self.annotation(Minimum), self.annotation(Maximum)
        return lowest and lowest.minimum, highest and highest.maximum

    def read(self) -> float:
        return self.type(self._widget.value)

    def write(self, value: float) -> None:
        self._widget.value = self.type(value)


@parameterNodeGuiConnector
class WholeNumber(Number):
    widgets, sliders, types = (qt.QSlider, qt.QSpinBox), (qt.QSlider,), (int,)
    limits = (-(2**31), 2**31 - 1)

    def _setSteps(self) -> None:
        step = self.annotation(SingleStep)
        if step:
            self._widget.singleStep = step.value


@parameterNodeGuiConnector
class ChoiceBox(GuiConnector):
    """A combo box that lists the values of the parameter's Choice."""

    widgets, types = (qt.QComboBox, ctk.ctkComboBox), (int, float, str, bool)
    signal = "currentIndexChanged"

    def __init__(self, widget: Any, datatype: Any) -> None:
        super().__init__(widget, datatype)
        self.choices = self._choices()
        current = max(widget.currentIndex, 0)
        widget.clear()
        for text, _value in self.choices:
            widget.addItem(text)
        widget.currentIndex = min(current, len(self.choices) - 1)

    def _choices(self) -> list[tuple[str, Any]]:
        choice = self.annotation(Choice)
        if choice is None:
            raise RuntimeError("A combo box needs a parameter with a Choice")
        return [(str(value), value) for value in choice.choices]

    def read(self) -> Any:
        return self.choices[self._widget.currentIndex][1]

    def write(self, value: Any) -> None:
        self._widget.currentIndex = [choice for _text, choice in self.choices].index(value)


@parameterNodeGuiConnector
class EnumBox(ChoiceBox):
    """A combo box that lists an Enum's members, by their `label()` or name."""

    @classmethod
    def canRepresent(cls, widget: Any, datatype: Any) -> bool:
        plain = splitAnnotations(datatype)[0]
        return type(widget) in cls.widgets and isinstance(plain, type) and issubclass(plain, enum.Enum)

    def _choices(self) -> list[tuple[str, Any]]:
        label = getattr(self.type, "label", lambda member: member.name)
        return [(label(member), member) for member in self.type]


@parameterNodeGuiConnector
class Line(GuiConnector):
    widgets, types, signal = (qt.QLineEdit,), (str,), "textChanged"

    def read(self) -> str:
        return self._widget.text

    def write(self, value: str) -> None:
        if value != self._widget.text:  # setting an equal text would move the cursor while the user types
            self._widget.text = value


@parameterNodeGuiConnector
class Label(Line):
    """A label only shows."""

    widgets, signal = (qt.QLabel,), ""


@parameterNodeGuiConnector
class TextField(GuiConnector):
    widgets, types, signal = (qt.QTextEdit,), (str,), "textChanged"

    def read(self) -> str:
        return self._widget.toPlainText()

    def write(self, value: str) -> None:
        self._widget.setPlainText(value)


@parameterNodeGuiConnector
class RangeSlider(GuiConnector):
    """Two ends; the parameter needs RangeBounds and a Default."""

    widgets = (ctk.ctkRangeWidget, ctk.ctkDoubleRangeSlider, slicer.qMRMLRangeWidget)
    types, signal = (FloatRange,), "valuesChanged"

    def __init__(self, widget: Any, datatype: Any) -> None:
        super().__init__(widget, datatype)
        bounds = self.annotation(RangeBounds)
        if bounds is None:
            raise RuntimeError("A range widget needs a parameter with RangeBounds")
        decimals, step = self.annotation(Decimals), self.annotation(SingleStep)
        if decimals and type(widget) is not ctk.ctkDoubleRangeSlider:
            widget.decimals = decimals.value
        if step:
            widget.singleStep = step.value
        widget.setRange(bounds.minimum, bounds.maximum)

    def read(self) -> FloatRange:
        return FloatRange(self._widget.minimumValue, self._widget.maximumValue)

    def write(self, value: FloatRange) -> None:
        self._widget.setValues(value.minimum, value.maximum)


@parameterNodeGuiConnector
class PathLine(GuiConnector):
    widgets, types, signal = (ctk.ctkPathLineEdit,), PATH_TYPES, "currentPathChanged"

    def read(self) -> Any:
        return self.type(self._widget.currentPath)

    def write(self, value: Any) -> None:
        self._widget.currentPath = str(value)


@parameterNodeGuiConnector
class DirectoryButton(GuiConnector):
    widgets, types, signal = (ctk.ctkDirectoryButton,), PATH_TYPES, "directoryChanged"

    def read(self) -> Any:
        return self.type(self._widget.directory)

    def write(self, value: Any) -> None:
        self._widget.directory = str(value)


@parameterNodeGuiConnector
class NodeSelector(GuiConnector):
    """A node selector; it gets the parameter's node class(es)."""

    widgets, signal = (slicer.qMRMLNodeComboBox,), "currentNodeChanged"

    @classmethod
    def canRepresent(cls, widget: Any, datatype: Any) -> bool:
        return type(widget) in cls.widgets and bool(nodeClasses(datatype))

    def __init__(self, widget: Any, datatype: Any) -> None:
        super().__init__(widget, datatype)
        widget.nodeTypes = tuple(kind().GetClassName() for kind in nodeClasses(datatype))

    def read(self) -> Any:
        return self._widget.currentNode()

    def write(self, value: Any) -> None:
        self._widget.setCurrentNode(value)

"""Choices whose values are not their words: a combo box and a list of ticks, bound to a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import qt

MOST_ROWS = 8


class ComboBinding:
    """Binds a combo box to a text parameter.

    Args:
        combo: QComboBox.
        name: of the parameter.
        choices: value and words of each.
    """

    def __init__(self, combo: Any, name: str, choices: Sequence[tuple[str, str]] = ()) -> None:
        self.combo, self.name = combo, name
        self.values: list[str] = []
        self._parameters: Any = None
        self._showing = False
        self.set_choices(choices)
        combo.connect("currentIndexChanged(int)", self._chosen)

    def set_choices(self, choices: Sequence[tuple[str, str]]) -> None:
        """Offer other choices; the parameter stays as it is."""
        self._showing = True
        self.combo.clear()
        self.values = [value for value, _words in choices]
        for _value, words in choices:
            self.combo.addItem(words)
        self._showing = False
        self.show()

    def connect(self, parameters: Any) -> None:
        """Follow this parameter node; None lets go."""
        self._parameters = parameters
        self.show()

    def show(self) -> None:
        """Shows the parameter's value; nothing chosen where it is none of the choices."""
        value = getattr(self._parameters, self.name) if self._parameters else ""
        self._showing = True
        self.combo.setCurrentIndex(self.values.index(value) if value in self.values else -1)
        self._showing = False

    def _chosen(self, index: int) -> None:
        if not self._showing and self._parameters and 0 <= index < len(self.values):
            setattr(self._parameters, self.name, self.values[index])


class TicksBinding:
    """Binds a list of tick boxes to a list of names; all ticked is the empty list, none is not possible.

    Args:
        widget: QListWidget.
        name: of the parameter, a list of text.
    """

    def __init__(self, widget: Any, name: str) -> None:
        self.widget, self.name = widget, name
        self._names: list[str] = []
        self._parameters: Any = None
        self._showing = False
        widget.connect("itemChanged(QListWidgetItem*)", self._ticked)

    def set_names(self, names: Sequence[str]) -> None:
        """Offer other names."""
        if list(names) == self._names:
            return
        self._names = list(names)
        self._showing = True
        self.widget.clear()
        for name in names:
            item = qt.QListWidgetItem(name)
            item.setCheckState(qt.Qt.Checked)
            self.widget.addItem(item)
        rows = min(len(names), MOST_ROWS)  # no taller than its content
        self.widget.setMaximumHeight(rows * self.widget.sizeHintForRow(0) + 4 * self.widget.frameWidth)
        self._showing = False
        self.show()

    def connect(self, parameters: Any) -> None:
        """Follow this parameter node; None lets go."""
        self._parameters = parameters
        self.show()

    def show(self) -> None:
        """Shows the parameter's value."""
        chosen = set(getattr(self._parameters, self.name) if self._parameters else ())
        everything = not chosen & set(self._names)
        self._showing = True
        for row, name in enumerate(self._names):
            ticked = everything or name in chosen
            self.widget.item(row).setCheckState(qt.Qt.Checked if ticked else qt.Qt.Unchecked)
        self._showing = False

    def _ticked(self, _item: Any) -> None:
        if self._showing or not self._parameters:
            return
        rows = range(len(self._names))
        chosen = [self._names[row] for row in rows if self.widget.item(row).checkState() == qt.Qt.Checked]
        setattr(self._parameters, self.name, [] if len(chosen) == len(self._names) else chosen)
        self.show()

"""CTK's combo box, search box and text browser."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtWidgets


class ctkComboBox(QtWidgets.QComboBox):
    """A combo box with a text for "nothing chosen"."""

    defaultText = QtCore.Property(
        str, lambda self: self.placeholderText, lambda self, text: self.setPlaceholderText(text)
    )


class ctkSearchBox(QtWidgets.QLineEdit):
    """A line edit with a clear button."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setClearButtonEnabled(True)
        self.setPlaceholderText("Search...")


class ctkFittedTextBrowser(QtWidgets.QTextBrowser):
    """A text browser as high as its text."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setVerticalScrollBarPolicy(QtCore.Qt.ScrollBarAlwaysOff)
        self.textChanged.connect(self._fit)
        self._collapsed = False

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        document = self.document
        document.setTextWidth(self.viewport().width)
        self.setFixedHeight(round(document.size.height()) + 2 * self.frameWidth)

    def _set_collapsed(self, value: bool) -> None:
        self._collapsed = bool(value)

    collapsed = QtCore.Property(bool, lambda self: self._collapsed, _set_collapsed)

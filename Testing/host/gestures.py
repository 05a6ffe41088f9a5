"""What a user does with mouse and keyboard, refused where a user could not do it."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtTest import QTest

LeftButton = QtCore.Qt.LeftButton


def require_usable(widget: Any, gesture: str) -> None:
    """AssertionError when the widget is hidden or disabled; scrolled into view otherwise."""
    name = widget.objectName or type(widget).__name__
    if not widget.isVisible():
        raise AssertionError(f"Cannot {gesture} {name}: it is hidden.")
    if not widget.isEnabled():
        raise AssertionError(f"Cannot {gesture} {name}: it is disabled. Its tool tip: {widget.toolTip}")
    scroll_to(widget)


def scroll_to(widget: Any) -> None:
    """Bring the widget into the visible part of the scroll areas around it."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QtWidgets.QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()
    QtWidgets.QApplication.processEvents()


def click(widget: Any) -> None:
    """Left click where the widget takes clicks."""
    require_usable(widget, "click")
    QTest.mouseClick(widget, LeftButton, QtCore.Qt.NoModifier, hot_spot(widget))


def hot_spot(widget: Any) -> QtCore.QPoint:
    """A point that counts as the widget itself: the mark of a check box, the header of a folding button."""
    middle = widget.rect.center()
    if isinstance(widget, QtWidgets.QCheckBox | QtWidgets.QRadioButton):
        return QtCore.QPoint(8, middle.y())
    if isinstance(widget, QtWidgets.QAbstractButton) and not widget.hitButton(middle):
        return QtCore.QPoint(middle.x(), 8)
    return middle


def type_text(widget: Any, text: str) -> None:
    """Select all, type, and leave the field as the Tab key does."""
    require_usable(widget, "type into")
    target = typing_target(widget)
    target.setFocus()
    target.selectAll()
    QTest.keyClick(target, QtCore.Qt.Key_Delete)
    for character in text:
        strike(target, character)
    if not isinstance(target, QtWidgets.QPlainTextEdit | QtWidgets.QTextEdit):
        QTest.keyClick(target, QtCore.Qt.Key_Tab)


def strike(target: Any, character: str) -> None:
    """One key; QTest ends the process for letters outside ASCII, so these come as plain key events."""
    if character.isascii():
        QTest.keyClicks(target, character)
        return
    for kind in (QtCore.QEvent.KeyPress, QtCore.QEvent.KeyRelease):
        event = QtGui.QKeyEvent(kind, 0, QtCore.Qt.NoModifier, character)
        QtWidgets.QApplication.sendEvent(target, event)


def typing_target(widget: Any) -> Any:
    """The text field inside a widget."""
    kinds = (QtWidgets.QLineEdit, QtWidgets.QPlainTextEdit, QtWidgets.QTextEdit)
    if isinstance(widget, kinds):
        return widget
    field = next((found for kind in kinds for found in widget.findChildren(kind)), None)
    if field is None:
        raise AssertionError(f"{type(widget).__name__} has no text field.")
    return field


def press(keys: str, widget: Any) -> None:
    """Press a key combination, written as in a menu."""
    QTest.keySequence(widget, QtGui.QKeySequence(keys))


def choose(combo: Any, text: str) -> None:
    """Take an entry as by mouse: the index changes and `activated` is emitted."""
    require_usable(combo, "choose in")
    inner = combo.comboBox() if hasattr(combo, "comboBox") else combo
    row = inner.findText(text)
    if row < 0:
        present = [inner.itemText(index) for index in range(inner.count)]
        raise AssertionError(f"There is no {text!r} in {combo.objectName}: {present}")
    model_index = inner.model().index(row, inner.modelColumn, inner.rootModelIndex())
    if not model_index.flags() & QtCore.Qt.ItemIsEnabled:
        raise AssertionError(f"{text!r} cannot be chosen in {combo.objectName}: it is disabled.")
    inner.setCurrentIndex(row)
    inner.activated.emit(row)

"""ctkCollapsibleButton: a header that folds its contents away."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

Type = QtCore.QEvent.Type


class ctkCollapsibleButton(QtWidgets.QAbstractButton):
    """Open when checked. What was hidden by itself before folding stays hidden after unfolding."""

    contentsCollapsed = QtCore.Signal(bool)

    def __init__(self, title: Any = None, parent: Any = None) -> None:
        super().__init__(parent if isinstance(title, str) else title)
        self._hidden_by_folding: list[QtWidgets.QWidget] = []
        self._folding = False
        self.setText(title if isinstance(title, str) else "")
        self.setSizePolicy(QtWidgets.QSizePolicy.MinimumExpanding, QtWidgets.QSizePolicy.Preferred)
        self.setCheckable(True)
        self.setChecked(True)
        self.toggled.connect(self._toggled)
        self._set_margins()

    def _header_height(self) -> int:
        return self.fontMetrics().height() + 10

    def _set_margins(self) -> None:
        self.setContentsMargins(0, self._header_height(), 0, 0)

    def hitButton(self, position: QtCore.QPoint) -> bool:
        return position.y() <= self._header_height()

    def sizeHint(self) -> QtCore.QSize:
        text_width = self.fontMetrics().horizontalAdvance(self.text) + 40
        inner = self.layout().sizeHint() if self.layout() is not None and self.checked else QtCore.QSize(0, 0)
        return QtCore.QSize(max(text_width, inner.width()), self._header_height() + inner.height())

    def minimumSizeHint(self) -> QtCore.QSize:
        least = (
            self.layout().minimumSize() if self.layout() is not None and self.checked else QtCore.QSize(0, 0)
        )
        return QtCore.QSize(max(60, least.width()), self._header_height() + least.height())

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtWidgets.QStylePainter(self)
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        option.rect = QtCore.QRect(0, 0, self.width, self._header_height())
        option.state |= QtWidgets.QStyle.State_Sunken if self.down else QtWidgets.QStyle.State_Raised
        painter.drawControl(QtWidgets.QStyle.CE_PushButtonBevel, option)
        arrow = QtWidgets.QStyleOption()
        arrow.initFrom(self)
        side = self.fontMetrics().height() - 2
        arrow.rect = QtCore.QRect(8, (self._header_height() - side) // 2, side, side)
        style = QtWidgets.QStyle
        painter.drawPrimitive(
            style.PE_IndicatorArrowDown if self.checked else style.PE_IndicatorArrowRight, arrow
        )
        area = QtCore.QRect(side + 16, 0, self.width - side - 20, self._header_height())
        painter.drawItemText(
            area,
            QtCore.Qt.AlignVCenter | QtCore.Qt.AlignLeft | QtCore.Qt.TextShowMnemonic,
            self.palette,
            self.enabled,
            self.text,
            QtGui.QPalette.ButtonText,
        )

    def _get_collapsed(self) -> bool:
        return not self.checked

    def _set_collapsed(self, value: bool) -> None:
        self.setChecked(not value)

    collapsed = QtCore.Property(bool, _get_collapsed, _set_collapsed)

    def setCollapsed(self, value: bool) -> None:
        self._set_collapsed(value)

    def isCollapsed(self) -> bool:
        return self._get_collapsed()

    def _contents(self) -> list[QtWidgets.QWidget]:
        return [child for child in self.children() if isinstance(child, QtWidgets.QWidget)]

    def _toggled(self, open_now: bool) -> None:
        self._folding = True
        if open_now:
            for child in self._hidden_by_folding:
                child.show()
            self._hidden_by_folding = []
        else:
            self._hidden_by_folding = [child for child in self._contents() if not child.isHidden()]
            for child in self._hidden_by_folding:
                child.hide()
        self._folding = False
        self.updateGeometry()
        self.contentsCollapsed.emit(not open_now)

    def childEvent(self, event: QtCore.QChildEvent) -> None:
        child = event.child()
        if isinstance(child, QtWidgets.QWidget) and event.added():
            child.installEventFilter(self)
        super().childEvent(event)

    def eventFilter(self, child: QtCore.QObject, event: QtCore.QEvent) -> bool:
        """A child shown or hidden while the contents are folded is so after unfolding."""
        if not self._folding and not self.checked and isinstance(child, QtWidgets.QWidget):
            if event.type() == Type.ShowToParent:
                self._folding = True
                child.hide()
                self._folding = False
                if child not in self._hidden_by_folding:
                    self._hidden_by_folding.append(child)
            elif event.type() == Type.HideToParent and child in self._hidden_by_folding:
                self._hidden_by_folding.remove(child)
        return False


class ctkCollapsibleGroupBox(QtWidgets.QGroupBox):
    """A group box with a check mark that folds it."""

    def __init__(self, title: Any = None, parent: Any = None) -> None:
        super().__init__(*([title, parent] if isinstance(title, str) else [title]))
        self.setCheckable(True)
        self.toggled.connect(self._toggled)

    def _toggled(self, open_now: bool) -> None:
        for child in self.children():
            if isinstance(child, QtWidgets.QWidget):
                child.setVisible(open_now)

    def _get_collapsed(self) -> bool:
        return not self.checked

    def _set_collapsed(self, value: bool) -> None:
        self.setChecked(not value)

    collapsed = QtCore.Property(bool, _get_collapsed, _set_collapsed)

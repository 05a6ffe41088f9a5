"""ctkPathLineEdit and ctkDirectoryButton: a file or folder, typed or browsed for."""

from __future__ import annotations

import enum
import os
from typing import Any

from PySide6 import QtCore, QtWidgets


class ctkPathLineEdit(QtWidgets.QWidget):
    """An editable combo box with a browse button."""

    currentPathChanged = QtCore.Signal(str)
    validInputChanged = QtCore.Signal(bool)

    class Filter(enum.IntFlag):
        """What may be chosen; the numbers of QDir's filters."""

        Dirs = 0x001
        Files = 0x002
        Drives = 0x004
        Readable = 0x010
        Writable = 0x020
        Executable = 0x040
        Hidden = 0x100
        NoDot = 0x2000
        NoDotDot = 0x4000

    Dirs, Files, Drives = Filter.Dirs, Filter.Files, Filter.Drives
    Readable, Writable, Executable, Hidden = (
        Filter.Readable,
        Filter.Writable,
        Filter.Executable,
        Filter.Hidden,
    )
    NoDot, NoDotDot = Filter.NoDot, Filter.NoDotDot

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._filters = self.Dirs | self.Files
        self._name_filters: list[str] = []
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._combo = QtWidgets.QComboBox()
        self._combo.setEditable(True)
        self._combo.setSizePolicy(QtWidgets.QSizePolicy.Expanding, QtWidgets.QSizePolicy.Fixed)
        self._button = QtWidgets.QToolButton()
        self._button.setText("…")
        row.addWidget(self._combo, 1)
        row.addWidget(self._button)
        self.setFocusProxy(self._combo)
        self._combo.editTextChanged.connect(self._changed)
        self._button.clicked.connect(self.browse)

    def comboBox(self) -> QtWidgets.QComboBox:
        return self._combo

    def _changed(self, text: str) -> None:
        self.currentPathChanged.emit(text)
        self.validInputChanged.emit(self._is_valid())

    def _is_valid(self) -> bool:
        path = self._get_path()
        return os.path.isdir(path) if self._filters == self.Dirs else os.path.exists(path)

    def browse(self) -> None:
        """Ask in a dialog."""
        dialog = QtWidgets.QFileDialog
        if self._filters & self.Files:
            path = dialog.getOpenFileName(self, "", self._get_path(), ";;".join(self._name_filters))[0]
        else:
            path = dialog.getExistingDirectory(self, "", self._get_path())
        if path:
            self.setCurrentPath(path)

    def addCurrentPathToHistory(self) -> None:
        path = self._get_path()
        if path and self._combo.findText(path) < 0:
            self._combo.addItem(path)

    def _get_path(self) -> str:
        return self._combo.currentText

    def setCurrentPath(self, path: str) -> None:
        if path != self._get_path():
            self._combo.setEditText(path)

    def _set_filters(self, value: Any) -> None:
        self._filters = self.Filter(value)

    def _set_name_filters(self, value: Any) -> None:
        self._name_filters = list(value)

    def _set_button_visible(self, value: bool) -> None:
        self._button.setVisible(value)

    currentPath = QtCore.Property(str, _get_path, setCurrentPath)
    filters = QtCore.Property(int, lambda self: int(self._filters), _set_filters)
    nameFilters = QtCore.Property("QStringList", lambda self: tuple(self._name_filters), _set_name_filters)
    showBrowseButton = QtCore.Property(bool, lambda self: not self._button.isHidden(), _set_button_visible)
    validInput = QtCore.Property(bool, _is_valid)
    settingKey = QtCore.Property(
        str, lambda self: self.__dict__.get("_key", ""), lambda self, key: self.__dict__.update(_key=key)
    )


class ctkDirectoryButton(QtWidgets.QPushButton):
    """A button that shows a folder; relative paths become absolute, as in CTK."""

    directoryChanged = QtCore.Signal(str)
    directorySelected = QtCore.Signal(str)

    def __init__(self, directory: Any = None, parent: Any = None) -> None:
        super().__init__(parent if isinstance(directory, str) else directory)
        self._directory = "."
        self.setText(self._directory)
        self.setDirectory(directory if isinstance(directory, str) else ".")
        self.clicked.connect(self.browse)

    def browse(self) -> None:
        """Ask in a dialog."""
        path = QtWidgets.QFileDialog.getExistingDirectory(self, self.toolTip, self._directory)
        if path:
            self.setDirectory(path)
            self.directorySelected.emit(path)

    def setDirectory(self, path: str) -> None:
        absolute = QtCore.QDir(path).absolutePath()
        if absolute != QtCore.QDir(self._directory).absolutePath():
            self._directory = absolute
            self.setText(absolute)
            self.directoryChanged.emit(absolute)

    directory = QtCore.Property(str, lambda self: self._directory, setDirectory)

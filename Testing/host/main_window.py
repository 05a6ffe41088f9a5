"""The main window: the module panel at the left, the views at the right, a status bar below."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets

from host.signals import NamedSignals

PANEL_WIDTH = 460
WINDOW_SIZE = (1400, 900)


class qSlicerMainWindow(QtWidgets.QMainWindow):
    """Has the object names by which `slicer.util` finds its parts."""

    def __init__(self, layout_manager: Any) -> None:
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self.setWindowTitle("3D Slicer test host")
        self.resize(*WINDOW_SIZE)
        self._add_file_menu()
        self._selector = ModuleSelector(self)
        dock = QtWidgets.QDockWidget("Modules")
        dock.setObjectName("PanelDockWidget")
        dock.setFeatures(QtWidgets.QDockWidget.NoDockWidgetFeatures)
        self._panel = ModulePanel()
        dock.setWidget(self._panel)
        self.addDockWidget(QtCore.Qt.LeftDockWidgetArea, dock)
        self.resizeDocks([dock], [PANEL_WIDTH], QtCore.Qt.Horizontal)
        central = QtWidgets.QWidget()
        central.setObjectName("CentralWidget")
        central.setLayout(QtWidgets.QVBoxLayout())
        central.layout().setContentsMargins(0, 0, 0, 0)
        self.setCentralWidget(central)
        layout_manager.setViewport(central)
        self.statusBar()

    def _add_file_menu(self) -> None:
        """Where modules put entries of their own."""
        menu = self.menuBar().addMenu("&File")
        menu.setObjectName("FileMenu")
        save = menu.addAction("&Save scene")
        save.setObjectName("FileSaveSceneAction")
        menu.addAction("&Close scene").triggered.connect(lambda *_: slicer.mrmlScene.Clear(0))
        menu.addAction("E&xit").triggered.connect(lambda *_: slicer.app.exit())

    def moduleSelector(self) -> ModuleSelector:
        return self._selector

    def select_module(self, name: str) -> None:
        """Leave the present module, show and enter the other."""
        module = slicer.app.moduleManager().module(name)
        if module is None:
            raise RuntimeError(f"There is no module {name}.")
        representation = module.widgetRepresentation()
        if representation is self._panel.current:
            return
        self.leave_module()
        self._panel.show_module(module.title, representation)
        self._selector.selectedModule = name
        if representation is not None:
            representation.enter()
        self._selector.fire("moduleSelected", name)

    def leave_module(self) -> None:
        """Exit the present module and take its panel away."""
        current = self._panel.take_module()
        self._selector.selectedModule = ""
        if current is not None and current.isEntered:
            current.exit()


class ModuleSelector(NamedSignals):
    """`slicer.util.moduleSelector()`."""

    def __init__(self, window: qSlicerMainWindow) -> None:
        super().__init__()
        self._window = window
        self.selectedModule = ""

    def selectModule(self, name: str) -> None:
        self._window.select_module(name)


class ModulePanel(QtWidgets.QWidget):
    """The module's title and its panel in a scroll area."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("ModulePanel")
        self.current: Any = None
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        self._title = QtWidgets.QLabel()
        font = self._title.font
        font.setBold(True)
        self._title.setFont(font)
        column.addWidget(self._title)
        self._scroll = QtWidgets.QScrollArea()
        self._scroll.setObjectName("ModulePanelScrollArea")
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QtWidgets.QFrame.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarAsNeeded)
        column.addWidget(self._scroll)
        self.setMinimumWidth(320)

    def show_module(self, title: str, representation: Any) -> None:
        """Put a panel in."""
        self._title.setText(title)
        self.current = representation
        if representation is not None:
            self._scroll.setWidget(representation)
            representation.show()

    def take_module(self) -> Any:
        """Take the present panel out; it stays alive."""
        current, self.current = self.current, None
        if current is not None:
            self._scroll.takeWidget()
            current.hide()
        self._title.setText("")
        return current

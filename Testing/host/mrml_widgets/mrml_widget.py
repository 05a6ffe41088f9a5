"""qMRMLWidget and the containers derived from it: widgets that hold the scene and tell others of it."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtWidgets

from host.ctk_widgets.collapsible_button import ctkCollapsibleButton


class qMRMLWidget(QtWidgets.QWidget):
    """Holds the scene. Children get it by the connections of the .ui file only, as in Slicer."""

    mrmlSceneChanged = QtCore.Signal(object)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._scene: Any = None

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        if scene is not self._scene:
            self._scene = scene
            self.mrmlSceneChanged.emit(scene)


class qSlicerWidget(qMRMLWidget):
    """The same with another name."""


class qSlicerScriptedLoadableModuleWidget(qMRMLWidget):
    """The container in which a scripted module's widget builds its panel."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.isEntered = False
        self.moduleName = ""
        self.make_widget: Any = None
        self.widget: Any = None
        self.setLayout(QtWidgets.QVBoxLayout())
        self.layout().setContentsMargins(0, 0, 0, 0)

    def self(self) -> Any:
        """The Python instance."""
        return self.widget

    def setup(self) -> None:
        self.widget = self.make_widget(self)
        self.widget.setup()

    def reload(self) -> None:
        """Build the panel anew from the module's current source."""
        self.setup()
        if self.isEntered:
            self.call("enter")

    def enter(self) -> None:
        self.isEntered = True
        self.call("enter")

    def exit(self) -> None:
        self.isEntered = False
        self.call("exit")

    def call(self, name: str) -> None:
        """Call a method that the module may lack."""
        method = getattr(self.widget, name, None)
        if method is not None:
            method()


class qMRMLCollapsibleButton(ctkCollapsibleButton):
    """A collapsible button that takes the scene."""

    mrmlSceneChanged = QtCore.Signal(object)

    def setMRMLScene(self, scene: Any) -> None:
        self.mrmlSceneChanged.emit(scene)

"""`slicer.app`: the scene, the logics and the services that modules ask the application for."""

from __future__ import annotations

import os
import types
from pathlib import Path
from typing import Any

import slicer
import vtk
from PySide6 import QtCore, QtWidgets

from host.signals import NamedSignals

VERSION = (5, 13)


class Application(NamedSignals):
    """What is not here is looked up in the QApplication (clipboard, palette, topLevelWidgets, style, ...)."""

    applicationName = mainApplicationName = "Slicer"
    applicationVersion = "5.13.0-host"
    majorVersion, minorVersion, patchVersion = (*VERSION, 0)
    revision, os, platform, arch, intDir = "host", "linux", "linux-amd64", "amd64", ""
    documentationBaseUrl = "https://slicer.readthedocs.io/"

    def __init__(self, home: Path, testing: bool) -> None:
        super().__init__()
        self.qt_application = QtWidgets.QApplication.instance()
        self._testing = testing
        self._environment = dict(os.environ)
        self.slicerHome, self.temporaryPath, self.cachePath = (
            str(folder(home / name)) for name in ("slicer", "temporary", "cache")
        )
        self.defaultScenePath = self.startupWorkingPath = str(home)
        self._logic = slicer.vtkSlicerApplicationLogic()
        self._scene = slicer.vtkMRMLScene()
        self._give_scene_its_managers()
        self._logic.SetHomeDirectory(self.slicerHome)
        self._logic.SetShareDirectory("share")
        self._logic.SetTemporaryPath(self.temporaryPath)
        self._logic.SetMRMLScene(self._scene)
        slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(self._scene, True)
        self._logic.SetSliceLogics(vtk.vtkCollection())
        self._logic.SetViewLogics(vtk.vtkCollection())
        self._module_manager: Any = None
        self._layout_manager: Any = None
        self._io_manager: Any = None
        self._rendering_pauses = 0
        self.qt_application.aboutToQuit.connect(lambda: self.fire("aboutToQuit"))

    def _give_scene_its_managers(self) -> None:
        """Without cache and data I/O manager the scene reads no .mrb file."""
        cache, data = slicer.vtkCacheManager(), slicer.vtkDataIOManager()
        cache.SetRemoteCacheDirectory(self.cachePath)
        data.SetCacheManager(cache)
        self._scene.SetCacheManager(cache)
        self._scene.SetDataIOManager(data)

    def build_logics(self) -> None:
        """The logics of Slicer's own modules, registered as `slicer.modules.<name>`."""
        from host.file_formats import FileManager
        from host.module_manager import ModuleManager
        from host.subject_hierarchy_items import SubjectHierarchyItems

        self._module_manager = ModuleManager(self._logic, self._scene)
        self._io_manager = FileManager(self._scene)
        self._items = SubjectHierarchyItems(self._scene)

    def use_layout(self, layout_manager: Any) -> None:
        """Take the views."""
        self._layout_manager = layout_manager

    def mrmlScene(self) -> Any:
        return self._scene

    def applicationLogic(self) -> Any:
        return self._logic

    def moduleManager(self) -> Any:
        return self._module_manager

    def layoutManager(self) -> Any:
        return self._layout_manager

    def ioManager(self) -> Any:
        return self._io_manager

    def coreIOManager(self) -> Any:
        return self._io_manager

    def extensionsManagerModel(self) -> Any:
        return types.SimpleNamespace(isExtensionInstalled=lambda name: False, installedExtensions=[])

    def testingEnabled(self) -> bool:
        return self._testing

    def commandOptions(self) -> Any:
        return types.SimpleNamespace(runPythonAndExit=False, noMainWindow=False, testingEnabled=self._testing)

    def settings(self) -> QtCore.QSettings:
        return QtCore.QSettings()

    userSettings = revisionUserSettings = settings

    def translate(self, context: str, text: str) -> str:
        return text

    def moduleDocumentationUrl(self, name: str) -> str:
        return f"{self.documentationBaseUrl}{name}"

    def startupEnvironment(self) -> QtCore.QProcessEnvironment:
        environment = QtCore.QProcessEnvironment()
        for name, value in self._environment.items():
            environment.insert(name, value)
        return environment

    environment = startupEnvironment

    def processEvents(self, *arguments: Any) -> None:
        self.qt_application.processEvents(*arguments)

    def pauseRender(self) -> None:
        self._rendering_pauses += 1

    def resumeRender(self) -> None:
        self._rendering_pauses = max(0, self._rendering_pauses - 1)

    @property
    def rendering_is_paused(self) -> bool:
        """Whether some code holds back the views."""
        return self._rendering_pauses > 0

    def restart(self) -> None:
        """Slicer would start anew; the host only tells."""
        self.fire("restartRequested")

    def exit(self, code: int = 0) -> None:
        self.qt_application.exit(code)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "qt_application":
            raise AttributeError(name)
        return getattr(self.qt_application, name)


def folder(path: Path) -> Path:
    """`path`, made if it was not there."""
    path.mkdir(parents=True, exist_ok=True)
    return path

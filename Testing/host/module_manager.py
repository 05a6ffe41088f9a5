"""`slicer.app.moduleManager()` and the entries of `slicer.modules`."""

from __future__ import annotations

import sys
from typing import Any

import slicer

from host.mrml_widgets.mrml_widget import qSlicerScriptedLoadableModuleWidget
from host.signals import NamedSignals

LOGICS = {
    "Colors": "vtkSlicerColorLogic",
    "Terminologies": "vtkSlicerTerminologiesModuleLogic",
    "SubjectHierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "Segmentations": "vtkSlicerSegmentationsModuleLogic",
    "Volumes": "vtkSlicerVolumesLogic",
    "Sequences": "vtkSlicerSequencesLogic",
    "VolumeRendering": "vtkSlicerVolumeRenderingLogic",
    "Plots": "vtkSlicerPlotsLogic",
    "Tables": "vtkSlicerTablesLogic",
    "Models": "vtkSlicerModelsLogic",
    "Markups": "vtkSlicerMarkupsLogic",
    "Transforms": "vtkSlicerTransformLogic",
    "Units": "vtkSlicerUnitsLogic",
    "CropVolume": "vtkSlicerCropVolumeLogic",
}


class qSlicerCoreModule:
    """One of Slicer's own modules: a logic, no panel."""

    def __init__(self, name: str, logic: Any) -> None:
        self.name = self.title = name
        self.path = ""
        self._logic = logic

    def logic(self) -> Any:
        return self._logic

    def widgetRepresentation(self) -> None:
        return None


class qSlicerScriptedLoadableModule:
    """A scripted module; its Python class fills in title, icon, categories and so on."""

    def __init__(self, name: str, path: str) -> None:
        self.name, self.path = name, path
        self.title, self.helpText, self.acknowledgementText = name, "", ""
        self.icon: Any = None
        self.hidden, self.widgetRepresentationCreationEnabled = False, True
        self.categories: list[str] = []
        self.dependencies: list[str] = []
        self.contributors: list[str] = []
        self.associatedNodeTypes: list[str] = []
        self.defaultDocumentationLink = ""
        self._representation: qSlicerScriptedLoadableModuleWidget | None = None

    def logic(self) -> None:
        """Slicer has an empty C++ logic here; the Python one is the panel's attribute `logic`."""

    def has_representation(self) -> bool:
        return self._representation is not None

    def widgetRepresentation(self) -> qSlicerScriptedLoadableModuleWidget:
        """The container with the panel, made at the first call."""
        if self._representation is None:
            self._representation = self.createNewWidgetRepresentation()
        return self._representation

    def createNewWidgetRepresentation(self) -> qSlicerScriptedLoadableModuleWidget:
        container = qSlicerScriptedLoadableModuleWidget()
        container.setObjectName(f"{self.name}ModuleWidget")
        container.moduleName = self.name
        container.make_widget = self._make_widget
        container.setup()
        container.setMRMLScene(slicer.mrmlScene)
        return container

    def _make_widget(self, container: qSlicerScriptedLoadableModuleWidget) -> Any:
        source = sys.modules[self.name]  # a reload puts new code there
        widget = getattr(source, f"{self.name}Widget")(container)
        setattr(slicer.modules, f"{self.name}Widget", widget)
        return widget

    def forget_representation(self) -> None:
        """Clean up and delete the panel; the next call makes a new one."""
        container, self._representation = self._representation, None
        if container is None:
            return
        if container.isEntered:
            container.exit()
        slicer.app.moduleManager().fire("moduleAboutToBeUnloaded", self.name)
        if hasattr(slicer.modules, f"{self.name}Widget"):
            delattr(slicer.modules, f"{self.name}Widget")
        container.setParent(None)
        container.deleteLater()


class ModuleManager(NamedSignals):
    """Registers Slicer's logics at once and scripted modules as they are loaded."""

    def __init__(self, application_logic: Any, scene: Any) -> None:
        super().__init__()
        self._modules: dict[str, Any] = {}
        for name, logic_class in LOGICS.items():
            if not hasattr(slicer, logic_class):
                continue
            logic = getattr(slicer, logic_class)()
            logic.SetMRMLApplicationLogic(application_logic)
            logic.SetMRMLScene(scene)
            application_logic.SetModuleLogic(name, logic)
            self.register(qSlicerCoreModule(name, logic))

    def register(self, module: Any) -> None:
        """Make a module known by its name."""
        self._modules[module.name] = module
        setattr(slicer.modules, module.name.lower(), module)
        setattr(slicer.moduleNames, module.name, module.name)
        self.fire("moduleLoaded", module.name)

    def module(self, name: str) -> Any:
        return self._modules.get(name)

    def modulesNames(self) -> tuple[str, ...]:
        return tuple(self._modules)

    def loadedModuleNames(self) -> tuple[str, ...]:
        return tuple(self._modules)

    registeredModuleNames = loadedModuleNames

    def isLoaded(self, name: str) -> bool:
        return name in self._modules

    isRegistered = isLoaded

    def factoryManager(self) -> ModuleManager:
        return self

    def scripted(self) -> list[qSlicerScriptedLoadableModule]:
        """The scripted modules, in the order of loading."""
        return [
            module for module in self._modules.values() if isinstance(module, qSlicerScriptedLoadableModule)
        ]

"""The four base classes of a scripted module, for the test host: without Slicer's reload and edit buttons."""

from __future__ import annotations

import importlib
import logging
import unittest
from pathlib import Path
from typing import Any

import qt
import slicer
import slicer.util

__all__ = [
    "ScriptedLoadableModule",
    "ScriptedLoadableModuleWidget",
    "ScriptedLoadableModuleLogic",
    "ScriptedLoadableModuleTest",
]

NODE_CLASS = "vtkMRMLScriptedModuleNode"


class ScriptedLoadableModule:
    """What Slicer knows of a module before it is opened; a subclass fills in `parent`."""

    def __init__(self, parent: Any) -> None:
        super().__init__()
        self.parent = parent
        self.moduleName = type(self).__name__
        parent.title = ""
        parent.categories, parent.dependencies, parent.contributors = [], [], []
        parent.helpText = parent.acknowledgementText = ""
        icons = [self.resourcePath(f"Icons/{self.moduleName}.{end}") for end in ("svg", "png")]
        existing = [icon for icon in icons if Path(icon).is_file()]
        if existing:
            parent.icon = qt.QIcon(existing[0])
        if not hasattr(slicer, "selfTests"):
            slicer.selfTests = {}
        slicer.selfTests[self.moduleName] = self.runTest

    def resourcePath(self, filename: str) -> str:
        """Absolute path of a file in the module's folder `Resources`."""
        return str(Path(self.parent.path).parent / "Resources" / filename)

    def getDefaultModuleDocumentationLink(self, docPage: str | None = None) -> str:
        """A paragraph that links to the module's page in the documentation."""
        address = slicer.app.moduleDocumentationUrl(self.moduleName)
        if docPage:
            address = slicer.app.documentationBaseUrl + docPage
        return f'<p>For more information, see the <a href="{address}">online documentation</a>.</p>'

    def runTest(self, msec: int = 100, **kwargs: Any) -> None:
        """Run the class `<module>Test` of the module's file; `msec` is how long its messages stay."""
        name = f"{self.moduleName}Test"
        testClass = getattr(importlib.import_module(self.__module__), name, None)
        if testClass is None:
            raise AssertionError(f"{self.__module__} has no class {name}")
        test = testClass()
        test.messageDelay = msec
        test.runTest(**kwargs)


class ScriptedLoadableModuleWidget:
    """The module's panel: `parent` is the widget that Slicer shows, `layout` its layout."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.developerMode = slicer.util.settingsValue(
            "Developer/DeveloperMode", False, converter=slicer.util.toBool
        )
        self.parent = parent or self._ownWindow()
        self.layout = self.parent.layout()
        if not parent:
            self.setup()
            self.parent.show()
        slicer.app.moduleManager().connect(
            "moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded
        )

    @staticmethod
    def _ownWindow() -> Any:
        window = slicer.qMRMLWidget()
        window.setLayout(qt.QVBoxLayout())
        window.setMRMLScene(slicer.mrmlScene)
        return window

    def resourcePath(self, filename: str) -> str:
        """Absolute path of a file in the module's folder `Resources`."""
        return str(Path(slicer.util.modulePath(self.moduleName)).parent / "Resources" / filename)

    def setup(self) -> None:
        """Build the panel; a subclass calls this first."""

    def cleanup(self) -> None:
        """Called once, before the module goes; a subclass removes its observers here."""

    def setupDeveloperSection(self) -> None:
        """Slicer's reload and test buttons; the host has none."""

    def _onModuleAboutToBeUnloaded(self, moduleName: str) -> None:
        if moduleName == self.moduleName:
            self.cleanup()
            slicer.app.moduleManager().disconnect(
                "moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded
            )


class ScriptedLoadableModuleLogic:
    """The module's work without its panel; owner of the module's parameter node."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Logic")
        # One parameter node a scene; a subclass sets False to allow several.
        self.isSingletonParameterNode = True

    def getParameterNode(self) -> Any:
        """The module's parameter node of this scene, made when there is none."""
        if self.isSingletonParameterNode:
            node = slicer.mrmlScene.GetSingletonNode(self.moduleName, NODE_CLASS)
            if node and node.GetAttribute("ModuleName") != self.moduleName:
                # Closing a scene keeps a singleton node but empties its attributes.
                node.SetAttribute("ModuleName", self.moduleName)
        else:
            node = next(iter(self.getAllParameterNodes()), None)
        return node or slicer.mrmlScene.AddNode(self.createParameterNode())

    def getAllParameterNodes(self) -> list[Any]:
        """Every parameter node of this module in the scene."""
        nodes = slicer.util.getNodesByClass(NODE_CLASS)
        return [node for node in nodes if node.GetAttribute("ModuleName") == self.moduleName]

    def createParameterNode(self) -> Any:
        """A new parameter node, not yet in the scene."""
        if slicer.mrmlScene is None:
            return None
        node = slicer.mrmlScene.CreateNodeByClass(NODE_CLASS)
        node.UnRegister(None)  # CreateNodeByClass leaves one reference too many for Python
        if self.isSingletonParameterNode:
            node.SetSingletonTag(self.moduleName)
        node.SetAttribute("ModuleName", self.moduleName)
        node.SetName(slicer.mrmlScene.GenerateUniqueName(self.moduleName))
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """A module's test: `runTest()` runs every method with "test" in its name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [name for name in dir(type(self)) if "test" in name and callable(getattr(self, name))]
        self.moduleTestNames = names
        self.enableScreenshots = False
        self.screenshotScaleFactor = 1.0

    def delayDisplay(self, message: str, requestedDelay: int | None = None, msec: int | None = None) -> None:
        """Show `message` for a while (milliseconds; `self.messageDelay` overrides) and let events happen."""
        asked = next((delay for delay in (msec, requestedDelay) if delay is not None), 100)
        slicer.util.delayDisplay(message, getattr(self, "messageDelay", asked))

    def runTest(self) -> None:
        """Run the module's tests one after the other."""
        if not self.moduleTestNames:
            logging.warning("%s has no test", type(self).__name__)
            return
        self.setUpClass()
        for name in self.moduleTestNames:
            self.setUp()
            logging.info("Running %s", name)
            getattr(self, name)()
            self.tearDown()
        self.tearDownClass()

"""A module's widget: makes the sections, gives them the scene's settings and tells them of changes."""

from __future__ import annotations

from typing import Any

import qt
import slicer
import vtk
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleWidget
from slicer.util import VTKObservationMixin


class ModulePanel(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """What both modules' panels do alike; a subclass names its .ui and its sections, and makes its logic.

    Attributes:
        layout_file: name of the .ui in Resources/UI.
        logic: the module's.
        parameters: the scene's settings; None while a scene closes.
        sections: top to bottom.
    """

    layout_file = ""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: Any = None
        self.parameters: Any = None
        self.sections: list[Any] = []
        self._gui_tag: Any = None
        self._soon: Any = None

    def make_logic(self) -> Any:
        """The module's logic class lives in the module's file."""
        raise TypeError("the module's class makes its logic")

    def section_kinds(self) -> Any:
        """Classes of the sections in the order in which they are told of changes."""
        raise TypeError("the module's panel names its sections")

    def setup(self) -> None:
        """Called by Slicer once, when the module is opened first."""
        super().setup()
        self.root = slicer.util.loadUI(self.resourcePath(f"UI/{self.layout_file}"))
        self.layout.addWidget(self.root)
        self.root.setMRMLScene(slicer.mrmlScene)
        self.ui = slicer.util.childWidgetVariables(self.root)
        self.logic = self.make_logic()
        self._soon = qt.QTimer()
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.connect("timeout()", self.refresh)
        self.sections = [make(self.root, self) for make in self.section_kinds()]
        for event, call in (
            (slicer.mrmlScene.StartCloseEvent, self._scene_closes),
            (slicer.mrmlScene.EndCloseEvent, self._scene_is_new),
            (slicer.mrmlScene.EndImportEvent, self._scene_is_new),
            (slicer.mrmlScene.EndRestoreEvent, self._scene_is_new),
        ):
            self.addObserver(slicer.mrmlScene, event, call)
        slicer.app.connect("aboutToQuit()", self._quit)
        self.follow_scene()

    def enter(self) -> None:
        """Called by Slicer whenever the module is shown."""
        self.follow_scene()
        for section in self.sections:
            section.enter()

    def exit(self) -> None:
        """Called by Slicer when another module is shown; work goes on."""

    def cleanup(self) -> None:
        """Called by Slicer when the module is destroyed."""
        self.exit()
        slicer.app.disconnect("aboutToQuit()", self._quit)
        self._follow(None)
        for section in self.sections:
            section.cleanup()
        self.removeObservers()

    # --- for the sections

    def section(self, kind: type) -> Any:
        """The section of this class."""
        return next(section for section in self.sections if isinstance(section, kind))

    def refresh_soon(self, *_args: Any) -> None:
        """After this event: many changes at once are shown once."""
        self._soon.start()

    @property
    def refresh_is_due(self) -> bool:
        """True until what `refresh_soon` asked for is shown."""
        return bool(self._soon.active)

    def refresh(self) -> None:
        """Every section shows the settings."""
        if self.parameters is None:
            return
        for section in self.sections:
            section.refresh()

    # --- scene

    def follow_scene(self) -> None:
        """Take the settings of the present scene, and choose what is not chosen yet."""
        if self.parameters is None:
            self._follow(self.logic.getParameterNode())
        self.choose_defaults()
        self.refresh()

    def choose_defaults(self) -> None:
        """A subclass fills in what a user would choose first."""

    def scene_changed(self) -> None:
        """Other settings are followed now, or none; a subclass forgets what belonged to the old ones."""

    def _follow(self, parameters: Any) -> None:
        if self.parameters is not None:
            self.parameters.disconnectGui(self._gui_tag)
            self.removeObserver(
                self.parameters.parameterNode, vtk.vtkCommand.ModifiedEvent, self.refresh_soon
            )
            for section in self.sections:
                section.disconnect()
        self.parameters = parameters
        self.scene_changed()
        if parameters is not None:
            self._gui_tag = parameters.connectGui(self.ui)
            self.addObserver(parameters.parameterNode, vtk.vtkCommand.ModifiedEvent, self.refresh_soon)
            for section in self.sections:
                section.connect(parameters)

    def _scene_closes(self, _caller: Any = None, _event: Any = None) -> None:
        self._soon.stop()
        self._follow(None)

    def _scene_is_new(self, _caller: Any = None, _event: Any = None) -> None:
        self._follow(None)
        self.follow_scene()

    def _quit(self) -> None:
        for section in self.sections:
            section.cleanup()

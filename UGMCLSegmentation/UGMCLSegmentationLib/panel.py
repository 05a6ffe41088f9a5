"""The module's widget: makes the sections, gives them the scene's settings and tells them of changes."""

from __future__ import annotations

from typing import Any

import qt
import slicer
import vtk
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleWidget
from slicer.util import VTKObservationMixin

from ugmcl.slicer.camera import look_at
from ugmcl.slicer.result_nodes import ResultNodes, all_results


class SegmentationPanel(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel.

    Attributes:
        logic: the module's.
        parameters: the scene's settings; None while a scene closes.
        sections: top to bottom.
    """

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: Any = None
        self.parameters: Any = None
        self.sections: list[Any] = []
        self._gui_tag: Any = None
        self._result: tuple[str, Any] = ("", None)
        self._soon: Any = None
        self._shortcuts: list[Any] = []

    def setup(self) -> None:
        """Called by Slicer once, when the module is opened first."""
        super().setup()
        from UGMCLSegmentationLib.sections import SECTIONS

        self.root = slicer.util.loadUI(self.resourcePath("UI/UGMCLSegmentation.ui"))
        self.layout.addWidget(self.root)
        self.root.setMRMLScene(slicer.mrmlScene)
        self.ui = slicer.util.childWidgetVariables(self.root)
        self.logic = self.make_logic()
        self._soon = qt.QTimer()
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.connect("timeout()", self.refresh)
        self.sections = [make(self.root, self) for make in SECTIONS]
        for event, call in (
            (slicer.mrmlScene.StartCloseEvent, self._scene_closes),
            (slicer.mrmlScene.EndCloseEvent, self._scene_is_new),
            (slicer.mrmlScene.EndImportEvent, self._scene_is_new),
            (slicer.mrmlScene.EndRestoreEvent, self._scene_is_new),
        ):
            self.addObserver(slicer.mrmlScene, event, call)
        slicer.app.connect("aboutToQuit()", self._quit)
        self._follow_scene()

    def make_logic(self) -> Any:
        """The module's logic class lives in the module's file."""
        raise TypeError("the module's class makes its logic")

    def enter(self) -> None:
        """Called by Slicer whenever the module is shown."""
        self._follow_scene()
        for section in self.sections:
            section.enter()
        self._make_shortcuts()

    def exit(self) -> None:
        """Called by Slicer when another module is shown; a run goes on."""
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._shortcuts = []

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

    def result(self) -> Any:
        """ResultNodes of the chosen result, or None."""
        node = self.parameters.segmentation if self.parameters else None
        node_id = node.GetID() if node is not None else ""
        if node_id != self._result[0]:
            self._result = (node_id, ResultNodes.of(node) if node is not None else None)
        return self._result[1]

    def show_result(self, nodes: Any) -> None:
        """A segmentation is done: choose it and bring it into view."""
        slicer.util.setSliceViewerLayers(background=nodes.segmentation.GetNodeReference("UGMCL.input"))
        self.parameters.currentRegion = 0
        self.parameters.segmentation = nodes.segmentation
        self.ui.resultCollapsibleButton.setProperty("collapsed", False)
        self.refresh()
        if len(all_results()) == 1:  # later ones leave the camera where the user put it
            look_at(nodes.segmentation)

    def say(self, text: str, kind: str = "information") -> None:
        """A line for the user under the button."""
        from UGMCLSegmentationLib.run_section import RunSection

        self.section(RunSection).say(text, kind)

    def open_set_up(self, ask: bool = False) -> None:
        """Show the set-up, with the question whether to install where nothing is set up."""
        from UGMCLSegmentationLib.setup_section import SetupSection

        self.ui.setupCollapsibleButton.setProperty("collapsed", False)
        if ask:
            self.section(SetupSection).ask()

    def refresh_soon(self, *_args: Any) -> None:
        """After this event: many changes at once are shown once."""
        self._soon.start()

    def refresh(self) -> None:
        """Every section shows the settings."""
        if self.parameters is None:
            return
        for section in self.sections:
            section.refresh()

    # --- scene

    def _follow_scene(self) -> None:
        """Settings of the present scene; the first volume where none is chosen, as Slicer's modules do."""
        if self.parameters is None:
            self._follow(self.logic.getParameterNode())
        if self.parameters.inputVolume is None:
            first = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
            if first is not None and first.GetClassName() == "vtkMRMLScalarVolumeNode":
                self.parameters.inputVolume = first
        self.refresh()

    def _follow(self, parameters: Any) -> None:
        if self.parameters is not None:
            self.parameters.disconnectGui(self._gui_tag)
            self.removeObserver(
                self.parameters.parameterNode, vtk.vtkCommand.ModifiedEvent, self.refresh_soon
            )
            for section in self.sections:
                section.disconnect()
        self.parameters, self._result = parameters, ("", None)
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
        self._follow_scene()

    def _quit(self) -> None:
        for section in self.sections:
            section.cleanup()

    # --- shortcuts

    def _make_shortcuts(self) -> None:
        if self._shortcuts:
            return
        window = slicer.util.mainWindow()
        if window is None:
            return
        for keys, action in (
            ("N", "next_region"),
            ("Shift+N", "previous_region"),
            ("A", "accept_region"),
            ("U", "toggle_overlay"),
        ):
            shortcut = qt.QShortcut(window)
            shortcut.setKey(qt.QKeySequence(keys))
            shortcut.connect("activated()", self._doing(action))
            self._shortcuts.append(shortcut)

    def _doing(self, action: str) -> Any:
        def act() -> None:
            for section in self.sections:
                if hasattr(section, action):
                    getattr(section, action)()
                    return

        return act

"""The Segmentation module's widget: which result is shown, and the keys that lead through it."""

from __future__ import annotations

from typing import Any

import qt
import slicer

from ugmcl.slicer.camera import look_at
from ugmcl.slicer.panel.module_panel import ModulePanel
from ugmcl.slicer.result_nodes import ResultNodes, all_results

SHORTCUTS = (
    ("N", "next_region"),
    ("Shift+N", "previous_region"),
    ("A", "accept_region"),
    ("U", "toggle_overlay"),
)


class SegmentationPanel(ModulePanel):
    """The panel."""

    layout_file = "UGMCLSegmentation.ui"

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._result: tuple[str, Any] = ("", None)
        self._shortcuts: list[Any] = []

    def section_kinds(self) -> Any:
        from UGMCLSegmentationLib.sections import SECTIONS

        return SECTIONS

    def enter(self) -> None:
        super().enter()
        self._make_shortcuts()

    def exit(self) -> None:
        """Called by Slicer when another module is shown; a run goes on."""
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._shortcuts = []

    # --- for the sections

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

    # --- scene

    def choose_defaults(self) -> None:
        """The first volume where none is chosen, as Slicer's modules do."""
        if self.parameters.inputVolume is None:
            first = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
            if first is not None and first.GetClassName() == "vtkMRMLScalarVolumeNode":
                self.parameters.inputVolume = first

    def scene_changed(self) -> None:
        self._result = ("", None)

    # --- shortcuts

    def _make_shortcuts(self) -> None:
        if self._shortcuts:
            return
        window = slicer.util.mainWindow()
        if window is None:
            return
        for keys, action in SHORTCUTS:
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

"""Slicer's module Segment Editor, with the stand-in for its editor widget."""

from __future__ import annotations

import sys
from typing import Any

import slicer

from host.module_manager import qSlicerScriptedLoadableModule

NAME = "SegmentEditor"
Scene = slicer.vtkMRMLScene


class SegmentEditorWidget:
    """`slicer.modules.SegmentEditorWidget`, once the module has been opened."""

    def __init__(self, parent: Any) -> None:
        self.parent = parent
        self.layout = parent.layout()
        self.parameterSetNode: Any = None
        self.editor = slicer.qMRMLSegmentEditorWidget()
        self._tags: list[int] = []

    def setup(self) -> None:
        self.selectParameterNode()
        self.editor.setMRMLScene(slicer.mrmlScene)
        self.layout.addWidget(self.editor)
        for event, slot in ((Scene.StartCloseEvent, self._closing), (Scene.EndCloseEvent, self._closed)):
            self._tags.append(slicer.mrmlScene.AddObserver(event, slot))
        slicer.app.moduleManager().connect("moduleAboutToBeUnloaded(QString)", self._unload)

    def _unload(self, name: str) -> None:
        if name == NAME:
            self.cleanup()
            slicer.app.moduleManager().disconnect("moduleAboutToBeUnloaded(QString)", self._unload)

    def cleanup(self) -> None:
        for tag in self._tags:
            slicer.mrmlScene.RemoveObserver(tag)
        self._tags = []

    def selectParameterNode(self) -> None:
        """The editor node of the scene, made when there is none."""
        node = slicer.mrmlScene.GetSingletonNode(NAME, "vtkMRMLSegmentEditorNode")
        if node is None:
            node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLSegmentEditorNode")
            node.UnRegister(None)
            node.SetSingletonTag(NAME)
            node = slicer.mrmlScene.AddNode(node)
        if node is not self.parameterSetNode:
            self.parameterSetNode = node
            self.editor.setMRMLSegmentEditorNode(node)

    def enter(self) -> None:
        """As Slicer: take the first segmentation, or make an empty one."""
        self.editor.installKeyboardShortcuts()
        self.selectParameterNode()
        self.editor.updateWidgetFromMRML()
        if not self.editor.segmentationNodeID():
            node = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSegmentationNode")
            self.editor.setSegmentationNode(
                node or slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
            )

    def exit(self) -> None:
        self.editor.setActiveEffect(None)
        self.editor.uninstallKeyboardShortcuts()

    def _closing(self, caller: Any, event: str) -> None:
        self.parameterSetNode = None
        self.editor.setSegmentationNode(None)

    def _closed(self, caller: Any, event: str) -> None:
        if self.parent.isEntered:
            self.selectParameterNode()
            self.editor.updateWidgetFromMRML()


def register_segment_editor() -> None:
    """Add it to `slicer.modules`."""
    sys.modules[NAME] = sys.modules[__name__]  # where a module object looks for its widget class
    module = qSlicerScriptedLoadableModule(NAME, "")
    module.title = "Segment Editor"
    slicer.app.moduleManager().register(module)

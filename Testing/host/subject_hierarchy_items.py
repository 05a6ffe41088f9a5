"""Subject hierarchy items for data nodes. In Slicer its Qt plugins make them; the wheel has no plugins."""

from __future__ import annotations

from typing import Any

import slicer
import vtk
from PySide6 import QtCore

Scene = slicer.vtkMRMLScene
DATA_CLASSES = (
    "vtkMRMLDisplayableNode",
    "vtkMRMLTableNode",
    "vtkMRMLTextNode",
    "vtkMRMLPlotSeriesNode",
    "vtkMRMLPlotChartNode",
    "vtkMRMLSequenceNode",
    "vtkMRMLSequenceBrowserNode",
)


class SubjectHierarchyItems:
    """One item for each data node, added and removed with it."""

    def __init__(self, scene: Any) -> None:
        scene.AddObserver(Scene.NodeAddedEvent, self._added)
        scene.AddObserver(Scene.NodeAboutToBeRemovedEvent, self._removed)
        scene.AddObserver(Scene.EndImportEvent, self._imported)
        scene.AddObserver(Scene.EndRestoreEvent, self._imported)
        self._scene = scene

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _added(self, scene: Any, event: str, node: Any) -> None:
        if not scene.IsImporting() and not scene.IsRestoring():
            self._create(node)

    def _create(self, node: Any) -> None:
        if node.GetHideFromEditors() or not any(node.IsA(name) for name in DATA_CLASSES):
            return
        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(self._scene)
        if not hierarchy.GetItemByDataNode(node):
            hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _removed(self, scene: Any, event: str, node: Any) -> None:
        if scene.IsClosing() or node.IsA("vtkMRMLSubjectHierarchyNode"):
            return
        hierarchy = scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
        item = hierarchy.GetItemByDataNode(node) if hierarchy is not None else 0
        if item:
            hierarchy.RemoveItem(item, False, False)

    def _imported(self, scene: Any, event: str) -> None:
        """Later: the file's own items, which know their folders, are resolved after this event."""
        QtCore.QTimer.singleShot(0, self._create_missing)

    def _create_missing(self) -> None:
        for node in slicer.util.getNodesByClass("vtkMRMLNode", self._scene):
            self._create(node)

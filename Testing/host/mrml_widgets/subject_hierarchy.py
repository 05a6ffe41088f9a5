"""qMRMLSubjectHierarchyComboBox and -TreeView: the scene's data as the user has sorted it into folders."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets

from host.observations import Observations

ITEM = QtCore.Qt.UserRole
SubjectHierarchy = slicer.vtkMRMLSubjectHierarchyNode
EVENTS = (
    SubjectHierarchy.SubjectHierarchyItemAddedEvent,
    SubjectHierarchy.SubjectHierarchyItemRemovedEvent,
    SubjectHierarchy.SubjectHierarchyItemModifiedEvent,
    SubjectHierarchy.SubjectHierarchyItemReparentedEvent,
)


class Hierarchy(QtWidgets.QWidget):
    """What tree and combo box share: filters, the current item, listing anew after changes."""

    currentItemChanged = QtCore.Signal("qlonglong")
    currentItemsChanged = QtCore.Signal(object)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._scene: Any = None
        self._current = 0
        self._node_types: tuple[str, ...] = ()
        self._level_filter: tuple[str, ...] = ()
        self._observations = Observations()
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.refresh)
        row = QtWidgets.QVBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._build(row)

    def _build(self, row: QtWidgets.QVBoxLayout) -> None:
        """Make the inner widget."""

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        self._scene = scene
        self._observations.clear()
        if scene is not None:
            hierarchy = self.subjectHierarchyNode()
            for event in EVENTS:
                self._observations.add(hierarchy, event, self._changed)
        self.refresh()

    def subjectHierarchyNode(self) -> Any:
        return SubjectHierarchy.GetSubjectHierarchyNode(self._scene) if self._scene is not None else None

    def _changed(self, caller: Any, event: str) -> None:
        self._timer.start()

    def children_of(self, parent_item: int) -> list[int]:
        """The items below one, in order."""
        import vtk

        ids = vtk.vtkIdList()
        self.subjectHierarchyNode().GetItemChildren(parent_item, ids)
        return [ids.GetId(index) for index in range(ids.GetNumberOfIds())]

    def passes(self, item: int) -> bool:
        """Whether the filters let an item through."""
        hierarchy = self.subjectHierarchyNode()
        node = hierarchy.GetItemDataNode(item)
        if node is not None:
            return not self._node_types or any(node.IsA(kind) for kind in self._node_types)
        level = hierarchy.GetItemLevel(item)
        return not self._node_types and (not self._level_filter or level in self._level_filter)

    def currentItem(self) -> int:
        return self._current

    def setCurrentItem(self, item: int) -> None:
        if item != self._current:
            self._current = item
            self._show_current()
            self.currentItemChanged.emit(item)

    def setCurrentNode(self, node: Any) -> None:
        self.setCurrentItem(self.subjectHierarchyNode().GetItemByDataNode(node) if node is not None else 0)

    def _show_current(self) -> None:
        """Mark the current item in the inner widget."""

    def refresh(self) -> None:
        """List the items again."""

    def _set_node_types(self, types: Any) -> None:
        self._node_types = tuple(types)
        self.refresh()

    def _set_level_filter(self, levels: Any) -> None:
        self._level_filter = tuple(levels)
        self.refresh()

    nodeTypes = QtCore.Property("QStringList", lambda self: self._node_types, _set_node_types)
    levelFilter = QtCore.Property("QStringList", lambda self: self._level_filter, _set_level_filter)
    setNodeTypes, setLevelFilter = _set_node_types, _set_level_filter


class qMRMLSubjectHierarchyTreeView(Hierarchy):
    """A tree of names."""

    def _build(self, row: QtWidgets.QVBoxLayout) -> None:
        self._tree = QtWidgets.QTreeWidget()
        self._tree.setHeaderHidden(True)
        row.addWidget(self._tree)
        self._tree.itemSelectionChanged.connect(self._selected)

    def setMultiSelection(self, value: bool) -> None:
        modes = QtWidgets.QAbstractItemView
        self._tree.setSelectionMode(modes.ExtendedSelection if value else modes.SingleSelection)

    def _selected(self) -> None:
        chosen = [item.data(0, ITEM) for item in self._tree.selectedItems()]
        if chosen:
            self.setCurrentItem(chosen[0])
        self.currentItemsChanged.emit(chosen)

    def refresh(self) -> None:
        self._tree.clear()
        if self._scene is not None:
            hierarchy = self.subjectHierarchyNode()
            self._add(self._tree.invisibleRootItem(), hierarchy.GetSceneItemID())
            self._tree.expandAll()
            self._show_current()

    def _add(self, parent: QtWidgets.QTreeWidgetItem, parent_item: int) -> bool:
        """Add the children that pass, or hold one that does; False when there is none."""
        any_added = False
        for item in self.children_of(parent_item):
            entry = QtWidgets.QTreeWidgetItem([self.subjectHierarchyNode().GetItemName(item)])
            entry.setData(0, ITEM, item)
            if self._add(entry, item) or self.passes(item):
                parent.addChild(entry)
                any_added = True
        return any_added

    def _show_current(self) -> None:
        walker = QtWidgets.QTreeWidgetItemIterator(self._tree)
        self._tree.blockSignals(True)
        while walker.value() is not None:
            walker.value().setSelected(walker.value().data(0, ITEM) == self._current)
            walker += 1
        self._tree.blockSignals(False)


class qMRMLSubjectHierarchyComboBox(Hierarchy):
    """A flat list of names with a first line for nothing."""

    def _build(self, row: QtWidgets.QVBoxLayout) -> None:
        self._combo = QtWidgets.QComboBox()
        row.addWidget(self._combo)
        self._combo.activated.connect(lambda index: self.setCurrentItem(self._combo.itemData(index)))

    def refresh(self) -> None:
        self._combo.clear()
        self._combo.addItem("Select subject hierarchy item")
        self._combo.setItemData(0, 0)
        if self._scene is not None:
            self._add(self.subjectHierarchyNode().GetSceneItemID(), 0)
            self._show_current()

    def _add(self, parent_item: int, depth: int) -> None:
        for item in self.children_of(parent_item):
            if self.passes(item):
                self._combo.addItem("  " * depth + self.subjectHierarchyNode().GetItemName(item))
                self._combo.setItemData(self._combo.count - 1, item)
            self._add(item, depth + 1)

    def _show_current(self) -> None:
        self._combo.setCurrentIndex(max(0, self._combo.findData(self._current)))

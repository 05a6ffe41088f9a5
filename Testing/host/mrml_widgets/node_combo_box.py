"""qMRMLNodeComboBox: choose, create, rename and delete a node of given classes."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets

from host.mrml_widgets.node_filter import NodeFilter
from host.observations import Observations

Scene = slicer.vtkMRMLScene
NODE, ACTION = QtCore.Qt.UserRole, QtCore.Qt.UserRole + 1
LIST_EVENTS = (
    Scene.NodeAddedEvent,
    Scene.NodeRemovedEvent,
    Scene.EndBatchProcessEvent,
    Scene.EndCloseEvent,
    Scene.EndImportEvent,
)


DEFAULT_OPTIONS = {
    "noneEnabled": False,
    "addEnabled": True,
    "removeEnabled": True,
    "renameEnabled": False,
    "editEnabled": False,
    "selectNodeUponCreation": True,
}
ACTIONS = (
    ("Create new {tag}", "addEnabled"),
    ("Rename current {tag}", "renameEnabled"),
    ("Delete current {tag}", "removeEnabled"),
)


def option(name: str) -> QtCore.Property:
    """A switch of the selector as Qt property."""

    def put(self: qMRMLNodeComboBox, value: bool) -> None:
        self._options[name] = bool(value)
        self._list()

    return QtCore.Property(bool, lambda self: self._options[name], put)


class qMRMLNodeComboBox(QtWidgets.QWidget):
    """Empty until it has a scene; a node that comes into the scene is not chosen by itself."""

    currentNodeChanged = QtCore.Signal(object)
    currentNodeIDChanged = QtCore.Signal(str)
    currentNodeRenamed = QtCore.Signal(str)
    nodeActivated = QtCore.Signal(object)
    nodeAdded = QtCore.Signal(object)
    nodeAddedByUser = QtCore.Signal(object)
    nodeAboutToBeRemoved = QtCore.Signal(object)
    nodeAboutToBeEdited = QtCore.Signal(object)
    mrmlSceneChanged = QtCore.Signal(object)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._scene: Any = None
        self._filter = NodeFilter()
        self._current = ""
        self._listing = False
        self._none_text = "None"
        self._options = dict(DEFAULT_OPTIONS)
        self._base_names: dict[str, str] = {}
        self._scene_observations, self._node_observations = Observations(), Observations()
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._combo = QtWidgets.QComboBox()
        self._combo.setSizeAdjustPolicy(QtWidgets.QComboBox.AdjustToMinimumContentsLengthWithIcon)
        self._combo.setMinimumContentsLength(12)
        self._combo.setSizePolicy(QtWidgets.QSizePolicy.Expanding, QtWidgets.QSizePolicy.Fixed)
        row.addWidget(self._combo)
        self.setSizePolicy(QtWidgets.QSizePolicy.Expanding, QtWidgets.QSizePolicy.Fixed)
        self.setFocusProxy(self._combo)
        self._combo.currentIndexChanged.connect(self._index_changed)
        self._combo.activated.connect(self._activated)

    def comboBox(self) -> QtWidgets.QComboBox:
        return self._combo

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        if scene is self._scene:
            return
        self._scene_observations.clear()
        self._scene = scene
        if scene is not None:
            for event in LIST_EVENTS:
                self._scene_observations.add(scene, event, self._scene_changed)
        self._list()
        self.mrmlSceneChanged.emit(scene)

    def _scene_changed(self, caller: Any, event: str) -> None:
        self._list()

    def _renamed(self, node: Any, event: str) -> None:
        row = self._combo.findData(node.GetID(), NODE)
        if row >= 0 and self._combo.itemText(row) != node.GetName():
            self._combo.setItemText(row, node.GetName())
            if node.GetID() == self._current:
                self.currentNodeRenamed.emit(node.GetName())

    def nodes(self) -> list[Any]:
        """What may be chosen, in the scene's order."""
        return self._filter.nodes(self._scene)

    def _list(self) -> None:
        """List the scene's nodes again, keeping the choice where it still exists."""
        nodes = self.nodes()
        self._listing = True
        self._combo.clear()
        self._node_observations.clear()
        if self._options["noneEnabled"]:
            self._combo.addItem(self._none_text)
            self._combo.setItemData(0, "", NODE)
        for node in nodes:
            self._combo.addItem(node.GetName() or "")
            self._combo.setItemData(self._combo.count - 1, node.GetID(), NODE)
            self._node_observations.add(node, "ModifiedEvent", self._renamed)
        if self._scene is not None:
            self._add_actions()
        row = self._combo.findData(self._current, NODE) if self._current else -1
        if row < 0 and self._options["noneEnabled"]:
            row = 0
        self._combo.setCurrentIndex(row)
        self._listing = False
        self._take(self._combo.itemData(row, NODE) or "" if row >= 0 else "")

    def _add_actions(self) -> None:
        self._combo.insertSeparator(self._combo.count)
        for text, option in ACTIONS:
            if not self._options[option]:
                continue
            kinds = self._filter.types if option == "addEnabled" else (None,)
            for kind in kinds:
                self._combo.addItem(text.format(tag=self._filter.tag(kind)))
                self._combo.setItemData(self._combo.count - 1, (option, kind), ACTION)

    def _index_changed(self, row: int) -> None:
        if self._listing or row < 0:
            return
        action = self._combo.itemData(row, ACTION)
        if action is None:
            self._take(self._combo.itemData(row, NODE) or "")
        else:
            self._show_current()
            self._act(*action)

    def _activated(self, row: int) -> None:
        if self._combo.itemData(row, ACTION) is None:
            self.nodeActivated.emit(self.currentNode())

    def _act(self, option: str, kind: str | None) -> None:
        if option == "addEnabled":
            self.nodeAddedByUser.emit(self.addNode(kind))
        elif option == "removeEnabled":
            self.removeCurrentNode()
        elif option == "renameEnabled":
            self.renameCurrentNode()

    def _show_current(self) -> None:
        self._listing = True
        self._combo.setCurrentIndex(self._combo.findData(self._current, NODE))
        self._listing = False

    def _take(self, node_id: str) -> None:
        if node_id != self._current:
            self._current = node_id
            self.currentNodeChanged.emit(self.currentNode())
            self.currentNodeIDChanged.emit(node_id)

    def currentNode(self) -> Any:
        return self._scene.GetNodeByID(self._current) if self._scene is not None and self._current else None

    def setCurrentNode(self, node: Any) -> None:
        self.setCurrentNodeID(node.GetID() if node is not None else "")

    def setCurrentNodeID(self, node_id: str | None) -> None:
        """Choose by id; "" or an id that is not listed chooses nothing, where that is allowed."""
        row = self._combo.findData(node_id or "", NODE)
        if row < 0 and not node_id:
            self._listing = True
            self._combo.setCurrentIndex(-1)
            self._listing = False
            self._take("")
        elif row >= 0:
            self._combo.setCurrentIndex(row)

    def setCurrentNodeIndex(self, index: int) -> None:
        self.setCurrentNode(self.nodeFromIndex(index))

    def nodeFromIndex(self, index: int) -> Any:
        nodes = self.nodes()
        return nodes[index] if 0 <= index < len(nodes) else None

    def nodeCount(self) -> int:
        return len(self.nodes())

    def addNode(self, kind: str | None = None) -> Any:
        """Add a node of the first class, or of `kind`, and choose it if so set."""
        kind = kind or self._filter.types[0]
        node = self._scene.CreateNodeByClass(kind)
        node.UnRegister(None)
        base = self._base_names.get(kind) or self._base_names.get("") or node.GetNodeTagName()
        node.SetName(self._scene.GenerateUniqueName(base))
        for name, value in self._filter.attributes_of(kind):
            if value is not None:
                node.SetAttribute(name, str(value))
        node = self._scene.AddNode(node)
        if self._options["selectNodeUponCreation"]:
            self.setCurrentNode(node)
        self.nodeAdded.emit(node)
        return node

    def removeCurrentNode(self) -> None:
        node = self.currentNode()
        if node is not None:
            self.nodeAboutToBeRemoved.emit(node)
            self._scene.RemoveNode(node)

    def renameCurrentNode(self) -> None:
        """Ask for a name."""
        node = self.currentNode()
        if node is not None:
            name, accepted = QtWidgets.QInputDialog.getText(self, "Rename", "New name:", text=node.GetName())
            if accepted and name:
                node.SetName(name)

    def addAttribute(self, node_type: str, name: str, value: Any = None) -> None:
        self._filter.attributes.append((node_type, name, value))
        self._list()

    def removeAttribute(self, node_type: str, name: str) -> None:
        self._filter.attributes = [
            entry for entry in self._filter.attributes if entry[:2] != (node_type, name)
        ]
        self._list()

    def setNodeTypes(self, types: Any) -> None:
        self._filter.types = tuple(types)
        self._list()

    def setHideChildNodeTypes(self, types: Any) -> None:
        self._filter.hidden_types = tuple(types)
        self._list()

    def setBaseName(self, name: str, node_type: str = "") -> None:
        self._base_names[node_type] = name

    def setNoneDisplay(self, text: str) -> None:
        self._none_text = text
        self._list()

    def _set_show_hidden(self, value: bool) -> None:
        self._filter.shows_hidden = bool(value)
        self._list()

    def _set_show_children(self, value: bool) -> None:
        self._filter.shows_children = bool(value)
        self._list()

    nodeTypes = QtCore.Property("QStringList", lambda self: self._filter.types, setNodeTypes)
    hideChildNodeTypes = QtCore.Property(
        "QStringList", lambda self: self._filter.hidden_types, setHideChildNodeTypes
    )
    showHidden = QtCore.Property(bool, lambda self: self._filter.shows_hidden, _set_show_hidden)
    showChildNodeTypes = QtCore.Property(bool, lambda self: self._filter.shows_children, _set_show_children)
    baseName = QtCore.Property(str, lambda self: self._base_names.get("", ""), setBaseName)
    noneDisplay = QtCore.Property(str, lambda self: self._none_text, setNoneDisplay)
    currentNodeID = QtCore.Property(str, lambda self: self._current, setCurrentNodeID)
    interactionNodeSingletonTag = QtCore.Property(str, lambda self: "", lambda self, value: None)
    noneEnabled = option("noneEnabled")
    addEnabled = option("addEnabled")
    removeEnabled = option("removeEnabled")
    renameEnabled = option("renameEnabled")
    editEnabled = option("editEnabled")
    selectNodeUponCreation = option("selectNodeUponCreation")

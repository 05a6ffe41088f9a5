"""qMRMLCheckableNodeComboBox: several nodes, each with a check mark."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore

from host.mrml_widgets.node_combo_box import NODE, qMRMLNodeComboBox


class qMRMLCheckableNodeComboBox(qMRMLNodeComboBox):
    """Chosen are the checked nodes; a click in the list checks."""

    checkedNodesChanged = QtCore.Signal()

    def __init__(self, parent: Any = None) -> None:
        self._checked: list[str] = []
        super().__init__(parent)

    def checkedNodes(self) -> list[Any]:
        return [node for node in self.nodes() if node.GetID() in self._checked]

    def uncheckedNodes(self) -> list[Any]:
        return [node for node in self.nodes() if node.GetID() not in self._checked]

    def noneChecked(self) -> bool:
        return not self.checkedNodes()

    def allChecked(self) -> bool:
        return not self.uncheckedNodes()

    def checkState(self, node: Any) -> QtCore.Qt.CheckState:
        return QtCore.Qt.Checked if node.GetID() in self._checked else QtCore.Qt.Unchecked

    def setCheckState(self, node: Any, state: QtCore.Qt.CheckState) -> None:
        checked = state == QtCore.Qt.Checked
        if checked == (node.GetID() in self._checked):
            return
        if checked:
            self._checked.append(node.GetID())
        else:
            self._checked.remove(node.GetID())
        self._show_marks()
        self.checkedNodesChanged.emit()

    def _list(self) -> None:
        before = list(self._checked)
        super()._list()
        present = {node.GetID() for node in self.nodes()}
        self._checked = [node_id for node_id in self._checked if node_id in present]
        self._show_marks()
        if self._checked != before:
            self.checkedNodesChanged.emit()

    def _show_marks(self) -> None:
        for row in range(self._combo.count):
            node_id = self._combo.itemData(row, NODE)
            if node_id:
                mark = QtCore.Qt.Checked if node_id in self._checked else QtCore.Qt.Unchecked
                self._combo.setItemData(row, mark, QtCore.Qt.CheckStateRole)
        names = [node.GetName() for node in self.checkedNodes()]
        self._combo.setToolTip(", ".join(names))

    def _activated(self, row: int) -> None:
        super()._activated(row)
        node_id = self._combo.itemData(row, NODE)
        if node_id:
            node = self._scene.GetNodeByID(node_id)
            checked = node_id in self._checked
            self.setCheckState(node, QtCore.Qt.Unchecked if checked else QtCore.Qt.Checked)

"""qMRMLTableView: a table node as a Qt table."""

from __future__ import annotations

from typing import Any

import slicer
import vtk
from PySide6 import QtCore, QtWidgets

from host.observations import Observations

Role = QtCore.Qt


class TableModel(QtCore.QAbstractTableModel):
    """The cells of a vtkMRMLTableNode, editable unless the node is locked."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.node: Any = None

    def set_node(self, node: Any) -> None:
        self.beginResetModel()
        self.node = node
        self.endResetModel()

    def _table(self) -> Any:
        return self.node.GetTable() if self.node is not None else None

    def rowCount(self, parent: QtCore.QModelIndex = QtCore.QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        table = self._table()
        return table.GetNumberOfRows() if table is not None and not parent.isValid() else 0

    def columnCount(self, parent: QtCore.QModelIndex = QtCore.QModelIndex()) -> int:  # noqa: B008
        table = self._table()
        return table.GetNumberOfColumns() if table is not None and not parent.isValid() else 0

    def data(self, index: QtCore.QModelIndex, role: int = Role.DisplayRole) -> Any:
        if role not in (Role.DisplayRole, Role.EditRole) or not index.isValid():
            return None
        column = self._table().GetColumn(index.column())
        value = self._table().GetValue(index.row(), index.column())
        if isinstance(column, vtk.vtkDoubleArray | vtk.vtkFloatArray):
            return f"{value.ToDouble():.6g}"
        return value.ToString()

    def setData(self, index: QtCore.QModelIndex, value: Any, role: int = Role.EditRole) -> bool:
        if role != Role.EditRole:
            return False
        self._table().SetValue(index.row(), index.column(), vtk.vtkVariant(value))
        self.node.Modified()
        return True

    def flags(self, index: QtCore.QModelIndex) -> Any:
        flags = Role.ItemIsEnabled | Role.ItemIsSelectable
        return flags if self.node is None or self.node.GetLocked() else flags | Role.ItemIsEditable

    def headerData(self, section: int, orientation: Any, role: int = Role.DisplayRole) -> Any:
        if role != Role.DisplayRole:
            return None
        if orientation == Role.Horizontal and self.node is not None:
            return self._table().GetColumnName(section)
        return str(section + 1)


class qMRMLTableView(QtWidgets.QTableView):
    """Follows the node; the selection is kept while values change."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._observations = Observations()
        self._model = TableModel(self)
        self._sorted = QtCore.QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._model)
        self.setModel(self._sorted)
        self.horizontalHeader().setStretchLastSection(True)

    def setMRMLScene(self, scene: Any) -> None:
        """The table comes by its node."""

    def mrmlTableNode(self) -> Any:
        return self._model.node

    def setMRMLTableNode(self, node: Any) -> None:
        self._observations.clear()
        self._model.set_node(node)
        if node is not None:
            self._observations.add(node, "ModifiedEvent", self._modified)
        self.resizeColumnsToContents()

    def _modified(self, node: Any, event: str) -> None:
        rows = sorted({index.row() for index in self.selectedIndexes()})
        self._model.set_node(node)
        for row in rows:
            self.selectionModel().select(self._sorted.index(row, 0), QtCore.QItemSelectionModel.Select)


class qMRMLTableWidget(QtWidgets.QWidget):
    """`slicer.app.layoutManager().tableWidget(0)`: the table that a view node names."""

    def __init__(self, node: Any) -> None:
        super().__init__()
        self._node = node
        self._view = qMRMLTableView()
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._view)
        self._observations = Observations()
        self._observations.add(node, "ModifiedEvent", self._follow)
        self._follow()

    def tableView(self) -> qMRMLTableView:
        return self._view

    def mrmlTableViewNode(self) -> Any:
        return self._node

    def _follow(self, *_: Any) -> None:
        table_id = self._node.GetTableNodeID()
        table = slicer.mrmlScene.GetNodeByID(table_id) if table_id else None
        if table is not self._view.mrmlTableNode():
            self._view.setMRMLTableNode(table)

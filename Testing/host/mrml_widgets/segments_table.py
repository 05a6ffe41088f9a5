"""qMRMLSegmentsTableView: the segments of a segmentation with colour, name, visibility and opacity."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtCore, QtGui, QtWidgets

from host.observations import Observations

SEGMENT_ID = QtCore.Qt.UserRole
COLUMNS = ("visibility", "color", "opacity", "name", "status")
Segmentation = slicer.vtkSegmentation
EVENTS = (
    Segmentation.SegmentAdded,
    Segmentation.SegmentRemoved,
    Segmentation.SegmentModified,
    Segmentation.SegmentsOrderModified,
)


def column_switch(column: str) -> QtCore.Property:
    """A property that shows or hides a column."""
    index = COLUMNS.index(column)

    def get(self: qMRMLSegmentsTableView) -> bool:
        return not self._table.isColumnHidden(index)

    def put(self: qMRMLSegmentsTableView, value: bool) -> None:
        self._table.setColumnHidden(index, not value)

    return QtCore.Property(bool, get, put)


class qMRMLSegmentsTableView(QtWidgets.QWidget):
    """A row a segment; the check mark shows or hides it in the views."""

    selectionChanged = QtCore.Signal(object, object)
    segmentAboutToBeModified = QtCore.Signal(str)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._node: Any = None
        self._listing = False
        self._read_only = False
        self._observations = Observations()
        self._table = QtWidgets.QTableWidget(0, len(COLUMNS))
        self._table.setObjectName("SegmentsTable")
        self._table.setHorizontalHeaderLabels(["Visible", "Color", "Opacity", "Name", "Status"])
        self._table.verticalHeader().hide()
        self._table.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectRows)
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(QtWidgets.QHeaderView.ResizeToContents)
        header.setSectionResizeMode(COLUMNS.index("name"), QtWidgets.QHeaderView.Stretch)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._table)
        self._table.itemChanged.connect(self._edited)
        self._table.selectionModel().selectionChanged.connect(self._selected)

    def setMRMLScene(self, scene: Any) -> None:
        """The segments come by the node."""

    def tableWidget(self) -> QtWidgets.QTableWidget:
        return self._table

    def segmentationNode(self) -> Any:
        return self._node

    def setSegmentationNode(self, node: Any) -> None:
        self._observations.clear()
        self._node = node
        if node is not None:
            for event in EVENTS:
                self._observations.add(node.GetSegmentation(), event, self._changed)
            self._observations.add(node, node.DisplayModifiedEvent, self._changed)
        self._list()

    def _changed(self, *_: Any) -> None:
        if not self._listing:
            self._list()

    def segment_ids(self) -> list[str]:
        """In the segmentation's order."""
        return list(self._node.GetSegmentation().GetSegmentIDs()) if self._node is not None else []

    def _list(self) -> None:
        selected = self.selectedSegmentIDs()
        self._listing = True
        self._table.setRowCount(0)
        for segment_id in self.segment_ids():
            self._add_row(segment_id)
        self.setSelectedSegmentIDs(selected)
        self._listing = False

    def _add_row(self, segment_id: str) -> None:
        segment = self._node.GetSegmentation().GetSegment(segment_id)
        display = self._node.GetDisplayNode()
        row = self._table.rowCount
        self._table.insertRow(row)
        shown = QtWidgets.QTableWidgetItem()
        visible = display is None or display.GetSegmentVisibility(segment_id)
        shown.setCheckState(QtCore.Qt.Checked if visible else QtCore.Qt.Unchecked)
        color = QtWidgets.QTableWidgetItem()
        color.setData(QtCore.Qt.DecorationRole, QtGui.QColor.fromRgbF(*segment.GetColor()))
        opacity = display.GetSegmentOpacity3D(segment_id) if display is not None else 1.0
        cells = (
            shown,
            color,
            QtWidgets.QTableWidgetItem(f"{opacity:.2f}"),
            None,
            QtWidgets.QTableWidgetItem(""),
        )
        name = QtWidgets.QTableWidgetItem(segment.GetName())
        for column, cell in enumerate(cells):
            cell = cell or name
            cell.setData(SEGMENT_ID, segment_id)
            if cell is not shown and (cell is not name or self._read_only):
                cell.setFlags(cell.flags() & ~QtCore.Qt.ItemIsEditable)
            self._table.setItem(row, column, cell)

    def _edited(self, cell: QtWidgets.QTableWidgetItem) -> None:
        if self._listing or self._node is None:
            return
        segment_id = cell.data(SEGMENT_ID)
        if cell.column() == COLUMNS.index("visibility"):
            visible = cell.checkState() == QtCore.Qt.Checked
            self._node.GetDisplayNode().SetSegmentVisibility(segment_id, visible)
        elif cell.column() == COLUMNS.index("name"):
            self.segmentAboutToBeModified.emit(segment_id)
            self._node.GetSegmentation().GetSegment(segment_id).SetName(cell.text())

    def _selected(self, chosen: Any, left: Any) -> None:
        if not self._listing:
            self.selectionChanged.emit(chosen, left)

    def selectedSegmentIDs(self) -> tuple[str, ...]:
        rows = sorted({index.row() for index in self._table.selectionModel().selectedRows()})
        return tuple(self._table.item(row, 0).data(SEGMENT_ID) for row in rows)

    def setSelectedSegmentIDs(self, segment_ids: Any) -> None:
        model = self._table.selectionModel()
        model.clearSelection()
        for row in range(self._table.rowCount):
            if self._table.item(row, 0).data(SEGMENT_ID) in segment_ids:
                flags = QtCore.QItemSelectionModel.Select | QtCore.QItemSelectionModel.Rows
                model.select(self._table.model().index(row, 0), flags)

    def clearSelection(self) -> None:
        self._table.clearSelection()

    def setSelectionMode(self, mode: Any) -> None:
        self._table.setSelectionMode(mode)

    def selectionMode(self) -> Any:
        return self._table.selectionMode

    def _set_read_only(self, value: bool) -> None:
        self._read_only = bool(value)
        self._list()

    def _set_header(self, value: bool) -> None:
        self._table.horizontalHeader().setVisible(value)

    readOnly = QtCore.Property(bool, lambda self: self._read_only, _set_read_only)
    headerVisible = QtCore.Property(bool, lambda self: True, _set_header)
    visibilityColumnVisible = column_switch("visibility")
    colorColumnVisible = column_switch("color")
    opacityColumnVisible = column_switch("opacity")
    statusColumnVisible = column_switch("status")
    filterBarVisible = QtCore.Property(bool, lambda self: False, lambda self, value: None)
    setReadOnly = _set_read_only

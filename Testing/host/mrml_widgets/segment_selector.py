"""qMRMLSegmentSelectorWidget: a segmentation and one of its segments."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtWidgets

from host.mrml_widgets.node_combo_box import qMRMLNodeComboBox
from host.observations import Observations


class qMRMLSegmentSelectorWidget(QtWidgets.QWidget):
    """Two combo boxes, one under the other."""

    currentNodeChanged = QtCore.Signal(object)
    currentSegmentChanged = QtCore.Signal(str)
    mrmlSceneChanged = QtCore.Signal(object)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._observations = Observations()
        self._nodes = qMRMLNodeComboBox()
        self._nodes.nodeTypes = ("vtkMRMLSegmentationNode",)
        self._nodes.addEnabled = False
        self._nodes.removeEnabled = False
        self._segments = QtWidgets.QComboBox()
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._nodes)
        column.addWidget(self._segments)
        self._nodes.currentNodeChanged.connect(self._node_changed)
        self._segments.currentIndexChanged.connect(lambda _: self._emit_segment())

    def setMRMLScene(self, scene: Any) -> None:
        self._nodes.setMRMLScene(scene)
        self.mrmlSceneChanged.emit(scene)

    def currentNode(self) -> Any:
        return self._nodes.currentNode()

    def setCurrentNode(self, node: Any) -> None:
        self._nodes.setCurrentNode(node)

    def currentNodeID(self) -> str:
        return self._nodes.currentNodeID

    def currentSegmentID(self) -> str:
        return self._segments.itemData(self._segments.currentIndex) or "" if self._segments.count else ""

    def setCurrentSegmentID(self, segment_id: str) -> None:
        self._segments.setCurrentIndex(self._segments.findData(segment_id))

    def _emit_segment(self) -> None:
        self.currentSegmentChanged.emit(self.currentSegmentID())

    def _node_changed(self, node: Any) -> None:
        self._observations.clear()
        if node is not None:
            segmentation = node.GetSegmentation()
            for event in (
                segmentation.SegmentAdded,
                segmentation.SegmentRemoved,
                segmentation.SegmentModified,
            ):
                self._observations.add(segmentation, event, self._list)
        self._list()
        self.currentNodeChanged.emit(node)

    def _list(self, *_: Any) -> None:
        before, node = self.currentSegmentID(), self.currentNode()
        self._segments.blockSignals(True)
        self._segments.clear()
        for segment_id in node.GetSegmentation().GetSegmentIDs() if node is not None else ():
            self._segments.addItem(node.GetSegmentation().GetSegment(segment_id).GetName(), segment_id)
        self._segments.setCurrentIndex(max(0, self._segments.findData(before)))
        self._segments.blockSignals(False)
        if self.currentSegmentID() != before:
            self._emit_segment()

    def _set_none_enabled(self, value: bool) -> None:
        self._nodes.noneEnabled = value

    noneEnabled = QtCore.Property(bool, lambda self: self._nodes.noneEnabled, _set_none_enabled)

"""qMRMLSegmentEditorWidget: which segment is edited, how, over which image. No effect paints here."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets

from host.mrml_widgets.node_combo_box import qMRMLNodeComboBox
from host.mrml_widgets.segments_table import qMRMLSegmentsTableView

EFFECTS = (
    "Threshold",
    "Paint",
    "Draw",
    "Erase",
    "Level tracing",
    "Grow from seeds",
    "Fill between slices",
    "Margin",
    "Hollow",
    "Smoothing",
    "Scissors",
    "Islands",
    "Logical operators",
    "Mask volume",
)


class SegmentEditorEffect:
    """An effect's name and parameters; parameters live in the editor node, as in Slicer."""

    def __init__(self, name: str, editor: qMRMLSegmentEditorWidget) -> None:
        self.name = name
        self._editor = editor

    def _key(self, name: str) -> str:
        return f"{self.name}.{name}"

    def setParameter(self, name: str, value: Any) -> None:
        self._editor.mrmlSegmentEditorNode().SetAttribute(self._key(name), str(value))

    def parameter(self, name: str) -> str:
        return self._editor.mrmlSegmentEditorNode().GetAttribute(self._key(name)) or ""

    def integerParameter(self, name: str) -> int:
        return int(self.parameter(name) or 0)

    def doubleParameter(self, name: str) -> float:
        return float(self.parameter(name) or 0)

    setCommonParameter, commonParameter = setParameter, parameter


class qMRMLSegmentEditorWidget(QtWidgets.QWidget):
    """Keeps its choices in the vtkMRMLSegmentEditorNode; so masks and overwrite mode are set there."""

    segmentationNodeChanged = QtCore.Signal(object)
    sourceVolumeNodeChanged = QtCore.Signal(object)
    currentSegmentIDChanged = QtCore.Signal(str)
    activeEffectChanged = QtCore.Signal(object)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setObjectName("SegmentEditorWidget")
        self.autoShowSourceVolumeNode = True
        self.keyboard_shortcuts_installed = False
        self._scene: Any = None
        self._node: Any = None
        self._logic = slicer.vtkSlicerSegmentEditorLogic()
        self._effects = {name: SegmentEditorEffect(name, self) for name in EFFECTS}
        self._segmentation_selector = self._selector("vtkMRMLSegmentationNode")
        self._source_selector = self._selector("vtkMRMLScalarVolumeNode")
        self._table = qMRMLSegmentsTableView()
        self._effect_label = QtWidgets.QLabel()
        form = QtWidgets.QFormLayout(self)
        form.addRow("Segmentation:", self._segmentation_selector)
        form.addRow("Source volume:", self._source_selector)
        form.addRow(self._table)
        form.addRow("Effect:", self._effect_label)
        self._segmentation_selector.currentNodeChanged.connect(self.setSegmentationNode)
        self._source_selector.currentNodeChanged.connect(self.setSourceVolumeNode)

    def _selector(self, node_type: str) -> qMRMLNodeComboBox:
        selector = qMRMLNodeComboBox()
        selector.nodeTypes = (node_type,)
        selector.noneEnabled = True
        selector.addEnabled = False
        selector.removeEnabled = False
        return selector

    def setMRMLScene(self, scene: Any) -> None:
        self._scene = scene
        self._segmentation_selector.setMRMLScene(scene)
        self._source_selector.setMRMLScene(scene)
        self._logic.SetMRMLScene(scene)

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLSegmentEditorNode(self, node: Any) -> None:
        self._node = node
        self._logic.SetSegmentEditorNode(node)
        self.updateWidgetFromMRML()

    def mrmlSegmentEditorNode(self) -> Any:
        return self._node

    def logic(self) -> Any:
        return self._logic

    def updateWidgetFromMRML(self) -> None:
        self._segmentation_selector.setCurrentNode(self.segmentationNode())
        self._source_selector.setCurrentNode(self.sourceVolumeNode())
        if self._table.segmentationNode() is not self.segmentationNode():
            self._table.setSegmentationNode(self.segmentationNode())
        self._table.setSelectedSegmentIDs([self.currentSegmentID()])
        self._effect_label.setText(
            self._node.GetActiveEffectName() or "None" if self._node is not None else ""
        )

    # What is edited

    def segmentationNode(self) -> Any:
        return self._node.GetSegmentationNode() if self._node is not None else None

    def segmentationNodeID(self) -> str:
        node = self.segmentationNode()
        return node.GetID() if node is not None else ""

    def setSegmentationNode(self, node: Any) -> None:
        if self._node is None or node is self.segmentationNode():
            return
        self._node.SetAndObserveSegmentationNode(node)
        ids = node.GetSegmentation().GetSegmentIDs() if node is not None else ()
        self._node.SetSelectedSegmentID(ids[0] if ids else "")
        source = (
            None if node is None else node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole())
        )
        if source is not None:
            self.setSourceVolumeNode(source)
        self.updateWidgetFromMRML()
        self.segmentationNodeChanged.emit(node)

    def setSegmentationNodeID(self, node_id: str) -> None:
        self.setSegmentationNode(self._scene.GetNodeByID(node_id) if node_id else None)

    def sourceVolumeNode(self) -> Any:
        return self._node.GetSourceVolumeNode() if self._node is not None else None

    def sourceVolumeNodeID(self) -> str:
        node = self.sourceVolumeNode()
        return node.GetID() if node is not None else ""

    def setSourceVolumeNode(self, node: Any) -> None:
        """Take the image; it is put into the background of the slice views unless a view shows it already."""
        if self._node is None or node is self.sourceVolumeNode():
            return
        self._node.SetAndObserveSourceVolumeNode(node)
        if node is not None and self.autoShowSourceVolumeNode:
            for composite in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode"):
                shown = (composite.GetBackgroundVolumeID(), composite.GetForegroundVolumeID())
                if node.GetID() not in shown:
                    composite.SetBackgroundVolumeID(node.GetID())
        self.updateWidgetFromMRML()
        self.sourceVolumeNodeChanged.emit(node)

    def setSourceVolumeNodeID(self, node_id: str) -> None:
        self.setSourceVolumeNode(self._scene.GetNodeByID(node_id) if node_id else None)

    def currentSegmentID(self) -> str:
        return (self._node.GetSelectedSegmentID() or "") if self._node is not None else ""

    def setCurrentSegmentID(self, segment_id: str) -> None:
        self._node.SetSelectedSegmentID(segment_id)
        self.updateWidgetFromMRML()
        self.currentSegmentIDChanged.emit(segment_id)

    # Effects

    def availableEffectNames(self) -> tuple[str, ...]:
        return EFFECTS

    def effectByName(self, name: str) -> Any:
        return self._effects.get(name)

    def activeEffect(self) -> Any:
        return self._effects.get(self._node.GetActiveEffectName() or "") if self._node is not None else None

    def setActiveEffect(self, effect: Any) -> None:
        if self._node is not None:
            self._node.SetActiveEffectName(effect.name if effect is not None else "")
            self.updateWidgetFromMRML()
            self.activeEffectChanged.emit(effect)

    def setActiveEffectByName(self, name: str) -> None:
        self.setActiveEffect(self._effects.get(name))

    def updateEffectList(self) -> None:
        """All effects are known from the start."""

    # Undo, shortcuts, looks

    def setMaximumNumberOfUndoStates(self, count: int) -> None:
        self._logic.SetMaximumNumberOfUndoStates(count)

    def saveStateForUndo(self) -> None:
        self._logic.SaveStateForUndo()

    def undo(self) -> None:
        self._logic.Undo()

    def redo(self) -> None:
        self._logic.Redo()

    def installKeyboardShortcuts(self, parent: Any = None) -> None:
        self.keyboard_shortcuts_installed = True

    def uninstallKeyboardShortcuts(self) -> None:
        self.keyboard_shortcuts_installed = False

    def setupViewObservations(self) -> None:
        """No effect listens to the views."""

    removeViewObservations = setupViewObservations

    def setSegmentationNodeSelectorVisible(self, visible: bool) -> None:
        self._segmentation_selector.setVisible(visible)

    def setSourceVolumeNodeSelectorVisible(self, visible: bool) -> None:
        self._source_selector.setVisible(visible)

    def setSwitchToSegmentationsButtonVisible(self, visible: bool) -> None:
        """There is no such button."""

    setEffectNameOrder = setEffectColumnCount = setSwitchToSegmentationsButtonVisible
    # Names from before Slicer 5.2
    masterVolumeNode, setMasterVolumeNode = sourceVolumeNode, setSourceVolumeNode

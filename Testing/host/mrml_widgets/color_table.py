"""qMRMLColorTableComboBox: a node selector for colour tables."""

from __future__ import annotations

from typing import Any

from host.mrml_widgets.node_combo_box import qMRMLNodeComboBox


class qMRMLColorTableComboBox(qMRMLNodeComboBox):
    """Lists Slicer's own tables too, which are hidden elsewhere."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.nodeTypes = ("vtkMRMLColorNode",)
        self.showHidden = True
        self.addEnabled = False
        self.removeEnabled = False

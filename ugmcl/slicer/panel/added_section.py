"""A section with a .ui of its own, placed between the result and the set-up."""

from __future__ import annotations

from typing import Any

import slicer

from ugmcl.slicer.panel.section import Section


class AddedSection(Section):
    """Loads its .ui and binds its settings itself.

    Attributes:
        layout_file: name of the .ui in Resources/UI; every subclass names its own.
    """

    layout_file = ""

    def __init__(self, root: Any, widget: Any) -> None:
        own = slicer.util.loadUI(widget.resourcePath(f"UI/{self.layout_file}"))
        widget.ui.sectionsFrame.layout().addWidget(own)
        own.setMRMLScene(slicer.mrmlScene)
        super().__init__(own, widget)
        self._gui_tag: Any = None

    def connect(self, parameters: Any) -> None:
        super().connect(parameters)
        self._gui_tag = parameters.connectGui(self.ui)

    def disconnect(self) -> None:
        if self.parameters is not None and self._gui_tag is not None:
            self.parameters.disconnectGui(self._gui_tag)
        self._gui_tag = None
        super().disconnect()

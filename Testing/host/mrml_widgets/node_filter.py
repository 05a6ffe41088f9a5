"""Which nodes of the scene a selector lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import slicer


@dataclass
class NodeFilter:
    """By class, attributes and whether hidden nodes count."""

    types: tuple[str, ...] = ()
    hidden_types: tuple[str, ...] = ()
    attributes: list[tuple[str, str, Any]] = field(default_factory=list)
    shows_hidden: bool = False
    shows_children: bool = True

    def nodes(self, scene: Any) -> list[Any]:
        """The nodes that pass, in the scene's order."""
        if scene is None:
            return []
        return [node for node in slicer.util.getNodesByClass("vtkMRMLNode", scene) if self.passes(node)]

    def passes(self, node: Any) -> bool:
        kind = next((kind for kind in self.types if self._is_of(node, kind)), None)
        if kind is None or (node.GetHideFromEditors() and not self.shows_hidden):
            return False
        if any(node.IsA(hidden) for hidden in self.hidden_types):
            return False
        return all(
            (found := node.GetAttribute(name)) is not None and (value is None or found == str(value))
            for name, value in self.attributes_of(kind)
        )

    def _is_of(self, node: Any, kind: str) -> bool:
        return node.IsA(kind) if self.shows_children else node.GetClassName() == kind

    def attributes_of(self, kind: str) -> list[tuple[str, Any]]:
        """The names and values that nodes of class `kind` must have."""
        return [(name, value) for node_type, name, value in self.attributes if node_type == kind]

    def tag(self, kind: str | None) -> str:
        """A word for nodes of the class: "Volume", "Segmentation"."""
        kind = kind or (self.types[0] if self.types else "")
        node = slicer.mrmlScene.CreateNodeByClass(kind) if kind else None
        if node is None:
            return "node"
        node.UnRegister(None)
        return node.GetNodeTagName()

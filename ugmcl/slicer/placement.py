"""Places in the subject hierarchy: a folder for each result, beside the volume it belongs to."""

from __future__ import annotations

from typing import Any

import slicer


def hierarchy() -> Any:
    """The scene's subject hierarchy."""
    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)


def new_folder(name: str, beside: Any) -> int:
    """A folder at the place where the node ``beside`` lies; returns its item id."""
    tree = hierarchy()
    item = tree.GetItemByDataNode(beside)
    parent = tree.GetItemParent(item) if item else tree.GetSceneItemID()
    return int(tree.CreateFolderItem(parent or tree.GetSceneItemID(), name))


def into_folder(node: Any, folder: int) -> None:
    """Put a node's item into a folder; hidden nodes have none."""
    tree = hierarchy()
    if node.GetHideFromEditors():
        return
    item = tree.GetItemByDataNode(node)
    if item:
        tree.SetItemParent(item, folder)
    else:
        tree.CreateItem(folder, node)


def folder_of(node: Any) -> int:
    """The folder that holds a node; 0 for none."""
    tree = hierarchy()
    item = tree.GetItemByDataNode(node)
    parent = tree.GetItemParent(item) if item else 0
    return int(parent) if parent and parent != tree.GetSceneItemID() else 0


def remove_empty_folder(folder: int) -> None:
    """Take a folder away when nothing is left in it."""
    tree = hierarchy()
    if folder and folder != tree.GetSceneItemID() and not tree.GetNumberOfItemChildren(folder):
        tree.RemoveItem(folder)

"""`slicer.app.coreIOManager()`: which storage node reads and writes which file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import slicer


@dataclass(frozen=True)
class Format:
    """A kind of file in Slicer's words."""

    file_type: str
    node_class: str
    storage_class: str
    suffixes: tuple[str, ...]


IMAGE_SUFFIXES = (
    ".nrrd",
    ".nhdr",
    ".nii",
    ".nii.gz",
    ".mha",
    ".mhd",
    ".tif",
    ".tiff",
    ".png",
    ".hdr",
    ".vtk",
)
FORMATS = (
    Format(
        "SegmentationFile",
        "vtkMRMLSegmentationNode",
        "vtkMRMLSegmentationStorageNode",
        (".seg.nrrd", ".seg.vtm"),
    ),
    Format("VolumeFile", "vtkMRMLScalarVolumeNode", "vtkMRMLVolumeArchetypeStorageNode", IMAGE_SUFFIXES),
    Format("ModelFile", "vtkMRMLModelNode", "vtkMRMLModelStorageNode", (".vtp", ".stl", ".ply", ".obj")),
    Format("MarkupsFile", "vtkMRMLMarkupsNode", "vtkMRMLMarkupsJsonStorageNode", (".mrk.json", ".json")),
    Format(
        "TransformFile",
        "vtkMRMLTransformNode",
        "vtkMRMLTransformStorageNode",
        (".h5", ".tfm", ".mat", ".txt"),
    ),
    Format("TableFile", "vtkMRMLTableNode", "vtkMRMLTableStorageNode", (".csv", ".tsv")),
    Format("ColorTableFile", "vtkMRMLColorTableNode", "vtkMRMLColorTableStorageNode", (".ctbl",)),
    Format("SceneFile", "", "", (".mrb", ".mrml")),
)


class FileManager:
    """Reads, writes and names formats as far as the modules' tests need it."""

    def __init__(self, scene: Any) -> None:
        self._scene = scene

    def fileType(self, path: str) -> str:
        """The reader for a file name; "" when none takes it."""
        found = format_of(str(path))
        return found.file_type if found else ""

    def registeredFileReaderCount(self, file_type: str) -> int:
        return sum(known.file_type == file_type for known in FORMATS)

    def loadNodes(
        self, file_type: str, properties: dict[str, Any], loaded: Any = None, messages: Any = None
    ) -> bool:
        """Load one file into the scene; the new nodes are added to the collection `loaded`."""
        path = str(properties["fileName"])
        known = next((entry for entry in FORMATS if entry.file_type == file_type), None)
        if known is None or not os.path.exists(path):
            return False
        if file_type == "SceneFile":
            return bool(self._load_scene(path, properties))
        node = self._read(known, path, properties)
        if node is not None and loaded is not None:
            loaded.AddItem(node)
        return node is not None

    def _load_scene(self, path: str, properties: dict[str, Any]) -> bool:
        if properties.get("clear"):
            self._scene.Clear(0)
        if path.endswith(".mrb"):
            return bool(self._scene.ReadFromMRB(path, False))
        self._scene.SetURL(path)
        return bool(self._scene.Import())

    def _read(self, known: Format, path: str, properties: dict[str, Any]) -> Any:
        name = properties.get("name") or os.path.basename(path)[: -len(suffix_of(path, known))]
        if known.file_type == "VolumeFile":
            return self._read_volume(path, name, properties)
        node = self._scene.AddNewNodeByClass(node_class(known, path), self._scene.GenerateUniqueName(name))
        storage = self._scene.AddNewNodeByClass(known.storage_class)
        storage.SetFileName(path)
        if not storage.ReadData(node):
            self._scene.RemoveNode(storage)
            self._scene.RemoveNode(node)
            return None
        node.SetAndObserveStorageNodeID(storage.GetID())
        if hasattr(node, "CreateDefaultDisplayNodes"):
            node.CreateDefaultDisplayNodes()
        return node

    def _read_volume(self, path: str, name: str, properties: dict[str, Any]) -> Any:
        logic = slicer.modules.volumes.logic()
        options = (1 if properties.get("labelmap") else 0) + (2 if properties.get("center") else 0)
        options += 4 if properties.get("singleFile") else 0
        node = logic.AddArchetypeVolume(path, name, options)
        if node is not None and properties.get("show", True) and not properties.get("labelmap"):
            selection = slicer.app.applicationLogic().GetSelectionNode()
            selection.SetActiveVolumeID(node.GetID())
            slicer.app.applicationLogic().PropagateVolumeSelection()
        return node

    def fileWriterFileType(self, node: Any, *rest: Any) -> str:
        found = format_of_node(node)
        return found.file_type if found else "NoFile"

    def fileWriterExtensions(self, node: Any) -> tuple[str, ...]:
        found = format_of_node(node)
        return tuple(f"{found.file_type} (*{suffix})" for suffix in found.suffixes) if found else ()

    def extractKnownExtension(self, path: str, node: Any) -> str:
        found = format_of_node(node)
        return suffix_of(path, found) if found else os.path.splitext(path)[1]

    def completeSlicerWritableFileNameSuffixes(self, node: Any) -> tuple[str, ...]:
        found = format_of_node(node)
        return found.suffixes if found else ()

    def saveNodes(self, file_type: str, properties: dict[str, Any], messages: Any = None) -> bool:
        """Write a node (properties nodeID, fileName), or the whole scene."""
        path = str(properties["fileName"])
        if file_type == "SceneFile":
            return bool(self._scene.WriteToMRB(path) if path.endswith(".mrb") else self._scene.Commit(path))
        node = self._scene.GetNodeByID(properties["nodeID"])
        storage = node.GetStorageNode() or self._storage_for(node, path)
        storage.SetFileName(path)
        if "useCompression" in properties:
            storage.SetUseCompression(bool(properties["useCompression"]))
        return bool(storage.WriteData(node))

    def _storage_for(self, node: Any, path: str) -> Any:
        node.AddDefaultStorageNode(path)
        return node.GetStorageNode()

    def exportNodes(
        self, node_ids: Any, paths: Any, properties: Any, harden_transform: bool, messages: Any = None
    ) -> bool:
        """Write nodes without touching their own storage nodes."""
        return all(
            self._export(self._scene.GetNodeByID(node_id), str(path), bool(harden_transform))
            for node_id, path in zip(as_list(node_ids), as_list(paths), strict=True)
        )

    def _export(self, node: Any, path: str, harden_transform: bool) -> bool:
        storage = node.CreateDefaultStorageNode()
        storage.UnRegister(None)
        storage.SetFileName(path)
        if not harden_transform or node.GetParentTransformNode() is None:
            return bool(storage.WriteData(node))
        copy = self._scene.AddNewNodeByClass(node.GetClassName())
        copy.Copy(node)
        copy.SetAndObserveTransformNodeID(node.GetTransformNodeID())
        copy.HardenTransform()
        written = bool(storage.WriteData(copy))
        self._scene.RemoveNode(copy)
        return written


def as_list(value: Any) -> list[Any]:
    """One value or several, as a list."""
    return [value] if isinstance(value, str) else list(value)


def format_of(path: str) -> Format | None:
    """The format with the longest suffix that fits."""
    fitting = [known for known in FORMATS if suffix_of(path, known)]
    return max(fitting, key=lambda known: len(suffix_of(path, known)), default=None)


def suffix_of(path: str, known: Format) -> str:
    """The longest of the format's suffixes at the end of `path`; "" when none is."""
    return max((suffix for suffix in known.suffixes if path.lower().endswith(suffix)), key=len, default="")


def format_of_node(node: Any) -> Format | None:
    """The format in which a node is written; a scene's is SceneFile."""
    if node.IsA("vtkMRMLScene"):
        return FORMATS[-1]
    return next((known for known in FORMATS if known.node_class and node.IsA(known.node_class)), None)


def node_class(known: Format, path: str) -> str:
    """The concrete class to make for a file; abstract families take their most common member."""
    concrete = {
        "vtkMRMLMarkupsNode": "vtkMRMLMarkupsFiducialNode",
        "vtkMRMLTransformNode": "vtkMRMLLinearTransformNode",
    }
    return concrete.get(known.node_class, known.node_class)

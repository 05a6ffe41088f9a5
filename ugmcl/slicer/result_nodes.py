"""The nodes of a result: made in steps, tied to each other by references, found again in a loaded scene."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import slicer
from slicer.i18n import tr as _

from ugmcl.slicer import node_making as making
from ugmcl.slicer.placement import folder_of, into_folder, new_folder, remove_empty_folder
from ugmcl.slicer.result_files import ResultArrays
from ugmcl.slicer.surface import is_small, surface_steps

ROLE, MODEL, CREATED, KIND = "UGMCL.Role", "UGMCL.Model", "UGMCL.Created", "UGMCL.Kind"  # attributes
INPUT, UNCERTAINTY, REGIONS, REPORT = "UGMCL.input", "UGMCL.uncertainty", "UGMCL.regions", "UGMCL.report"
MAPS, CORRECTED, REVIEW = "UGMCL.map", "UGMCL.corrected", "UGMCL.review"  # references of the segmentation


@dataclass
class ResultNodes:
    """One result.

    Attributes:
        segmentation: the automatic result, which nobody edits.
        uncertainty: float32 volume 0..1, or None.
        maps: further volumes by kind.
        regions: label-map volume, each voxel's region by rank; or None.
        report: text node with the report as JSON; or None.
        folder: item id of the folder that was made in the subject hierarchy; see `folder_item`.
    """

    segmentation: Any
    uncertainty: Any = None
    maps: dict[str, Any] = field(default_factory=dict)
    regions: Any = None
    report: Any = None
    folder: int = 0

    @classmethod
    def of(cls, segmentation: Any) -> ResultNodes | None:
        """What belongs to a segmentation node; None where it is no result of ours."""
        if segmentation is None or segmentation.GetAttribute(ROLE) != "segmentation":
            return None
        count = segmentation.GetNumberOfNodeReferences(MAPS)
        maps = [segmentation.GetNthNodeReference(MAPS, n) for n in range(count)]
        return cls(
            segmentation,
            segmentation.GetNodeReference(UNCERTAINTY),
            {node.GetAttribute(KIND): node for node in maps if node is not None},
            segmentation.GetNodeReference(REGIONS),
            segmentation.GetNodeReference(REPORT),
        )

    @property
    def folder_item(self) -> int:
        """Item id of the folder that holds the result now; 0 for none (a loaded scene is still settling)."""
        return (folder_of(self.segmentation) if self.segmentation is not None else 0) or self.folder

    def data(self) -> dict[str, Any]:
        """The report; empty where there is none."""
        text = self.report.GetText() if self.report is not None else ""
        return dict(json.loads(text)) if text else {}

    def nodes(self) -> list[Any]:
        """Every node that there is."""
        found = [self.segmentation, self.uncertainty, *self.maps.values(), self.regions, self.report]
        return [node for node in found if node is not None]

    def remove(self) -> None:
        """Take the result out of the scene, and its folder where nothing else is in it."""
        folder = self.folder_item
        for node in self.nodes():
            if node.GetScene() is not None:
                node.GetScene().RemoveNode(node)
        remove_empty_folder(folder)


def all_results() -> list[Any]:
    """The segmentation node of every result in the scene."""
    nodes = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
    return [node for node in nodes if node.GetAttribute(ROLE) == "segmentation"]


def make_result_nodes(
    arrays: ResultArrays,
    input_node: Any,
    *,
    surface: str = "auto",
    smoothing: float = 0.5,
    replace: ResultNodes | None = None,
    time_text: str = "",
) -> Generator[float, None, ResultNodes]:
    """Make the nodes of a result, with the input's parent transform, in a folder beside the input.

    Closed before its end it leaves nothing behind.

    Args:
        arrays: the result, on the input's grid.
        input_node: the volume that was segmented.
        surface: "auto" (at once when small), "always", "never".
        smoothing: of the surface, 0..1.
        replace: an earlier result that goes away when the new one is complete.
        time_text: for the names, "14:32:05".

    Yields:
        The share that is done. Returns the ResultNodes.
    """
    made = ResultNodes(None)
    stem = input_node.GetName() or _("Volume")
    try:
        yield from _make(made, arrays, input_node, stem, time_text)
        if surface == "always" or (surface == "auto" and is_small(arrays.labels_zyx)):
            for share in surface_steps(made.segmentation, smoothing):
                yield 0.5 + 0.5 * share
    except BaseException:  # also when the generator is closed
        made.remove()
        raise
    if replace is not None:
        replace.remove()
    yield 1.0
    return made


def _make(
    made: ResultNodes, arrays: ResultArrays, input_node: Any, stem: str, time_text: str
) -> Iterator[float]:
    """Fill ``made`` node by node, so that what exists can be removed."""

    def named(what: str) -> str:
        return f"{stem} {what} {time_text}".strip()

    made.folder = new_folder(named("result"), input_node)
    made.segmentation = making.segmentation(named("segmentation"), arrays, input_node)
    _describe(made.segmentation, arrays, "segmentation", made, input_node)
    made.segmentation.SetNodeReferenceID(INPUT, input_node.GetID())
    yield 0.2
    made.report = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTextNode", named("report"))
    made.report.SetText(json.dumps(arrays.report))
    made.report.SetForceCreateStorageNode(made.report.CreateStorageNodeNever)
    _describe(made.report, arrays, "report", made, None)
    made.segmentation.SetNodeReferenceID(REPORT, made.report.GetID())
    if arrays.uncertainty is not None:
        made.uncertainty = making.share_volume(named("uncertainty"), arrays.uncertainty, arrays.affine)
        _describe(made.uncertainty, arrays, "uncertainty", made, input_node)
        made.segmentation.SetNodeReferenceID(UNCERTAINTY, made.uncertainty.GetID())
        yield 0.3
    for kind, values in arrays.maps.items():
        made.maps[kind] = making.share_volume(named(kind.replace("_", " ")), values, arrays.affine)
        made.maps[kind].SetAttribute(KIND, kind)
        _describe(made.maps[kind], arrays, "map", made, input_node)
        made.segmentation.AddNodeReferenceID(MAPS, made.maps[kind].GetID())
        yield 0.4
    if arrays.regions is not None:
        made.regions = making.region_volume(named("uncertain regions"), arrays.regions, arrays.affine)
        _describe(made.regions, arrays, "regions", made, input_node)
        made.segmentation.SetNodeReferenceID(REGIONS, made.regions.GetID())
    yield 0.5


def _describe(node: Any, arrays: ResultArrays, role: str, made: ResultNodes, input_node: Any) -> None:
    model = arrays.report.get("model", {})
    node.SetAttribute(MODEL, f"{model.get('name', '')}@{model.get('version', '')}")
    node.SetAttribute(CREATED, str(arrays.report.get("created") or time.strftime("%Y-%m-%dT%H:%M:%S%z")))
    node.SetAttribute(ROLE, role)
    if input_node is not None:
        node.SetAndObserveTransformNodeID(input_node.GetTransformNodeID())
    into_folder(node, made.folder)

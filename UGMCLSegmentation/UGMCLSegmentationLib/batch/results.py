"""Results of a batch brought into the scene: beside their volumes, or as a sequence beside the frames."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from UGMCLSegmentationLib.batch.inputs import BatchCase, image_sequence


def finished(output: Path, name: str) -> dict[str, Any] | None:
    """What the job of a single case would have said of this case; None where it is not finished."""
    try:
        report = json.loads((output / f"{name}_report.json").read_text(encoding="utf-8"))
        return {"name": name, "files": report["files"], "report": report}
    except (OSError, ValueError, KeyError):
        return None


def load_results(cases: Sequence[BatchCase], output: Path, time_text: str) -> Iterator[float]:
    """Make the nodes of every finished case, in steps; yields the share that is done."""
    from ugmcl.slicer.result_files import ResultFiles
    from ugmcl.slicer.result_nodes import make_result_nodes

    for number, case in enumerate(cases):
        result = finished(output, case.name)
        if result is None or slicer.mrmlScene.GetNodeByID(case.volume.GetID() or "") is None:
            continue
        arrays = ResultFiles.read(output, result)
        steps = make_result_nodes(arrays, case.volume, surface="never", replace=None, time_text=time_text)
        for share in steps:
            yield (number + share) / len(cases)


def load_sequence(browser: Any, cases: Sequence[BatchCase], output: Path) -> Iterator[float]:
    """Make a sequence of segmentations that plays with the images; returns the sequence node.

    A frame that failed has an empty segmentation, so that frames keep their places.
    """
    from ugmcl.volumes.segmentation_files import read_segmentation

    images = image_sequence(browser)
    sequence = slicer.mrmlScene.AddNewNodeByClass(
        "vtkMRMLSequenceNode", _("{name} segmentation").format(name=images.GetName())
    )
    sequence.SetIndexName(images.GetIndexName())
    sequence.SetIndexUnit(images.GetIndexUnit())
    for number, case in enumerate(cases):
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", f"{case.name} segmentation")
        result = finished(output, case.name)
        if result is not None:
            label, segments = read_segmentation(output / result["files"]["segmentation"])
            _fill(node, label.array[0], label.affine, segments)
        sequence.SetDataNodeAtValue(node, images.GetNthIndexValue(number))
        slicer.mrmlScene.RemoveNode(node)
        yield (number + 1) / len(cases)
    browser.AddSynchronizedSequenceNode(sequence.GetID())
    return sequence


def _fill(node: Any, labels: Any, affine: Any, segments: Sequence[Any]) -> None:
    from ugmcl.slicer.geometry import set_ijk_to_lps

    grid = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "grid")
    try:
        slicer.util.updateVolumeFromArray(grid, labels)
        set_ijk_to_lps(grid, affine)
        node.SetReferenceImageGeometryParameterFromVolumeNode(grid)
        parts = node.GetSegmentation()
        for segment in segments:
            segment_id = f"segment_{segment.value}"
            parts.AddEmptySegment(segment_id, segment.name, list(segment.color))
            if entry := segment.terminology_entry():
                parts.GetSegment(segment_id).SetTerminology(entry)
            mask = (labels == segment.value).astype("uint8")
            slicer.util.updateSegmentBinaryLabelmapFromArray(mask, node, segment_id, grid)
    finally:
        slicer.mrmlScene.RemoveNode(grid)

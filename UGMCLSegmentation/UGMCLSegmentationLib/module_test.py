"""The module's own test, for a real Slicer and for the host: from the sample to a corrected copy.

Runs by "Reload and Test" in Slicer's developer mode, by ``ctest -R py_UGMCLSegmentation`` and in the host's
tests. It clears the scene first.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import slicer

from UGMCLSegmentationLib.sample_data import SampleNodes, load_sample

MODEL = "hippocampus"
LEAST_DICE = 0.75  # of the sample case with its reference; measured: about 0.9 for both segments

ONLY_IN_SLICER = (
    "the icon in the module list, and the module found by the Extensions Manager's installation",
    "the Sample Data panel with thumbnails, and its cache folder",
    "the installation of torch by PythonSlicer, with its launcher, and Cancel ending the launcher's child",
    "drag and drop, the data tree's menu, DICOM import, the real layouts and their maximise buttons",
    "undo by shortcut in the Segment Editor's own effects",
    "hardware OpenGL: speed of 3D views and of the overlay on large volumes",
    "Windows and macOS: paths, file locks, dark theme, sleep",
)
"""What the host cannot show; docs/slicer-checklist.md has a line for each."""


def run_module_test(say: Callable[[str], None] = print) -> list[str]:
    """Runs every step that this Slicer allows.

    Args:
        say: told what begins.

    Returns:
        The steps that were done; only those before the segmentation where nothing is set up to compute it.

    Raises:
        AssertionError: a step went wrong.
    """
    done = ["sample"]
    slicer.mrmlScene.Clear(0)
    say("Loading the sample")
    sample = load_sample()
    check_sample(sample)
    if not _can_compute():
        say("Left out: segmenting. Set up the computation in the module's panel, then run this test again.")
        return done
    from UGMCLSegmentation import UGMCLSegmentationLogic

    say("Segmenting (the first time loads torch: up to a minute)")
    nodes = UGMCLSegmentationLogic().segment(sample.volume, model=MODEL, wait=True)
    for step in (check_nodes, check_agreement, check_overlay, check_review, check_correction):
        say(step.__doc__.splitlines()[0])
        step(sample, nodes)
        done.append(step.__name__.removeprefix("check_"))
    say("Not tested here: " + "; ".join(ONLY_IN_SLICER))
    return done


def check_sample(sample: SampleNodes) -> None:
    """The image has voxels, the reference both segments by name."""
    assert slicer.util.arrayFromVolume(sample.volume).std() > 0
    assert _names(sample.reference) == ["anterior hippocampus", "posterior hippocampus"]


def check_nodes(sample: SampleNodes, nodes: Any) -> None:
    """The result has the model's segments and its uncertainty lies on the image's grid, from 0 to 1."""
    assert _names(nodes.segmentation) == _names(sample.reference)
    uncertainty = slicer.util.arrayFromVolume(nodes.uncertainty)
    assert uncertainty.dtype == np.float32
    assert uncertainty.shape == slicer.util.arrayFromVolume(sample.volume).shape
    assert uncertainty.min() >= 0
    assert 0.1 < uncertainty.max() <= 1
    report = _report(nodes)
    assert report["model"]["name"] == MODEL
    assert {segment["name"] for segment in report["segments"]} == set(_names(sample.reference))


def check_agreement(sample: SampleNodes, nodes: Any) -> None:
    """Each segment overlaps with the expert's."""
    for name in _names(sample.reference):
        found, expected = (
            _voxels(node, name, sample.volume) for node in (nodes.segmentation, sample.reference)
        )
        dice = 2 * np.count_nonzero(found & expected) / (np.count_nonzero(found) + np.count_nonzero(expected))
        assert dice > LEAST_DICE, f"{name}: Dice {dice:.3f}"


def check_overlay(sample: SampleNodes, nodes: Any) -> None:
    """The overlay can be shown over the image and taken away, with a window from 0 to 1."""
    from ugmcl.slicer.uncertainty_display import apply_display

    settings = {"threshold": 0.2, "opacity": 0.6, "colour_map": "inferno", "legend": True}
    apply_display(nodes, visible=True, **settings)
    display = nodes.uncertainty.GetDisplayNode()
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == (0.0, 1.0)
    shown = [
        composite.GetForegroundVolumeID() for composite in slicer.util.getNodesByClass(_COMPOSITE)
    ]  # without a window there is none
    assert all(node_id == nodes.uncertainty.GetID() for node_id in shown)
    apply_display(nodes, visible=False, **settings)


def check_review(sample: SampleNodes, nodes: Any) -> None:
    """A jump to the first uncertain region brings its slices up and outlines it."""
    from ugmcl.slicer.jump import clear_outline, jump_to, outline_region

    regions = _report(nodes)["regions"]
    if not regions:
        return
    jump_to(regions[0]["center_ras_mm"])
    for slice_node in slicer.util.getNodesByClass("vtkMRMLSliceNode"):
        normal = np.array([slice_node.GetSliceToRAS().GetElement(row, 2) for row in range(3)])
        origin = np.array([slice_node.GetSliceToRAS().GetElement(row, 3) for row in range(3)])
        distance = abs(normal @ (np.asarray(regions[0]["center_ras_mm"]) - origin))
        assert distance < 1.0, f"{slice_node.GetName()} is {distance:.1f} mm away"
    outline_region(nodes, regions[0]["rank"])
    clear_outline()


def check_correction(sample: SampleNodes, nodes: Any) -> None:
    """Corrections go into a copy; the automatic result stays as it is."""
    from ugmcl.slicer.corrected_copy import corrected_copy

    name = _names(nodes.segmentation)[0]
    before = _voxels(nodes.segmentation, name, sample.volume)
    copy = corrected_copy(nodes)
    assert copy.GetID() != nodes.segmentation.GetID()
    copy.GetSegmentation().RemoveSegment(copy.GetSegmentation().GetSegmentIdBySegmentName(name))
    assert (_voxels(nodes.segmentation, name, sample.volume) == before).all()


_COMPOSITE = "vtkMRMLSliceCompositeNode"


def _can_compute() -> bool:
    from ugmcl.slicer.interpreter import find_interpreter

    return find_interpreter().interpreter is not None


def _report(nodes: Any) -> dict[str, Any]:
    return json.loads(nodes.report.GetText())


def _names(segmentation_node: Any) -> list[str]:
    segmentation = segmentation_node.GetSegmentation()
    return sorted(segmentation.GetSegment(name).GetName() for name in segmentation.GetSegmentIDs())


def _voxels(segmentation_node: Any, name: str, volume: Any) -> np.ndarray:
    segment_id = segmentation_node.GetSegmentation().GetSegmentIdBySegmentName(name)
    return slicer.util.arrayFromSegmentBinaryLabelmap(segmentation_node, segment_id, volume) > 0

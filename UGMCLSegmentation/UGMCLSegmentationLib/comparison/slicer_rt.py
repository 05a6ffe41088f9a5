"""A second opinion from SlicerRT's segment comparison, where that extension is installed."""

from __future__ import annotations

from typing import Any

import slicer

from UGMCLSegmentationLib.comparison.matching import Pair


def has_slicer_rt() -> bool:
    """Whether the module Segment Comparison is there."""
    return hasattr(slicer.modules, "segmentcomparison")


def second_opinion(result: Any, reference: Any, volume: Any, pair: Pair) -> dict[str, float | str]:
    """Dice and distances of one pair as SlicerRT computes them.

    Its 95 % distance is taken over sampled boundary points and so differs a little from ours.

    Returns:
        ``dice``, ``hausdorff_max_mm``, ``hausdorff_mean_mm``, ``hausdorff_95_mm``; ``fault`` instead where
        SlicerRT could not compute them.
    """
    logic = slicer.modules.segmentcomparison.logic()
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentComparisonNode")
    try:
        node.SetAndObserveReferenceSegmentationNode(reference)
        node.SetReferenceSegmentID(pair.reference_id)
        node.SetAndObserveCompareSegmentationNode(result)
        node.SetCompareSegmentID(pair.result_id)
        node.SetAndObserveRasterizationReferenceVolumeNode(volume)
        fault = logic.ComputeDiceStatistics(node) or logic.ComputeHausdorffDistances(node)
        if fault:
            return {"fault": str(fault)}
        return {
            "dice": node.GetDiceCoefficient(),
            "hausdorff_max_mm": node.GetMaximumHausdorffDistanceForBoundaryMm(),
            "hausdorff_mean_mm": node.GetAverageHausdorffDistanceForBoundaryMm(),
            "hausdorff_95_mm": node.GetPercent95HausdorffDistanceForBoundaryMm(),
        }
    finally:
        slicer.mrmlScene.RemoveNode(node)

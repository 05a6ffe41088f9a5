"""The uncertainty as a coloured layer over the image in every slice view, with a legend."""

from __future__ import annotations

from typing import Any

import slicer

from ugmcl.slicer.colour_maps import colour_table

LEGEND_SIZE = 0.065, 0.3  # of a view; its texts grow with it, and the default covers a quarter of the image
LEGEND_TITLE = "Uncertainty\n(0 certain, 1 undecided)"


def apply_display(
    nodes: Any, *, visible: bool, threshold: float, opacity: float, colour_map: str, legend: bool
) -> None:
    """Show or hide a result's uncertainty.

    Args:
        nodes: ResultNodes.
        visible: as foreground layer of all slice views.
        threshold: smaller values are not coloured, 0..1.
        opacity: of the layer, 0..1.
        colour_map: one of `COLOUR_MAPS`.
        legend: beside the image, while visible.
    """
    volume = nodes.uncertainty
    if volume is None:
        return
    display = volume.GetScalarVolumeDisplayNode()
    table = colour_table(colour_map)
    if display.GetColorNodeID() != table.GetID():
        display.SetAndObserveColorNodeID(table.GetID())
    display.AutoWindowLevelOff()
    display.SetWindowLevelMinMax(0.0, 1.0)
    display.SetThreshold(threshold, 1.0)
    display.SetApplyThreshold(True)
    for composite in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode"):
        if visible:
            composite.SetForegroundVolumeID(volume.GetID())
            composite.SetForegroundOpacity(opacity)
        elif composite.GetForegroundVolumeID() == volume.GetID():
            composite.SetForegroundVolumeID(None)
    _show_legend(volume, visible and legend)


def set_result_visible(nodes: Any, visible: bool) -> None:
    """The segmentation's outlines and surfaces."""
    nodes.segmentation.SetDisplayVisibility(visible)


def _show_legend(volume: Any, visible: bool) -> None:
    """One legend at a time: those of other results go away."""
    logic = slicer.vtkSlicerColorLogic
    for other in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode"):
        if other is not volume and other.GetAttribute("UGMCL.Role") == "uncertainty":
            shown = logic.GetColorLegendDisplayNode(other)
            if shown is not None:
                shown.SetVisibility(False)
    legend = logic.GetColorLegendDisplayNode(volume)
    if legend is None:
        if not visible:
            return
        legend = logic.AddDefaultColorLegendDisplayNode(volume)
        legend.SetTitleText(LEGEND_TITLE)
        legend.SetLabelFormat("%.1f")
        legend.SetNumberOfLabels(6)
        legend.SetMaxNumberOfColors(256)
        legend.SetSize(*LEGEND_SIZE)
        legend.GetLabelTextProperty().SetFontFamilyToArial()
    legend.SetVisibility(visible)

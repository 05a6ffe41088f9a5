"""The result: one sentence of summary, what is shown of it, overlay and legend, 3D."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from ugmcl.slicer.panel.bindings import ComboBinding
from ugmcl.slicer.panel.section import Section, set_enabled, set_text
from UGMCLSegmentationLib import summary
from UGMCLSegmentationLib.segmentation_run import report_of


class DisplaySection(Section):
    """Result."""

    def __init__(self, root: Any, widget: Any) -> None:
        super().__init__(root, widget)
        from ugmcl.slicer.colour_maps import COLOUR_MAPS

        self.colours = ComboBinding(
            self.ui.colourMapCombo, "colourMap", [(name, name) for name in COLOUR_MAPS]
        )
        self._shown: tuple[Any, ...] = ()
        self._surface_steps: Any = None
        self.ui.showSegmentationCheckBox.connect("toggled(bool)", self._show_segmentation)
        self.ui.show3DButton.connect("clicked(bool)", self._show_3d)

    def connect(self, parameters: Any) -> None:
        super().connect(parameters)
        self._shown = ()
        self.colours.connect(parameters)

    def disconnect(self) -> None:
        if self._surface_steps is not None:
            self._surface_steps.cancel()
            self._surface_steps = None
        self.colours.connect(None)
        super().disconnect()

    def refresh(self) -> None:
        self.colours.show()
        nodes = self.widget.result()
        reason = "" if nodes else _("There is no result yet.")
        overlay = reason
        if nodes and nodes.uncertainty is None:
            overlay = _("This result has no uncertainty volume.")
        for control in (self.ui.showSegmentationCheckBox, self.ui.show3DButton):
            set_enabled(control, reason)
        set_enabled(self.ui.showOverlayCheckBox, overlay)
        hidden = overlay or ("" if self.parameters.showOverlay else _("Tick Uncertainty first."))
        for control in (
            self.ui.overlayThresholdSlider, self.ui.overlayOpacitySlider, self.ui.colourMapCombo,
            self.ui.showLegendCheckBox,
        ):  # fmt: skip
            set_enabled(control, hidden)
        self._show_words(nodes)
        self._show_display(nodes)

    def toggle_overlay(self) -> None:
        """Shows or hides the uncertainty (shortcut U)."""
        if self.parameters is not None:
            self.parameters.showOverlay = not self.parameters.showOverlay

    def _show_words(self, nodes: Any) -> None:
        report = report_of(nodes) if nodes else {}
        if not report:
            set_text(self.ui.summaryLabel, _("There is no result yet."))
            set_text(self.ui.resultModelLabel, "")
            return
        set_text(self.ui.summaryLabel, summary.sentence(report))
        set_text(self.ui.resultModelLabel, summary.origin(report))

    def _show_display(self, nodes: Any) -> None:
        from ugmcl.slicer.uncertainty_display import apply_display

        values = self.parameters
        wanted = {
            "visible": values.showOverlay,
            "threshold": values.overlayThreshold,
            "opacity": values.overlayOpacity,
            "colour_map": values.colourMap,
            "legend": values.showLegend,
        }
        key = (nodes.segmentation.GetID() if nodes else "", *wanted.values())
        if key == self._shown:
            return
        self._shown = key
        if not nodes:
            return
        apply_display(nodes, **wanted)
        display = nodes.segmentation.GetDisplayNode()
        self.ui.showSegmentationCheckBox.setChecked(bool(display and display.GetVisibility()))
        self.ui.show3DButton.setChecked(_has_surface(nodes.segmentation) and bool(display.GetVisibility3D()))

    def _show_segmentation(self, shown: bool) -> None:
        nodes = self.widget.result()
        if nodes:
            nodes.segmentation.SetDisplayVisibility(shown)

    def _show_3d(self, *_args: Any) -> None:
        nodes = self.widget.result()
        if not nodes:
            return
        shown = self.ui.show3DButton.checked
        nodes.segmentation.GetDisplayNode().SetVisibility3D(shown)
        if shown and not _has_surface(nodes.segmentation):
            self._build_surface(nodes.segmentation)

    def _build_surface(self, segmentation: Any) -> None:
        from ugmcl.slicer.steps import StepRunner
        from ugmcl.slicer.surface import surface_steps

        set_enabled(self.ui.show3DButton, _("The surface is being built…"))
        steps = surface_steps(segmentation, self.parameters.smoothing)
        self._surface_steps = StepRunner(steps, lambda _share: None, self._built, self._not_built)

    def _built(self, _value: Any = None) -> None:
        self._surface_steps = None
        set_enabled(self.ui.show3DButton, "")

    def _not_built(self, fault: BaseException) -> None:
        self._built()
        self.ui.show3DButton.setChecked(False)
        self.widget.say(_("The surface could not be built: {fault}").format(fault=fault), "critical")


def _has_surface(segmentation: Any) -> bool:
    return segmentation.GetSegmentation().ContainsRepresentation("Closed surface")

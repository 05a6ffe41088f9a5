"""What is to be segmented and by which model: volumes, model, region of interest, advanced settings."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from ugmcl.models.description import ModelPackage
from ugmcl.slicer.panel.bindings import ComboBinding, TicksBinding
from ugmcl.slicer.panel.section import Section, set_enabled, set_text, show_icon
from UGMCLSegmentationLib import models_list
from UGMCLSegmentationLib.familiarity import doubts
from UGMCLSegmentationLib.parameters import CHANNELS

NEW_REGION_SHARE = 0.6  # of the volume's extent: its handles are well inside of the views


class InputSection(Section):
    """Input and Advanced."""

    def __init__(self, root: Any, widget: Any) -> None:
        super().__init__(root, widget)
        self.model = ComboBinding(self.ui.modelCombo, "model")
        self.device = ComboBinding(
            self.ui.deviceCombo,
            "device",
            [
                ("auto", _("automatic (the fastest that works)")),
                ("cpu", _("processor")),
                ("cuda", _("graphics card (NVIDIA)")),
                ("mps", _("graphics processor (Apple)")),
            ],
        )
        self.surface = ComboBinding(
            self.ui.surfaceCombo,
            "surface",
            [("auto", _("at once when small")), ("always", _("at once")), ("never", _("only on request"))],
        )
        self.segments = TicksBinding(self.ui.segmentsList, "segments")
        self.package: ModelPackage | None = None
        self._looked_at: tuple[Any, ...] = ()
        self._model_shown = ""
        self.ui.drawRegionButton.connect("clicked(bool)", lambda *_a: self.draw_region())
        self.reload_models()

    def reload_models(self) -> None:
        """List what is installed now."""
        self._packages: dict[str, ModelPackage | None] = {}
        self.model.set_choices(models_list.choices())

    def enter(self) -> None:
        """A model may have come or gone while another module was shown."""
        self.reload_models()
        if self.parameters is not None:
            if not self.parameters.model:
                self.parameters.model = self._first_model()
            self.refresh()

    def connect(self, parameters: Any) -> None:
        super().connect(parameters)
        self._looked_at = ()
        self._model_shown = parameters.model  # "": what the model advises is still to be taken over
        if not parameters.model:
            parameters.model = self._first_model()
        for binding in (self.model, self.device, self.surface, self.segments):
            binding.connect(parameters)

    def disconnect(self) -> None:
        for binding in (self.model, self.device, self.surface, self.segments):
            binding.connect(None)
        super().disconnect()

    def refresh(self) -> None:
        for binding in (self.model, self.device, self.surface):
            binding.show()
        self.package = self._package(self.parameters.model)
        self._follow_advice()
        self.segments.set_names([s.name for s in self.package.segments] if self.package else [])
        self.segments.show()
        self._show_channels()
        self._show_model()
        self._show_region()
        self._show_familiarity()

    def _follow_advice(self) -> None:
        """A model chosen just now ticks the clean-up that its maker advises; a saved scene keeps its own."""
        if self.package is not None and self.parameters.model != self._model_shown:
            self._model_shown = self.parameters.model
            self.parameters.largestComponent = self.package.one_piece

    def draw_region(self) -> None:
        """A new box in the middle of the volume, to be dragged by its handles."""
        volume = self.parameters.inputVolume
        roi = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", _("Region of interest"))
        roi.CreateDefaultDisplayNodes()
        bounds = [0.0] * 6
        volume.GetRASBounds(bounds)
        low, high = bounds[0::2], bounds[1::2]
        roi.SetCenterWorld([(a + b) / 2 for a, b in zip(low, high, strict=True)])
        roi.SetSize([NEW_REGION_SHARE * (b - a) for a, b in zip(low, high, strict=True)])
        self.parameters.region = roi
        self.parameters.useRegion = True

    def _first_model(self) -> str:
        return next((model_id for model_id in self.model.values if self._package(model_id)), "")

    def _package(self, model_id: str) -> ModelPackage | None:
        if model_id not in self._packages:
            self._packages[model_id] = models_list.package_of(model_id)
        return self._packages[model_id]

    def _show_channels(self) -> None:
        """A selector for each of the model's channels, by the channel's name where there are several."""
        names = self.package.input.channels if self.package else ("",)
        for number, parameter in enumerate(CHANNELS):
            label = getattr(self.ui, f"{parameter}Label")
            shown = number < max(1, len(names))
            label.setVisible(shown)
            getattr(self.ui, f"{parameter}Selector").setVisible(shown)
            if shown:
                label.setText(_("{name}:").format(name=names[number]) if len(names) > 1 else _("Volume:"))

    def _show_model(self) -> None:
        if self.package is not None:
            set_text(self.ui.modelInfoLabel, models_list.details(self.package, self._expected_s()))
            return
        if self.parameters.model:
            text = _("The model {name} is not on this computer, or is damaged.")
            set_text(self.ui.modelInfoLabel, text.format(name=self.parameters.model))
        else:
            set_text(self.ui.modelInfoLabel, _("No model is installed."))

    def _expected_s(self) -> float | None:
        from ugmcl.slicer.expected_time import expected_seconds

        volume = self.parameters.inputVolume
        if volume is None or volume.GetImageData() is None:
            return None
        nx, ny, nz = volume.GetImageData().GetDimensions()
        return expected_seconds(self.package.id, nx * ny * nz) if self.package else None

    def _show_region(self) -> None:
        no_volume = "" if self.parameters.inputVolume else _("Choose a volume first.")
        set_enabled(self.ui.drawRegionButton, no_volume)
        set_enabled(
            self.ui.regionSelector,
            ""
            if self.parameters.useRegion
            else _("Tick the box in front of it to use a region of interest."),
        )
        hint = ""
        if self.parameters.useRegion and self.parameters.region is None:
            hint = _("Choose a region of interest, or draw one.")
        elif self.parameters.useRegion:
            hint = _("Drag the handles of the box in the views; outside of it nothing is segmented.")
        set_text(self.ui.regionHintLabel, hint)

    def _show_familiarity(self) -> None:
        if self.package is None:
            self._looked_at = ()
            self._show_doubts([])
            return
        count = len(self.package.input.channels)
        volumes = [getattr(self.parameters, name) for name in CHANNELS[:count]]
        key = (self.package.id, *((v and (v.GetID(), v.GetMTime(), _voxels_time(v))) for v in volumes))
        if key != self._looked_at:
            self._looked_at = key
            self._show_doubts(doubts(volumes, self.package.input))

    def _show_doubts(self, sentences: list[str]) -> None:
        text = ""
        if sentences:
            head = _(
                "This volume does not look like what the model was trained on; check the result with care."
            )
            text = "\n".join([head, *(f"{sentence}." for sentence in sentences)])
        set_text(self.ui.familiarityLabel, text)
        show_icon(self.ui.familiarityIconLabel, "warning" if text else "")


def _voxels_time(volume: Any) -> int:
    image = volume.GetImageData()
    return image.GetMTime() if image is not None else 0

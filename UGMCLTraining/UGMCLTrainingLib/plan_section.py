"""Model and settings: what the training begins with, how long, and every setting for those who want it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.models.description import ModelPackage
from ugmcl.models.library import list_models
from ugmcl.slicer.panel.added_section import AddedSection
from ugmcl.slicer.panel.bindings import ComboBinding
from ugmcl.slicer.panel.section import sentence, set_text, show_icon
from ugmcl.slicer.short_job import ShortJob
from UGMCLTrainingLib.plan.files import read_settings_file, write_settings_file
from UGMCLTrainingLib.plan.form import SettingsForm
from UGMCLTrainingLib.plan.request import TrainingRequest
from UGMCLTrainingLib.plan.schema import presets

CHECK_MS = 400  # after the last change, before the settings are checked
FROM_MODEL = ("width", "norm")  # of the network; never the user's where there is a starting model
INPUT_RULES = ("spacing_mm", "normalisation", "clip_percentiles")


class PlanSection(AddedSection):
    """Model and settings.

    Attributes:
        fault: why the settings cannot be trained with, as the check said; "" when they can.
        effective: every value as the last check put it together, or None before.
    """

    layout_file = "UGMCLTrainingPlan.ui"

    def __init__(self, root: Any, widget: Any) -> None:
        super().__init__(root, widget)
        self.fault, self.effective = "", None
        self._job: ShortJob | None = None
        self._checked: Any = None
        self._models: dict[str, ModelPackage] = {}
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(CHECK_MS)
        self._timer.connect("timeout()", self.check)
        ui = self.ui
        self.model = ComboBinding(ui.planModelCombo, "startModel")
        self.budget = ComboBinding(ui.planBudgetCombo, "budget", _budgets())
        self.device = ComboBinding(ui.planDeviceCombo, "device", _devices())
        self.preset = ComboBinding(
            ui.planPresetCombo, "preset", [(name, _preset(name)) for name in presets()]
        )
        self.form = SettingsForm(ui.planFirstLayout, ui.planMoreLayout, self._own_changed)
        ui.planControlCheckBox.connect("toggled(bool)", lambda on: self._set("control", bool(on)))
        ui.planPreviewSpinBox.connect("valueChanged(int)", lambda n: self._set("previewEvery", int(n)))
        for button, call in (
            (ui.planResetButton, self.reset),
            (ui.planLoadButton, self._ask_load),
            (ui.planSaveButton, self._ask_save),
        ):
            button.connect("clicked(bool)", lambda *_a, call=call: call())
        self._say("")
        self.reload_models()

    def reload_models(self) -> None:
        """List what is installed now."""
        found = [entry for entry in list_models() if entry.package]
        self._models = {entry.id: entry.package for entry in found if entry.package}
        lines = {
            entry.id: _("{title}, version {version}").format(title=entry.title, version=entry.version)
            for entry in sorted(found, key=lambda entry: (entry.title.casefold(), entry.version))
        }
        self.model.set_choices([*lines.items(), ("", _("nothing: train from the beginning"))])

    def connect(self, parameters: Any) -> None:
        super().connect(parameters)
        for binding in (self.model, self.budget, self.device, self.preset):
            binding.connect(parameters)

    def disconnect(self) -> None:
        self._timer.stop()
        for binding in (self.model, self.budget, self.device, self.preset):
            binding.connect(None)
        super().disconnect()

    def enter(self) -> None:
        self.reload_models()
        self.refresh()

    def cleanup(self) -> None:
        self._timer.stop()
        if self._job is not None:
            self._job.abandon()

    # --- for the other sections

    def package(self) -> ModelPackage | None:
        """The chosen model to begin with."""
        return self._models.get(self.parameters.startModel)

    def own(self) -> dict[str, Any]:
        """Values that differ from the preset."""
        try:
            values = json.loads(self.parameters.settingsJson or "{}")
        except ValueError:
            return {}
        return dict(values) if isinstance(values, dict) else {}

    def request(self, iterations: int | None = None) -> TrainingRequest:
        """The training as the panel describes it; ``iterations`` of a budget."""
        settings = {**self.own(), "device": self.parameters.device}
        if iterations is not None:
            settings["iterations"] = iterations
        if self.parameters.previewEvery:
            settings["preview_every"] = self.parameters.previewEvery
        return TrainingRequest(
            self.widget.project(),
            self.parameters.startModel,
            self.parameters.preset,
            settings,
            self.parameters.control,
            self.parameters.runName,
        )

    # --- painting

    def refresh(self) -> None:
        for binding in (self.model, self.budget, self.device, self.preset):
            binding.show()
        self.ui.planControlCheckBox.setChecked(self.parameters.control)
        self.ui.planPreviewSpinBox.setValue(self.parameters.previewEvery)
        package = self.package()
        taken = {} if package is None else _of_the_model(package)
        self.form.show(self.parameters.preset, self.own(), taken)
        set_text(self.ui.planModelTextLabel, _about(package))
        state = (
            self.parameters.startModel, self.parameters.preset, self.parameters.settingsJson,
            self.parameters.device, self._segments_of_project(),
        )  # fmt: skip
        if state != self._checked:
            self._checked = state
            self._timer.start()

    def check(self) -> None:
        """Put the settings together in the background: what does not fit is said before the start."""
        if self.parameters is None or not self.widget.logic.can_compute():
            return
        if self._job is not None:
            self._timer.start()  # after the one at work
            return
        project = self.widget.project()
        request = self.request()
        arguments: dict[str, Any] = {
            "preset": request.preset,
            "settings": request.settings,
            "start": request.start or None,
        }
        if project is not None and project.segments and project.cases and request.start:
            arguments |= {"dataset": str(project.manifest), "allow_outside": True}
        self._job = ShortJob("settings", arguments, self._fit, self._do_not_fit)
        try:
            self._job.start()
        except UserError as fault:
            self._do_not_fit(sentence(fault))

    @property
    def checking(self) -> bool:
        """Whether the settings are being checked, or soon will be."""
        return self._job is not None or self._timer.active

    def _fit(self, result: dict[str, Any]) -> None:
        self._job, self.fault, self.effective = None, "", result["settings"]
        self._say("")
        set_text(self.ui.planSegmentsLabel, _segments_words(result.get("segments") or {}))
        self.widget.refresh_soon()

    def _do_not_fit(self, text: str) -> None:
        self._job, self.fault = None, text
        self._say(text)
        self.widget.refresh_soon()

    def _say(self, text: str) -> None:
        set_text(self.ui.planMessageLabel, text)
        show_icon(self.ui.planMessageIconLabel, "critical" if text else "")

    # --- changing

    def reset(self) -> None:
        """Forget every value that differs from the preset."""
        self.parameters.settingsJson = "{}"

    def load(self, path: Path) -> None:
        """Preset and values from a settings file."""
        try:
            preset, values = read_settings_file(path)
        except UserError as fault:
            self._say(sentence(fault))
            return
        if preset:
            self.parameters.preset = preset
        self.parameters.settingsJson = json.dumps(values, sort_keys=True)
        if "iterations" in values:
            self.parameters.budget = "own"

    def save(self, path: Path) -> None:
        """Preset and values that differ as a settings file."""
        try:
            write_settings_file(path, self.parameters.preset, self.own())
        except UserError as fault:
            self._say(sentence(fault))

    def _ask_load(self) -> None:
        kinds = _("Settings (*.json *.toml)")
        chosen = qt.QFileDialog.getOpenFileName(self.root, _("Load settings"), "", kinds)
        if path := _first(chosen):
            self.load(Path(path))

    def _ask_save(self) -> None:
        chosen = qt.QFileDialog.getSaveFileName(
            self.root, _("Save settings"), "settings.json", "JSON (*.json)"
        )
        if path := _first(chosen):
            self.save(Path(path))

    def _own_changed(self, own: dict[str, Any]) -> None:
        self.parameters.settingsJson = json.dumps(own, sort_keys=True)
        if "iterations" in own:
            self.parameters.budget = "own"

    def _set(self, name: str, value: Any) -> None:
        if self.parameters is not None and getattr(self.parameters, name) != value:
            setattr(self.parameters, name, value)

    def _segments_of_project(self) -> tuple[Any, ...]:
        project = self.widget.project()
        if project is None:
            return ()
        return str(project.folder), len(project.cases), tuple(s.name for s in project.segments)


def _about(package: ModelPackage | None) -> str:
    if package is None:
        return _("Without a model to begin with, a few labelled cases are seldom enough.")
    names = ", ".join(segment.name for segment in package.segments)
    return _("Finds {structures} in {modality} images. Licence: {licence}.").format(
        structures=names, modality=package.input.modality or _("all kinds of"), licence=package.licence or "–"
    )


def _segments_words(segments: dict[str, list[str]]) -> str:
    """What becomes of the model's structures."""
    parts = []
    if segments.get("new"):
        parts.append(_("New, begins untrained: {names}.").format(names=", ".join(segments["new"])))
    if segments.get("dropped"):
        parts.append(
            _("The new model will not find any more: {names}.").format(names=", ".join(segments["dropped"]))
        )
    return " ".join(parts)


def _of_the_model(package: ModelPackage) -> dict[str, Any]:
    """Settings that a starting model decides."""
    arguments = package.network["arguments"]
    taken = {name: arguments[name] for name in FROM_MODEL if name in arguments}
    spec = package.input
    taken["spacing_mm"] = list(spec.spacing_mm) if spec.spacing_mm else "keep"
    taken["normalisation"] = spec.normalisation.kind
    clip = spec.normalisation.clip_percentiles
    taken["clip_percentiles"] = None if clip is None else list(clip)
    return taken


def _budgets() -> list[tuple[str, str]]:
    return [
        ("quick", _("Quick (about ten minutes)")),
        ("standard", _("Standard (about an hour)")),
        ("thorough", _("Thorough (some hours)")),
        ("own", _("Own number of iterations (Advanced)")),
    ]


def _devices() -> list[tuple[str, str]]:
    return [
        ("auto", _("automatic (the fastest that works)")),
        ("cpu", _("processor")),
        ("cuda", _("graphics card (NVIDIA)")),
        ("mps", _("graphics processor (Apple)")),
    ]


def _preset(name: str) -> str:
    words = {
        "fine-tune": _("fine-tune: for a site's own data"),
        "plus": _("plus: best figures, more time"),
        "paper": _("paper: as published"),
    }
    return words.get(name, name)


def _first(chosen: Any) -> str:
    """PythonQt gives the path, PySide a pair with the filter."""
    return str(chosen[0] if isinstance(chosen, tuple) else chosen or "")

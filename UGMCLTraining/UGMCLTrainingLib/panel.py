"""The Training module's widget: which project and which run the sections speak of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ugmcl.errors import UserError
from ugmcl.slicer.panel.module_panel import ModulePanel
from ugmcl.slicer.panel.section import sentence, set_text, show_icon


class TrainingPanel(ModulePanel):
    """The panel."""

    layout_file = "UGMCLTraining.ui"

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._project: tuple[str, Any] = ("", None)

    def section_kinds(self) -> Any:
        from UGMCLTrainingLib.sections import SECTIONS

        return SECTIONS

    def setup(self) -> None:
        """Called by Slicer once, when the module is opened first."""
        super().setup()
        self.say("")
        self.ui.setUpButton.connect("clicked(bool)", lambda *_a: self.open_set_up())

    def refresh(self) -> None:
        """Every section shows the settings."""
        super().refresh()
        if self.parameters is not None:
            self.ui.setUpFrame.setVisible(not self.logic.can_compute())

    # --- for the sections

    def project(self) -> Any:
        """The Project that is open, or None; a fault of its folder is said in the panel."""
        folder = self.parameters.projectFolder if self.parameters is not None else ""
        if folder != self._project[0]:
            self._project = (folder, self._open(folder) if folder else None)
        return self._project[1]

    def use_project(self, project: Any) -> None:
        """Work with this Project, or with none."""
        self._project = ("" if project is None else str(project.folder), project)
        self.parameters.projectFolder = self._project[0]
        self.project_changed()

    def project_changed(self) -> None:
        """Its cases were changed: every section looks again, soon."""
        self.refresh_soon()

    def run(self) -> Path | None:
        """Folder of the run that is shown."""
        chosen = self.parameters.selectedRun if self.parameters is not None else ""
        return Path(chosen) if chosen else None

    def select_run(self, folder: Path | None) -> None:
        """Show this run."""
        self.parameters.selectedRun = "" if folder is None else str(folder)
        self.refresh_soon()

    def say(self, text: str, kind: str = "information") -> None:
        """A line for the user at the panel's top."""
        set_text(self.ui.messageLabel, text)
        show_icon(self.ui.messageIconLabel, kind if text else "")

    def open_set_up(self) -> None:
        """The computation is set up in the Segmentation module; it serves both."""
        import slicer

        slicer.util.selectModule("UGMCLSegmentation")
        slicer.modules.UGMCLSegmentationWidget.open_set_up(ask=True)

    # --- scene

    def scene_changed(self) -> None:
        self._project = ("", None)

    def _open(self, folder: str) -> Any:
        from UGMCLTrainingLib.cases.project import Project

        try:
            return Project.open(Path(folder))
        except UserError as fault:
            self.say(sentence(fault), "critical")
            return None

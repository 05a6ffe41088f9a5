"""The three ways to add cases, each in a frame that its button opens; and labels that were handed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ctk
import slicer
from slicer.i18n import tr as _

from ugmcl.slicer.panel.section import set_enabled, set_text
from UGMCLTrainingLib.cases import handed_over
from UGMCLTrainingLib.cases.from_scene import SceneCase
from UGMCLTrainingLib.cases.project import Project
from UGMCLTrainingLib.ranking.correction import CASE, PROJECT

SELECTORS = ("casesImageSelector", "casesImageSelector2", "casesImageSelector3", "casesImageSelector4")


class AddingFrames:
    """The frames; ``ui`` has their children, ``changed`` is called when a choice in them was changed."""

    def __init__(self, ui: Any, changed: Any) -> None:
        self.ui = ui
        self.waiting: list[handed_over.HandedOver] = []
        self._pages = {
            ui.casesSceneButton: ui.casesSceneFrame,
            ui.casesFolderButton: ui.casesFolderFrame,
            ui.casesFilesButton: ui.casesFilesFrame,
        }
        for button in self._pages:
            button.connect("clicked(bool)", lambda *_a, pressed=button: self._open(pressed))
        # with Files among the filters its browse button could choose no folder; a file's path can be typed
        ui.casesSourceEdit.filters = ctk.ctkPathLineEdit.Dirs
        for edit in (ui.casesImageFileEdit, ui.casesLabelFileEdit):
            edit.filters = ctk.ctkPathLineEdit.Files
        for edit in (ui.casesSourceEdit, ui.casesImageFileEdit, ui.casesLabelFileEdit):
            edit.connect("currentPathChanged(QString)", changed)
        for name in (*SELECTORS, "casesLabelSelector"):
            getattr(ui, name).connect("currentNodeChanged(vtkMRMLNode*)", changed)
        self._open(None)

    def show(self, project: Project | None, channels: tuple[str, ...], reason: str) -> None:
        """Controls for these channels of a case; ``reason`` says why nothing can be added now."""
        for button in self._pages:
            set_enabled(button, reason)
        names = channels or ("",)
        for number, name in enumerate(SELECTORS):
            shown = number < len(names)
            label = getattr(self.ui, name.replace("Selector", "Label"))
            getattr(self.ui, name).setVisible(shown)
            label.setVisible(shown)
            if shown and len(names) > 1:
                label.setText(_("{name}:").format(name=names[number]))
        images = self.images(len(names))
        missing = "" if all(images) else _("Choose a volume for every channel.")
        set_enabled(self.ui.casesAddSceneButton, reason or missing)
        self.ui.casesAddAllButton.setVisible(len(names) == 1)
        none = "" if project is None or self.open_volumes(project) else _("All volumes are cases already.")
        set_enabled(self.ui.casesAddAllButton, reason or none)
        chosen = _path(self.ui.casesSourceEdit)
        folder = "" if chosen is not None and chosen.exists() else _("Choose a folder or manifest.")
        set_enabled(self.ui.casesAddFolderButton, reason or folder)
        file = _path(self.ui.casesImageFileEdit)
        image = "" if file is not None and file.exists() else _("Choose an image.")
        set_enabled(self.ui.casesAddFilesButton, reason or image)
        self._show_handed_over(project, reason)

    def images(self, count: int) -> tuple[Any, ...]:
        """The volumes that are chosen, None where none is."""
        return tuple(getattr(self.ui, name).currentNode() for name in SELECTORS[:count])

    def scene_case(self, count: int) -> SceneCase:
        """The case that is chosen from the scene."""
        return SceneCase(self.images(count), self.ui.casesLabelSelector.currentNode())

    def source(self) -> Path:
        """The folder or manifest that is chosen."""
        return Path(self.ui.casesSourceEdit.currentPath.strip())

    def files(self) -> tuple[Path, Path | None]:
        """The image's file and the label's that are chosen."""
        return Path(self.ui.casesImageFileEdit.currentPath.strip()), _path(self.ui.casesLabelFileEdit)

    def open_volumes(self, project: Project) -> list[SceneCase]:
        """Every volume that is no case yet, with the only segmentation that was drawn on it."""
        cases = []
        drawn = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
        for volume in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode"):
            if volume.GetClassName() != "vtkMRMLScalarVolumeNode" or volume.GetAttribute("UGMCL.Role"):
                continue
            if volume.GetHideFromEditors() or volume.GetImageData() is None:
                continue
            if _is_case(project, volume):
                continue
            role = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
            own = [
                node
                for node in drawn
                if node.GetNodeReference(role) is volume and not node.GetAttribute("UGMCL.Role")
            ]
            cases.append(SceneCase((volume,), own[0] if len(own) == 1 else None))
        return cases

    def _show_handed_over(self, project: Project | None, reason: str) -> None:
        self.waiting = [] if project is None else handed_over.waiting(project)
        self.ui.casesHandedFrame.setVisible(bool(self.waiting))
        names = ", ".join(waits.label.GetName() for waits in self.waiting)
        set_text(
            self.ui.casesHandedLabel,
            _("Handed over by UG-MCL Segmentation: {names}.").format(names=names) if names else "",
        )
        set_enabled(self.ui.casesHandedButton, reason)

    def _open(self, pressed: Any) -> None:
        for button, frame in self._pages.items():
            opened = button is pressed and button.checked
            button.setChecked(opened)
            frame.setVisible(opened)


def _is_case(project: Project, volume: Any) -> bool:
    if volume.GetAttribute(PROJECT) != str(project.folder):
        return False
    return any(case.id == volume.GetAttribute(CASE) for case in project.cases)


def _path(edit: Any) -> Path | None:
    text = edit.currentPath.strip()
    return Path(text) if text else None

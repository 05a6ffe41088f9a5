"""Cases: the project's folder, adding, roles, checks, and what values of labels mean."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ctk
import qt
import slicer
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.models.description import ModelPackage
from ugmcl.slicer.background import Background
from ugmcl.slicer.panel.added_section import AddedSection
from ugmcl.slicer.panel.section import sentence, set_enabled, set_text, show_icon
from ugmcl.slicer.steps import StepRunner
from UGMCLTrainingLib.cases.adding_frames import AddingFrames
from UGMCLTrainingLib.cases.check_timing import CheckTiming
from UGMCLTrainingLib.cases.first_segments import segments_to_begin_with
from UGMCLTrainingLib.cases.from_disk import Found, add_found, find_cases, single_case
from UGMCLTrainingLib.cases.from_scene import add_steps
from UGMCLTrainingLib.cases.meanings_frame import MeaningsFrame, rows_of
from UGMCLTrainingLib.cases.project import Project
from UGMCLTrainingLib.cases.segments_words import segments_words, unused_segments
from UGMCLTrainingLib.cases.start_model import StartModel
from UGMCLTrainingLib.cases.table import CaseTable
from UGMCLTrainingLib.cases.words import counts_words, finding_lines, role_words, severity_of
from UGMCLTrainingLib.ranking.correction import CASE, PROJECT

ICONS = {"error": "critical", "warning": "warning", "note": "information", "": ""}
BAR = 1000


class CasesSection(AddedSection):
    """The case table and all around it.

    Attributes:
        adding: cases are being added: a StepRunner or a Background; None at rest.
        checks: when and how the project is checked.
    """

    layout_file = "UGMCLTrainingCases.ui"

    def __init__(self, root: Any, widget: Any) -> None:
        super().__init__(root, widget)
        self.adding: Any = None
        self._observers: list[int] = []
        self.model = StartModel()
        self.table = CaseTable(self.ui.casesTable, self.set_role, self.rename, self._show_details)
        self.meanings = MeaningsFrame(self.ui)
        self.frames = AddingFrames(self.ui, widget.refresh_soon)
        self.checks = CheckTiming(self._checked, self._show_progress)
        self.ui.casesFolderEdit.filters = ctk.ctkPathLineEdit.Dirs
        self.ui.casesFolderEdit.connect("currentPathChanged(QString)", widget.refresh_soon)
        self.ui.casesRoleCombo.addItem(_("Set role to…"))
        for words in role_words().values():
            self.ui.casesRoleCombo.addItem(words)
        self.ui.casesRoleCombo.connect("activated(int)", self._role_for_selection)
        for name, call in (
            ("casesOpenButton", self.open_folder),
            ("casesAddSceneButton", self.add_chosen),
            ("casesAddAllButton", self.add_all),
            ("casesAddFolderButton", self.add_folder),
            ("casesAddFilesButton", self.add_files),
            ("casesHandedButton", self.add_handed_over),
            ("casesCancelButton", self.cancel),
            ("casesRemoveButton", self.remove),
            ("casesValidationButton", self.suggest_validation),
            ("casesCheckButton", self.check),
            ("casesMeaningsButton", self.apply_meanings),
            ("casesAllMeaningsButton", self.refresh),
            ("casesDropButton", self.drop_segments),
        ):
            getattr(self.ui, name).connect("clicked(bool)", lambda *_a, call=call: call())
        self._say("")

    # --- life

    def connect(self, parameters: Any) -> None:
        super().connect(parameters)
        scene = slicer.mrmlScene
        for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent):
            self._observers.append(scene.AddObserver(event, self.widget.refresh_soon))
        if parameters.projectFolder:
            self.ui.casesFolderEdit.setCurrentPath(parameters.projectFolder)

    def disconnect(self) -> None:
        self.cleanup()
        super().disconnect()

    def enter(self) -> None:
        self._read_again()

    def cleanup(self) -> None:
        for observer in self._observers:
            slicer.mrmlScene.RemoveObserver(observer)
        self._observers = []
        self.cancel()
        self.checks.stop()

    @property
    def project(self) -> Project | None:
        """The project that is open."""
        found: Project | None = self.widget.project() if self.parameters is not None else None
        return found

    def refresh(self) -> None:
        if self.parameters is None:
            return
        project, package = self.project, self.model.package(self.parameters.startModel)
        if project is not None and self.adding is None:
            self._begin_segments(project, package)
            self.checks.follow(project, package)
        self._show_folder(project)
        reason = "" if project is not None else _("Open a project folder first.")
        busy = _("Cases are being added.") if self.adding is not None else ""
        self.frames.show(project, self._channels(project, package), reason or busy)
        self.table.show(project.cases if project else [], self.checks.is_fresh)
        self.ui.casesCountsLabel.setText(counts_words(project) if project else "")
        self._show_progress()
        self._show_details()
        self._show_meanings(project, package)
        rest = reason or ("" if project and project.cases else _("Add cases first."))
        for control in (self.ui.casesValidationButton, self.ui.casesCheckButton):
            set_enabled(control, rest)

    # --- the project

    def open_folder(self) -> None:
        """Open the project in the folder that is typed, or make one there."""
        folder = Path(self.ui.casesFolderEdit.currentPath.strip()).expanduser()

        def act() -> None:
            kind = Project.open if (folder / "dataset.json").exists() else Project.create
            self.widget.use_project(kind(folder))

        self._try(act)

    def _read_again(self) -> None:
        """Another program wrote the project: read what it wrote."""
        project = self.project
        if project is None or self.adding is not None or not project.changed_on_disk():
            return

        def act() -> None:
            self.widget.use_project(Project.open(project.folder))
            self._say(_("The project was changed by another program and was read again."), "information")

        self._try(act)

    def _begin_segments(self, project: Project, package: ModelPackage | None) -> None:
        segments = segments_to_begin_with(project, package)
        if segments is not None and tuple(segments) != project.segments:
            self._try(lambda: project.set_segments(segments))

    # --- adding

    def add_chosen(self) -> None:
        """The case that is chosen from the scene."""
        count = len(self._channels(self.project, self.model.now)) or 1
        self._add_from_scene([self.frames.scene_case(count)])

    def add_all(self) -> None:
        """Every volume of the scene that is no case yet."""
        self._add_from_scene(self.frames.open_volumes(self.project))

    def add_handed_over(self) -> None:
        """What the Segmentation module handed over."""
        self._add_from_scene([waits.case for waits in self.frames.waiting])

    def add_folder(self) -> None:
        """The cases of the chosen folder or manifest."""
        source, project = self.frames.source(), self.project
        self._add_from_disk(lambda: find_cases(source, project.hash_of_patient))

    def add_files(self) -> None:
        """One case of the chosen files."""
        (image, label), project = self.frames.files(), self.project
        self._add_from_disk(lambda: single_case([image], label, project.hash_of_patient))

    def cancel(self) -> None:
        """Stop adding; what was added stays."""
        if self.adding is not None:
            self.adding.cancel()
            self._added(_("Stopped."))

    def _add_from_scene(self, cases: Any) -> None:
        self._say("")
        self.checks.stop()
        steps: Iterator[float] = add_steps(self.project, cases)
        self.adding = StepRunner(steps, self._show_progress, self._scene_added, self._adding_failed)
        self.refresh()

    def _scene_added(self, cases: Any) -> None:
        self._added(_("Added: {names}.").format(names=", ".join(case.id for case in cases)))

    def _add_from_disk(self, find: Callable[[], Found]) -> None:
        self._say("")
        self.checks.stop()
        project = self.project

        def take(found: Found) -> None:
            count = 0

            def act() -> None:
                nonlocal count
                count = len(add_found(project, found, self.model.package(self.parameters.startModel)))

            self.adding = None
            if self._try(act):
                words = _("1 case added.") if count == 1 else _("{count} cases added.").format(count=count)
                self._added(" ".join([words, *(f"{note}." for note in found.notes)]))

        self.adding = Background(find, take, self._adding_failed)
        self.refresh()

    def _adding_failed(self, fault: BaseException) -> None:
        self._added("")
        self._report(fault)

    def _added(self, words: str) -> None:
        self.adding = None
        self._say(words, "information" if words else "")
        self.widget.project_changed()

    # --- changing

    def set_role(self, case_id: str, role: str) -> None:
        """From a cell of the table."""
        self._try(lambda: self.project.set_roles({case_id: role}))
        self.widget.project_changed()

    def _role_for_selection(self, index: int) -> None:
        self.ui.casesRoleCombo.setCurrentIndex(0)
        if index > 0:
            role = list(role_words())[index - 1]
            chosen = self.table.selected()
            self._try(lambda: self.project.set_roles(dict.fromkeys(chosen, role)))
            self.widget.project_changed()

    def rename(self, case_id: str, name: str) -> None:
        """From a cell of the table."""
        project = self.project
        if self._try(lambda: project.rename(case_id, name)):
            for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode"):
                if (node.GetAttribute(PROJECT), node.GetAttribute(CASE)) == (str(project.folder), case_id):
                    node.SetAttribute(CASE, name)
        self.widget.project_changed()

    def remove(self) -> None:
        """The selected cases."""
        chosen = self.table.selected()
        self._try(lambda: self.project.remove(chosen))
        self.widget.project_changed()

    def suggest_validation(self) -> None:
        """Draw validation cases."""
        notes: list[str] = []
        if self._try(lambda: notes.extend(self.project.suggest_validation())):
            self._say(" ".join(f"{note}." for note in notes), "information")
        self.widget.project_changed()

    def apply_meanings(self) -> None:
        """What the user said that values mean."""
        told, segments = self.meanings.answer()
        self._try(lambda: self.project.set_meanings(told, segments))
        self.ui.casesAllMeaningsButton.setChecked(False)
        self.widget.project_changed()

    def drop_segments(self) -> None:
        """Take out segments that no label shows."""
        project = self.project
        unused = unused_segments(project)
        self._try(lambda: project.set_segments([s for s in project.segments if s not in unused]))
        self.widget.project_changed()

    def check(self) -> None:
        """Look again at every file."""
        self.checks.again()
        self.refresh()

    def _checked(self, fault: BaseException | None) -> None:
        if fault is not None:
            self._report(fault)
            qt.QTimer.singleShot(0, self._read_again)
        self.widget.project_changed()

    # --- painting

    def _channels(self, project: Project | None, package: ModelPackage | None) -> tuple[str, ...]:
        if project is not None and project.channels:
            return project.channels
        return package.input.channels if package is not None else ()

    def _show_folder(self, project: Project | None) -> None:
        text = self.ui.casesFolderEdit.currentPath.strip()
        folder = Path(text).expanduser() if text else None
        there = folder is not None and (folder / "dataset.json").exists()
        self.ui.casesOpenButton.setText(_("Open") if there or folder is None else _("New project"))
        reason = "" if folder is not None else _("Choose a folder first.")
        if project is not None and folder is not None and folder.absolute() == project.folder:
            reason = _("This project is open.")
        set_enabled(self.ui.casesOpenButton, reason)

    def _show_progress(self, share: float | None = None) -> None:
        shown = self.adding is not None or self.checks.share is not None
        bar = self.ui.casesProgressBar
        bar.setVisible(shown)
        self.ui.casesCancelButton.setVisible(self.adding is not None)
        if self.adding is not None:
            bar.setFormat(_("Adding %p%"))
            bar.setValue(round(BAR * (share or 0.0)))
        elif self.checks.share is not None:
            bar.setFormat(_("Checking %p%"))
            bar.setValue(round(BAR * self.checks.share))

    def _show_details(self) -> None:
        project = self.project
        chosen = self.table.selected() if project is not None else []
        nothing = "" if chosen else _("Select cases first.")
        set_enabled(self.ui.casesRemoveButton, nothing)
        set_enabled(self.ui.casesRoleCombo, nothing)
        cases = [case for case in (project.cases if project else []) if case.id in chosen]
        fresh = self.checks.is_fresh
        lines = [
            f"{case.id}\n{finding_lines(case.findings)}" if len(chosen) > 1 else finding_lines(case.findings)
            for case in cases
            if case.findings and fresh
        ]
        set_text(self.ui.casesDetailsLabel, "\n".join(lines))
        worst = severity_of([finding for case in cases for finding in case.findings]) if lines else ""
        show_icon(self.ui.casesDetailsIconLabel, ICONS[worst])
        of_all = project.findings if project is not None and project.cases and fresh else ()
        set_text(self.ui.casesFindingsLabel, finding_lines(of_all))
        show_icon(self.ui.casesFindingsIconLabel, ICONS[severity_of(of_all)])

    def _show_meanings(self, project: Project | None, package: ModelPackage | None) -> None:
        everything = bool(self.ui.casesAllMeaningsButton.checked)
        rows = rows_of(project, known_too=everything) if project is not None else []
        self.meanings.show(rows, project.segments if project is not None else ())
        set_text(self.ui.casesSegmentsLabel, segments_words(project, package) if project else "")
        labels = project is not None and any(case.entries for case in project.cases)
        self.ui.casesAllMeaningsButton.setVisible(labels)
        self.ui.casesDropButton.setVisible(project is not None and bool(unused_segments(project)))

    def _say(self, text: str, kind: str = "") -> None:
        set_text(self.ui.casesMessageLabel, text)
        show_icon(self.ui.casesMessageIconLabel, kind if text else "")

    def _try(self, act: Callable[[], Any]) -> bool:
        """Do it, or say in one line why not; whether it was done."""
        try:
            self._say("")
            act()
        except UserError as fault:
            self._report(fault)
            qt.QTimer.singleShot(0, self._read_again)
            return False
        return True

    def _report(self, fault: BaseException) -> None:
        if not isinstance(fault, UserError):
            logging.error("UG-MCL: %s", fault, exc_info=fault)
        self._say(sentence(fault) if isinstance(fault, UserError) else str(fault), "critical")

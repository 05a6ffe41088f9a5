"""The case table by real clicks: a project, cases from disk, roles, removal, checks, validation cases."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.timeout(600)


class Cases:
    """The section with what tests do to it."""

    def __init__(self, panel: Any, folder: Path) -> None:
        self.panel, self.folder, self.host = panel, folder, panel.host
        self.section = panel.section("CasesSection")
        self.ui = self.section.ui

    def make_project(self) -> None:
        self.ui.casesFolderEdit.setCurrentPath(str(self.folder))
        self.panel.settle()
        self.host.click(self.ui.casesOpenButton)
        self.settle()

    def settle(self) -> None:
        """Until nothing is added or checked any more, also after the next look at the project."""
        for _twice in range(2):  # a check may find the first segments, which asks for another one
            self.panel.settle()
            self.host.wait_until(self.at_rest, 250, "the end of the check")
        self.panel.settle()

    def at_rest(self) -> bool:
        if self.section.adding is not None or self.section.checks.share is not None:
            return False
        return self.project is None or not self.project.cases or self.section.checks.is_fresh

    def add_folder(self, source: Path) -> None:
        if not self.ui.casesFolderButton.checked:
            self.host.click(self.ui.casesFolderButton)
        self.ui.casesSourceEdit.setCurrentPath(str(source))
        self.panel.settle()
        self.host.click(self.ui.casesAddFolderButton)
        self.settle()

    @property
    def project(self) -> Any:
        return self.section.project

    def rows(self) -> list[list[str]]:
        """Name, image, segmentation, role, check of each row, as shown."""
        from UGMCLTrainingLib.cases.table import CHECK, IMAGE, LABEL, NAME, ROLE

        table = self.ui.casesTable
        return [
            [
                self.section.table.combo_of(table.item(row, 0).text()).currentText
                if column == ROLE
                else table.item(row, column).text()
                for column in (NAME, IMAGE, LABEL, ROLE, CHECK)
            ]
            for row in range(table.rowCount)
        ]

    def select(self, *names: str) -> None:
        table = self.ui.casesTable
        table.clearSelection()
        import qt

        for row in range(table.rowCount):
            if table.item(row, 0).text() in names:
                index = table.model().index(row, 0)
                table.selectionModel().select(
                    index, qt.QItemSelectionModel.Select | qt.QItemSelectionModel.Rows
                )
        self.panel.settle()

    @property
    def said(self) -> str:
        return self.ui.casesMessageLabel.text


@pytest.fixture
def cases(panel: Any, tmp_path: Path) -> Cases:
    panel.parameters.startModel = ""
    return Cases(panel, tmp_path / "project")


def test_a_data_set_is_listed_checked_and_read_by_the_library(cases: Cases, project_data: Path) -> None:
    assert "project folder" in cases.ui.casesFolderButton.toolTip
    cases.make_project()
    assert cases.project.folder == cases.folder and not cases.ui.casesTable.visible
    assert "This project is open" in cases.ui.casesOpenButton.toolTip
    cases.add_folder(project_data)
    names = [row[0] for row in cases.rows()]
    assert len(names) == 6 and cases.said.startswith("6 cases added.")
    assert sorted(row[3] for row in cases.rows()) == ["labelled"] * 4 + ["unlabelled"] * 2
    assert {row[4] for row in cases.rows()} == {"1 error", "fine"}, "nobody said what the values mean"
    cases.host.click(cases.ui.casesMeaningsButton)
    cases.settle()
    assert {row[4] for row in cases.rows()} == {"fine"}
    assert [s.name for s in cases.project.segments] == ["segment 1", "segment 2"]
    assert cases.ui.casesCountsLabel.text == "4 labelled, 2 unlabelled"
    assert not (cases.folder / "images").exists(), "files elsewhere are not copied"
    cases.add_folder(project_data)
    assert len(cases.rows()) == 6, "what is there already is not added twice"


def test_roles_by_cell_selection_and_suggestion(cases: Cases, project_data: Path) -> None:
    cases.make_project()
    cases.add_folder(project_data)
    labelled = [case.id for case in cases.project.cases if case.role == "labelled"]
    (bare, other) = (case.id for case in cases.project.cases if case.role == "unlabelled")
    cases.host.choose(cases.section.table.combo_of(labelled[0]), "validation")
    cases.settle()
    assert cases.project.case(labelled[0]).role == "validation"
    with pytest.raises(AssertionError, match="disabled"):
        cases.host.choose(cases.section.table.combo_of(bare), "labelled")
    assert "Select cases first" in cases.ui.casesRoleCombo.toolTip
    cases.select(*labelled[1:], bare)
    cases.host.choose(cases.ui.casesRoleCombo, "test")
    cases.settle()
    assert bare in cases.said and "without a label" in cases.said, "all or none"
    assert cases.project.count("test") == 0
    cases.select(*labelled[1:3])
    cases.host.choose(cases.ui.casesRoleCombo, "excluded")
    cases.settle()
    assert cases.ui.casesCountsLabel.text == "1 labelled, 2 unlabelled, 1 validation, 2 excluded"
    assert {row[4] for row in cases.rows() if row[3] == "excluded"} == {"left out"}
    cases.host.click(cases.ui.casesValidationButton)
    cases.settle()
    assert "fewer than 10: none validates" in cases.said and cases.project.count("validation") == 0
    cases.select(bare, other)
    cases.host.click(cases.ui.casesRemoveButton)
    cases.settle()
    assert len(cases.rows()) == 4 and cases.ui.casesCountsLabel.text == "2 labelled, 2 excluded"


def test_the_wheel_over_a_role_scrolls_and_changes_nothing(cases: Cases, project_data: Path) -> None:
    from PySide6 import QtCore, QtGui, QtWidgets

    cases.make_project()
    cases.add_folder(project_data)
    first = cases.project.cases[0].id
    combo = cases.section.table.combo_of(first)
    middle = QtCore.QPointF(combo.rect.center())
    event = QtGui.QWheelEvent(
        middle, middle, QtCore.QPoint(), QtCore.QPoint(0, -120), QtCore.Qt.NoButton,
        QtCore.Qt.NoModifier, QtCore.Qt.NoScrollPhase, False,
    )  # fmt: skip
    QtWidgets.QApplication.sendEvent(combo, event)
    cases.settle()
    assert cases.project.case(first).role == "labelled" == combo.currentText


def test_a_name_is_changed_in_its_cell(cases: Cases, project_data: Path) -> None:
    cases.make_project()
    cases.add_folder(project_data)
    first, second = (case.id for case in cases.project.cases[:2])
    cases.ui.casesTable.item(0, 0).setText("left hippocampus")
    cases.settle()
    assert cases.project.cases[0].id == "left hippocampus" == cases.rows()[0][0]
    cases.ui.casesTable.item(0, 0).setText(second)
    cases.settle()
    assert "another case has this name" in cases.said
    assert cases.rows()[0][0] == "left hippocampus", "the table says what is true"
    assert first not in [row[0] for row in cases.rows()]


def spoil(data: Path) -> None:
    """Faults of every kind in the six cases of a folder."""
    from ugmcl.volumes.reading import read_image, read_label
    from ugmcl.volumes.writing import write_image

    labels = sorted((data / "labels").iterdir())
    images = sorted((data / "images").iterdir())

    def rewrite(path: Path, change: Any, shift: float = 0.0) -> None:
        volume = read_label(path) if path.parent.name == "labels" else read_image(path)
        affine = volume.affine.copy()
        affine[0, 3] += shift
        array = change(volume.array[0].copy())
        path.unlink()
        write_image(path, array, affine)

    def with_nan(array: Any) -> Any:
        array = array.astype(np.float32)
        array[0, 0, :3] = np.nan
        return array

    rewrite(labels[0], lambda array: array, 500.0)
    rewrite(labels[1], np.zeros_like)
    rewrite(next(p for p in images if p.name == labels[2].name), with_nan)
    rewrite(labels[3], lambda array: np.where(array == 2, 7, array).astype(np.uint8))
    bare = [path for path in images if path.name not in {label.name for label in labels}]
    shutil.copy(next(p for p in images if p.name == labels[1].name), bare[0])
    bare[1].write_bytes(b"no image at all")


def test_every_fault_is_at_its_case_with_what_to_do(cases: Cases, project_data: Path) -> None:
    names = sorted(path.name.split(".")[0] for path in (project_data / "labels").iterdir())
    spoil(project_data)
    cases.make_project()
    cases.add_folder(project_data)
    cases.host.click(cases.ui.casesMeaningsButton)
    cases.settle()
    states = {row[0]: row[4] for row in cases.rows()}
    bare = [name for name in states if name not in names]

    def details(name: str) -> str:
        cases.select(name)
        return str(cases.ui.casesDetailsLabel.text)

    assert states[names[0]] == "1 error"
    assert "does not lie on the image" in details(names[0])
    assert "reference geometry" in details(names[0])
    assert "the label is empty" in details(names[1]) and states[names[1]] == "1 warning"
    assert "3 voxels that are not numbers" in details(names[2])
    assert "the same image as case" in " ".join(details(name) for name in (bare[0], names[1]))
    assert "Error:" in details(bare[1])
    cases.select(*states)
    assert all(name in cases.ui.casesDetailsLabel.text for name in (names[0], names[1], names[2]))


def test_a_file_that_changes_is_checked_anew_on_request(cases: Cases, project_data: Path) -> None:
    cases.make_project()
    cases.add_folder(project_data)
    cases.host.click(cases.ui.casesMeaningsButton)
    cases.settle()
    image = cases.project.cases[0].images[0]
    image.write_bytes(b"gone bad")
    cases.host.click(cases.ui.casesCheckButton)
    cases.settle()
    assert cases.rows()[0][4] == "1 error"


def test_a_patient_on_both_sides_is_an_error(cases: Cases, project_data: Path) -> None:
    cases.make_project()
    cases.add_folder(project_data)
    cases.host.click(cases.ui.casesMeaningsButton)
    cases.settle()
    from dataclasses import replace

    project = cases.project
    first, second = [case for case in project.cases if case.role == "labelled"][:2]
    who = project.hash_of_patient("4711")
    project.update([replace(first, patient=who), replace(second, patient=who, role="validation")])
    cases.panel.widget.project_changed()
    cases.settle()
    cases.select(second.id)
    assert "the same patient as case" in cases.ui.casesDetailsLabel.text


def test_a_change_that_cannot_be_written_is_one_line(
    cases: Cases, project_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases.make_project()
    cases.add_folder(project_data)
    first = cases.project.cases[0].id

    def full(*_args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ugmcl.jobs.json_files.os.fsync", full)
    cases.host.choose(cases.section.table.combo_of(first), "excluded")
    cases.panel.settle()
    assert "No space left" in cases.said and "nothing was changed" in cases.said
    assert cases.section.table.combo_of(first).currentText == "labelled", "the cell says what is true"
    monkeypatch.undo()
    cases.settle()


def test_what_another_program_wrote_is_read_again(cases: Cases, project_data: Path) -> None:
    from UGMCLTrainingLib.cases.project import Project

    cases.make_project()
    cases.add_folder(project_data)
    first, second = (case.id for case in cases.project.cases[:2])
    other = Project.open(cases.folder)
    other.remove([second])
    cases.host.choose(cases.section.table.combo_of(first), "excluded")
    cases.settle()
    assert [row[0] for row in cases.rows()] == [case.id for case in other.cases]
    assert "read again" in cases.said
    cases.host.choose(cases.section.table.combo_of(first), "excluded")
    cases.settle()
    assert Project.open(cases.folder).case(first).role == "excluded"


def test_folders_that_are_none(cases: Cases, tmp_path: Path) -> None:
    cases.make_project()
    (tmp_path / "empty").mkdir()
    cases.add_folder(tmp_path / "empty")
    assert "no images and no data set" in cases.said and not cases.ui.casesTable.visible
    (tmp_path / "a file").write_text("x")
    cases.ui.casesFolderEdit.setCurrentPath(str(tmp_path / "a file" / "project"))
    cases.panel.settle()
    cases.host.click(cases.ui.casesOpenButton)
    assert "cannot be made" in cases.said
    assert cases.project.folder == cases.folder, "the open project stays"

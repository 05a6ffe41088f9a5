"""The case table by real clicks: a project, cases from disk, roles, removal, checks, validation cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(120)


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
        """Until nothing is added or checked any more."""
        self.panel.settle()
        self.host.wait_until(
            lambda: (
                self.section.adding is None
                and self.section.checks.share is None
                and (self.project is None or not self.project.cases or self.section.checks.is_fresh)
            ),
            60,
            "the end of the check",
        )
        self.panel.settle()

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
        table = self.ui.casesTable
        return [
            [
                self.section.table.combo_of(table.item(row, 0).text()).currentText
                if column == 3
                else table.item(row, column).text()
                for column in range(5)
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

"""The Training module's whole way by real clicks in the test host: cases, model, start, run, result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE_S = 250.0  # a busy computer takes its time


class TrainingWay:
    """The opened panel, and a user's hands.

    Args:
        host: `host.Host`; widget: of the module UGMCLTraining.
    """

    def __init__(self, host: Any, widget: Any) -> None:
        self.host, self.widget = host, widget

    def section(self, name: str) -> Any:
        """A section by the name of its class."""
        return next(s for s in self.widget.sections if type(s).__name__ == name)

    def settle(self) -> None:
        """Lets waiting updates of the panel happen."""
        self.host.process_events(0.1)

    def wait(self, condition: Callable[[], Any], what: str, seconds: float = PATIENCE_S) -> None:
        """Until it is true; the window works meanwhile."""
        self.host.wait_until(condition, seconds, what)
        self.settle()

    # --- the way

    def make_project(self, folder: Path) -> Any:
        """Open or make the project in a folder; the Project."""
        ui = self.section("CasesSection").ui
        ui.casesFolderEdit.setCurrentPath(str(folder))
        self.settle()
        self.host.click(ui.casesOpenButton)
        self.wait(lambda: self.widget.project() is not None, "the project")
        return self.widget.project()

    def add_folder(self, folder: Path, patience_s: float = PATIENCE_S) -> None:
        """Add a data set's cases, and wait until they are checked."""
        cases = self.section("CasesSection")
        if not cases.ui.casesFolderButton.checked:
            self.host.click(cases.ui.casesFolderButton)
        cases.ui.casesSourceEdit.setCurrentPath(str(folder))
        self.settle()
        self.host.click(cases.ui.casesAddFolderButton)
        self.wait(lambda: cases.adding is None and self.widget.project().cases, "the cases")
        self.wait(lambda: cases.checks.share is None and cases.checks.is_fresh, "the check", patience_s)

    def choose_model(self, words: str) -> None:
        """Begin with the model whose line begins with these words."""
        combo = self.section("PlanSection").ui.planModelCombo
        lines = [combo.itemText(row) for row in range(combo.count)]
        self.host.choose(combo, next(line for line in lines if line.startswith(words)))
        self.wait(lambda: not self.section("PlanSection").checking, "the check of the settings")

    def set_setting(self, name: str, text: str) -> None:
        """Type a value into the advanced form."""
        plan = self.section("PlanSection")
        plan.ui.planAdvancedButton.setProperty("collapsed", False)
        plan.ui.planMoreButton.setProperty("collapsed", False)
        self.settle()
        self.host.type_text(plan.form.control(name), text)
        self.host.press("Tab", plan.form.control(name))
        self.wait(lambda: not plan.checking, "the check of the settings")

    def start(self, patience_s: float = PATIENCE_S) -> Path:
        """Click Start; the run's folder. An estimate is made first where the budget needs one."""
        before = self.widget.run()
        self.host.click(self.section("BeginSection").ui.beginButton)
        self.wait(lambda: self.widget.run() not in (None, before), "the run", patience_s)
        return self.widget.run()

    def summary(self) -> Any:
        """What the list says of the selected run; None before it is listed."""
        return self.section("RunsSection").chosen()

    def wait_for_state(self, *states: str, patience_s: float = PATIENCE_S) -> Any:
        """Until the selected run is in one of these states; its summary."""

        def reached() -> bool:
            summary = self.summary()
            return summary is not None and summary.state in states

        self.wait(reached, f"the state {' or '.join(states)}", patience_s)
        return self.summary()

    def click(self, section: str, control: str) -> None:
        """Click a section's button."""
        self.host.click(getattr(self.section(section).ui, control))
        self.settle()

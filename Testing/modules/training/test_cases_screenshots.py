"""Pictures of the case table: filled, with faults and the question for values, light and dark."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from test_cases_panel import Cases, cases, spoil  # noqa: F401 - a fixture

pytestmark = [pytest.mark.timeout(120), pytest.mark.screenshots]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_filled_table(
    cases: Cases,  # noqa: F811
    project_data: Path,
    narrow_model: str,
    screenshots: Path,
    theme: str,
) -> None:
    cases.panel.parameters.startModel = narrow_model
    cases.host.theme(theme)
    spoil(project_data)
    cases.make_project()
    cases.add_folder(project_data)
    cases.host.click(cases.ui.casesFolderButton)
    first = next(row[0] for row in cases.rows() if "error" in row[4])
    cases.project.set_confidence(cases.project.cases[-1].id, 0.83)
    cases.select(first)
    cases.host.process_events(0.3)
    kept = theme == "light"  # in the documentation
    cases.host.screenshot(screenshots / ("training_cases.png" if kept else "more/training_cases_dark.png"))
    cases.host.theme("light")

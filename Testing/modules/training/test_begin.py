"""Start: why it cannot be, what it would take, the question where the computer is taken."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(600)
SMALL = {"patch": [16, 32, 16], "passes": 1, "iterations": 8, "threads": 1, "loader_processes": 0}


@pytest.fixture
def way(panel: Any) -> Any:
    from training_way import TrainingWay

    return TrainingWay(panel.host, panel.widget)


@pytest.fixture
def ready(way: Any, panel: Any, project_data: Path, narrow_model: str, tmp_path: Path) -> Any:
    """Everything chosen; one click from a training of eight iterations."""
    from ugmcl.models.library import find_model

    way.make_project(tmp_path / "project")
    way.add_folder(project_data)
    way.section("PlanSection").reload_models()
    way.choose_model(find_model(narrow_model).title)
    panel.parameters.settingsJson = json.dumps(SMALL)
    panel.parameters.budget = "own"
    way.settle()
    way.wait(lambda: not way.section("PlanSection").checking, "the check of the settings")
    return way


def test_the_reasons_why_nothing_can_be_started(
    way: Any, panel: Any, project_data: Path, tmp_path: Path
) -> None:
    button = way.section("BeginSection").ui.beginButton
    assert not button.enabled and "project" in button.toolTip
    project = way.make_project(tmp_path / "project")
    assert not button.enabled and "labelled" in button.toolTip
    way.add_folder(project_data)  # its label files hold bare numbers
    assert not button.enabled and "what the values of" in button.toolTip
    project.set_roles({case.id: "excluded" for case in project.cases})
    way.widget.project_changed()
    way.settle()
    assert not button.enabled and "labelled" in button.toolTip


def test_an_error_of_the_check_is_named(ready: Any, tmp_path: Path) -> None:
    project = ready.widget.project()
    cases = ready.section("CasesSection")
    case = next(case for case in project.cases if case.role == "labelled")
    from dataclasses import replace

    project.update([replace(case, images=(tmp_path / "gone.nii.gz",))])
    ready.widget.project_changed()
    ready.host.click(cases.ui.casesCheckButton)
    ready.wait(lambda: cases.checks.share is None and cases.checks.is_fresh, "the check")
    button = ready.section("BeginSection").ui.beginButton
    assert not button.enabled and case.id in button.toolTip


def test_an_estimate_is_measured_and_forgotten_with_its_settings(ready: Any, panel: Any) -> None:
    begin = ready.section("BeginSection")
    ready.click("BeginSection", "beginEstimateButton")
    ready.wait(lambda: begin.measuring is None, "the estimate")
    found = begin.estimate
    assert found is not None, begin.ui.beginMessageLabel.text
    assert found["seconds_per_iteration"] > 0 and found["asked"]["iterations"] == 8
    words = [begin.ui.beginTable.item(row, 0).text() for row in range(begin.ui.beginTable.rowCount)]
    assert words == ["Quick", "Standard", "Thorough", "Own number"]
    text = begin.ui.beginNeedLabel.text
    assert "steps a second" in text and "of memory" in text and "of disk" in text
    panel.parameters.settingsJson = json.dumps({**SMALL, "labelled_batch": 1})
    ready.settle()
    assert begin.estimate is None and not begin.ui.beginTable.visible


def test_measuring_can_be_stopped(ready: Any) -> None:
    begin = ready.section("BeginSection")
    ready.click("BeginSection", "beginEstimateButton")
    ready.click("BeginSection", "beginEstimateButton")
    ready.wait(lambda: begin.measuring is None, "the end of the measurement")
    assert begin.estimate is None and "Stopped" in begin.ui.beginMessageLabel.text
    assert begin.ui.beginButton.enabled


def test_a_budget_measures_first_and_then_starts(
    ready: Any, panel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Quick's iterations come from the measured steps; the request is what the measurement says."""
    import UGMCLTrainingLib.begin_section as begin_section

    asked: list[Any] = []

    def start(request: Any) -> Any:
        asked.append(request)
        raise begin_section.UserError("enough for this test")

    monkeypatch.setattr(begin_section, "start_run", start)
    panel.parameters.budget = "quick"
    ready.settle()
    begin = ready.section("BeginSection")
    ready.click("BeginSection", "beginButton")
    assert begin.measuring is not None
    ready.wait(lambda: asked, "the start")
    assert asked[0].settings["iterations"] == begin.estimate["budgets"]["quick"]["iterations"] >= 200
    assert "Enough" in begin.ui.beginMessageLabel.text


def test_a_run_at_work_is_a_question(ready: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import UGMCLTrainingLib.begin_section as begin_section

    begin = ready.section("BeginSection")
    other = SimpleNamespace(name="night run", state="running", is_control=False)
    monkeypatch.setattr(begin_section, "gpu_holders", lambda: [other])
    ready.click("BeginSection", "beginButton")
    assert begin.ui.beginQuestionFrame.visible and "graphics card" in begin.ui.beginQuestionLabel.text
    ready.click("BeginSection", "beginNotNowButton")
    assert not begin.ui.beginQuestionFrame.visible and ready.widget.run() is None
    monkeypatch.setattr(begin_section, "gpu_holders", list)
    monkeypatch.setattr(begin_section, "runs_at_work", lambda: [other])
    ready.click("BeginSection", "beginButton")
    assert "night run" in begin.ui.beginQuestionLabel.text
    ready.click("BeginSection", "beginAnywayButton")
    ready.wait(lambda: ready.widget.run() is not None, "the run")
    ready.wait_for_state("done", patience_s=150)


def test_a_name_that_is_taken_and_a_full_disk_start_nothing(
    ready: Any, panel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, project = ready.section("BeginSection"), ready.widget.project()
    (project.runs_folder / "first").mkdir(parents=True)
    ready.host.type_text(begin.ui.beginNameEdit, "first")
    ready.host.press("Tab", begin.ui.beginNameEdit)
    ready.click("BeginSection", "beginButton")
    assert "there is a run of this name" in begin.ui.beginMessageLabel.text
    panel.parameters.runName = "second run"
    ready.settle()
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1_000_000))
    ready.click("BeginSection", "beginButton")
    assert "1 MB are free" in begin.ui.beginMessageLabel.text
    assert [path.name for path in project.runs_folder.iterdir()] == ["first"]


def test_names_of_runs(ready: Any) -> None:
    from ugmcl.errors import UserError
    from UGMCLTrainingLib.plan.request import run_name

    project = ready.widget.project()
    assert run_name(project, " Site A / 2026 ", "") == "Site-A-2026"
    made = run_name(project, "", "hippocampus@1.1")
    assert made.startswith("hippocampus-2")
    (project.runs_folder / made).mkdir(parents=True)
    assert run_name(project, "", "hippocampus@1.1") == f"{made}-2"
    with pytest.raises(UserError, match="cannot name"):
        run_name(project, "///", "")


@pytest.mark.screenshots
def test_the_picture_of_settings_and_estimate(ready: Any, screenshots: Path) -> None:
    host, begin = ready.host, ready.section("BeginSection")
    for section in ready.widget.sections:
        for name, child in vars(section.ui).items():
            if name.endswith("CollapsibleButton"):
                child.setProperty(
                    "collapsed", name not in ("planCollapsibleButton", "beginCollapsibleButton")
                )
    ready.section("PlanSection").ui.planAdvancedButton.setProperty("collapsed", False)
    ready.click("BeginSection", "beginEstimateButton")
    ready.wait(lambda: begin.estimate is not None, "the estimate")
    host.window.resize(1400, 1150)
    host.process_events(0.3)
    path = host.screenshot(screenshots / "training_start.png")
    host.theme("dark")
    host.screenshot(screenshots / "more" / "training_start_dark.png")
    assert path.stat().st_size > 20_000

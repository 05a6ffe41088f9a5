"""The list of runs: its states, its buttons, with real trainings."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from modules.training.tiny_runs import (
    dataset,
    endless,
    finished_run,
    iterations,
    new_run,
    start,
    wait_for_end,
)

from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.state import state_of

__all__ = ["dataset", "endless", "finished_run"]
pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def section(panel: Any) -> Any:
    found = panel.section("RunsSection")
    found.ui.runsCollapsibleButton.setProperty("collapsed", False)
    panel.settle()
    return found


def shown(section: Any) -> dict[str, str]:
    """Run: state, as the table shows them."""
    table = section.ui.runsTable
    rows = range(table.rowCount)
    return {first_line(table.item(row, 0)): first_line(table.item(row, 1)) for row in rows}


def first_line(item: Any) -> str:
    """Of a cell, without its comma."""
    return item.text().splitlines()[0].rstrip(",")


def choose(panel: Any, section: Any, job: JobFolder) -> None:
    """Opens the run by its folder, which selects it."""
    section.open_run(job.path)
    panel.host.wait_until(lambda: section.chosen() is not None, 120, "the run in the list")
    panel.settle()


def wait_for_state(panel: Any, section: Any, job: JobFolder, words: str, seconds: float = 250) -> None:
    panel.host.wait_until(lambda: shown(section).get(job.name) == words, seconds, f"the state {words}")
    panel.settle()


def test_a_finished_run(panel: Any, section: Any, finished_run: JobFolder) -> None:
    choose(panel, section, finished_run)
    ui = section.ui
    row = next(
        r for r in range(ui.runsTable.rowCount) if first_line(ui.runsTable.item(r, 0)) == "finished run"
    )
    cells = [ui.runsTable.item(row, column).text() for column in range(4)]
    assert cells[1] == "done" and cells[2] == "20\nof 20"
    assert cells[3].startswith("0.") and cells[0].endswith(("kB", "MB"))
    assert str(finished_run.path) in ui.runsTable.item(row, 0).toolTip()
    for button in (ui.runsPauseButton, ui.runsStopButton, ui.runsResumeButton):
        assert not button.enabled and button.toolTip
    assert ui.runsDeleteButton.enabled and ui.runsDuplicateButton.enabled


def test_pause_and_resume_by_clicks_while_the_window_stays_alive(
    panel: Any, section: Any, endless: Any
) -> None:
    job = endless()
    panel.host.start_pause_watch()
    choose(panel, section, job)
    wait_for_state(panel, section, job, "running")
    panel.host.wait_until(lambda: iterations(job) >= 5, 250, "the first steps")
    assert not section.ui.runsResumeButton.enabled and not section.ui.runsDeleteButton.enabled
    panel.host.click(section.ui.runsPauseButton)
    assert shown(section)[job.name] == "being paused"
    assert not section.ui.runsPauseButton.enabled
    wait_for_state(panel, section, job, "paused")
    done = section.chosen().iteration
    assert done >= 5 and state_of(job) == "stopped"
    panel.host.click(section.ui.runsResumeButton)
    assert shown(section)[job.name] == "about to begin"
    wait_for_state(panel, section, job, "running")
    panel.host.wait_until(lambda: iterations(job) > done, 250, "further steps")
    panel.host.click(section.ui.runsStopButton)
    wait_for_state(panel, section, job, "stopped")
    assert section.ui.runsResumeButton.enabled
    assert panel.host.longest_pause() < 1.0


def test_pausing_a_run_that_has_hardly_begun(panel: Any, section: Any, dataset: Path, tmp_path: Path) -> None:
    """Its process is there, its attempt is not: it meets the wish when it begins."""
    job = new_run(dataset, tmp_path / "hasty")
    section.watch_start(job.path, start(job))
    panel.host.wait_until(lambda: section.chosen() is not None, 120, "the run in the list")
    panel.settle()
    assert shown(section)["hasty"] in ("about to begin", "running")  # a fast computer has begun already
    panel.host.click(section.ui.runsPauseButton)
    wait_for_state(panel, section, job, "paused")
    assert len(job.attempts()) == 1


def test_a_process_that_never_begins_is_said(panel: Any, section: Any, dataset: Path, tmp_path: Path) -> None:
    import sys

    from ugmcl.jobs.launch import Interpreter, launch

    job = new_run(dataset, tmp_path / "lame")
    nowhere = Interpreter(shutil.which("false") or sys.executable)
    section.watch_start(job.path, launch(job, nowhere))
    panel.host.wait_until(lambda: section.ui.runsMessageLabel.visible, 120, "the message")
    assert "lame could not begin" in section.ui.runsMessageLabel.text


def test_delete_asks_and_refuses_while_at_work(
    panel: Any, section: Any, finished_run: JobFolder, tmp_path: Path
) -> None:
    shutil.copytree(finished_run.path, tmp_path / "copy")
    job = JobFolder.open(tmp_path / "copy")
    choose(panel, section, job)
    ui = section.ui
    panel.host.click(ui.runsDeleteButton)
    assert ui.runsQuestionFrame.visible and "copy" in ui.runsQuestionLabel.text
    panel.host.click(ui.runsNoButton)
    assert not ui.runsQuestionFrame.visible and job.path.is_dir()
    panel.host.click(ui.runsDeleteButton)
    choose(panel, section, finished_run)
    assert not ui.runsQuestionFrame.visible, "it was about another run"
    choose(panel, section, job)
    panel.host.click(ui.runsDeleteButton)
    panel.host.click(ui.runsYesButton)
    panel.host.wait_until(lambda: ui.runsMessageLabel.visible, 120, "the message")
    assert "deleted" in ui.runsMessageLabel.text
    assert not job.path.is_dir(), [path.name for path in job.path.iterdir()]
    panel.host.wait_until(lambda: "copy" not in shown(section), 120, "the list without it")
    assert panel.widget.run() is None


def test_use_its_settings(panel: Any, section: Any, finished_run: JobFolder) -> None:
    choose(panel, section, finished_run)
    panel.parameters.preset = "plus"
    panel.host.click(section.ui.runsDuplicateButton)
    panel.settle()
    values = json.loads(panel.parameters.settingsJson)
    assert panel.parameters.preset == "fine-tune" and panel.parameters.budget == "own"
    assert values["width"] == 2 and values["iterations"] == 20
    assert panel.parameters.device == "cpu" and "device" not in values
    assert panel.parameters.startModel == "" and "finished run" in section.ui.runsMessageLabel.text


def test_opened_runs_are_remembered_and_foreign_folders_refused(
    panel: Any, section: Any, finished_run: JobFolder, tmp_path: Path
) -> None:
    """As from a cluster: a copy that no job of this computer knows, without what only jobs have."""
    section.open_run(tmp_path)
    assert "holds no run" in section.ui.runsMessageLabel.text
    cluster = tmp_path / "from the cluster"
    shutil.copytree(finished_run.path, cluster)
    (cluster / "request.json").unlink()
    for attempt in cluster.glob("attempt-*"):
        shutil.rmtree(attempt)
    section.open_run(cluster)
    panel.host.wait_until(lambda: "from the cluster" in shown(section), 120, "the run in the list")
    assert panel.widget.run() == cluster and not section.ui.runsMessageLabel.visible
    panel.host.close_scene()
    panel.host.wait_until(lambda: "from the cluster" in shown(section), 120, "the run in a new scene's list")
    shutil.rmtree(cluster)
    section.listing.look()
    panel.host.wait_until(lambda: "from the cluster" not in shown(section), 120, "the list without it")


def test_a_taken_graphics_card_is_asked_about(
    panel: Any, section: Any, finished_run: JobFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    import ugmcl.jobs.runs
    from ugmcl.jobs.runs import summarise

    folder = tmp_path / "mine"
    shutil.copytree(finished_run.path, folder)
    (folder / "device.json").write_text('{"device": "cuda:0", "name": "A card"}', encoding="utf-8")
    newest = max(folder.glob("attempt-*"))
    (newest / "result.json").unlink()
    other = replace(summarise(finished_run.path), name="the other", device="cuda:0", state="running")
    monkeypatch.setattr(ugmcl.jobs.runs, "gpu_holders", lambda: [other])
    choose(panel, section, JobFolder.open(folder))
    panel.host.click(section.ui.runsResumeButton)
    assert section.ui.runsQuestionFrame.visible and "the other" in section.ui.runsQuestionLabel.text
    assert state_of(JobFolder(folder)) == "interrupted"
    panel.host.click(section.ui.runsYesButton)
    assert not section.ui.runsQuestionFrame.visible
    panel.host.wait_until(lambda: shown(section).get("mine") == "running", 250, "the run at work")
    assert wait_for_end(JobFolder(folder)) == "done", "a finished training that was interrupted afterwards"

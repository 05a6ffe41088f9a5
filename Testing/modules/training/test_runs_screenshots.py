"""Pictures of runs in every state, light and dark: written to be looked at."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from modules.training.tiny_runs import new_run, start, wait_for, wait_for_end, write_dataset

from ugmcl.jobs.cancel import cancel
from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.state import state_of

pytestmark = [pytest.mark.timeout(600), pytest.mark.screenshots]
TALL = (1600, 1250)
KEPT = ("training_running", "training_result")  # in the documentation; the others are looked at only
ROLES = ("validation",) * 6 + ("labelled", "unlabelled")
SETTINGS = {
    "method": "ug-mcl", "unlabelled_batch": 2, "iterations": 20, "validate_every": 10, "preview_every": 10,
    "checkpoint_every": 10, "start_learning_rate": 0.02,
}  # fmt: skip
PREVIEW = 10
if os.environ.get("UGMCL_SCREENSHOTS"):  # pictures to keep show a network that has learnt something
    PREVIEW = 120
    SETTINGS |= {"iterations": 160, "validate_every": 20, "preview_every": 40, "patch": [32, 48, 32]}
OPEN = {
    "runs": ("runsCollapsibleButton", "liveCollapsibleButton"),
    "result": ("runsCollapsibleButton", "outcomeCollapsibleButton"),
}


def show_only(panel: Any, names: tuple[str, ...]) -> None:
    for section in panel.widget.sections:
        for name, child in vars(section.ui).items():
            if name.endswith("CollapsibleButton"):
                child.setProperty("collapsed", name not in names)
    panel.host.process_events(0.3)


def keep(panel: Any, screenshots: Path, name: str) -> None:
    from matplotlib.image import imread

    panel.host.process_events(1.5)
    path = (screenshots if name in KEPT else screenshots / "more") / f"{name}.png"
    panel.host.screenshot(path)
    pixels = imread(path)
    assert pixels.shape[1] >= 1200 and pixels.shape[0] >= 900 and float(np.std(pixels[..., :3])) > 0.05


def choose(panel: Any, job: JobFolder, words: str) -> None:
    section = panel.section("RunsSection")
    section.open_run(job.path)
    panel.host.process_events(0.3)
    panel.host.wait_until(
        lambda: section.chosen() is not None and section.state_words(section.chosen()).startswith(words),
        60,
        words,
    )


@pytest.fixture
def runs(narrow_model: str, sample_cases: Any, tmp_path: Path) -> Iterator[dict[str, JobFolder]]:
    """A run in every state; the one at work is stopped afterwards."""
    data = write_dataset(tmp_path / "site", sample_cases, ROLES)
    made = {"finished": new_run(data, tmp_path / "hippocampus 1", narrow_model, **SETTINGS)}
    start(made["finished"])
    assert wait_for_end(made["finished"]) == "done"
    folder = tmp_path / "hippocampus 3"
    made["running"] = new_run(data, folder, narrow_model, **{**SETTINGS, "iterations": 2000})
    start(made["running"])
    wait_for(lambda: (folder / "previews" / f"{PREVIEW:06d}.seg.nrrd").is_file(), "a preview")
    other = tmp_path / "hippocampus 2"  # what a killed process leaves
    shutil.copytree(folder, other, ignore=shutil.ignore_patterns("lock", ".*"))
    made["interrupted"] = JobFolder(other)
    yield made
    cancel(made["running"], grace_s=5.0)


def test_runs_in_every_state(panel: Any, runs: dict[str, JobFolder], screenshots: Path) -> None:
    host = panel.host
    host.window.resize(*TALL)
    live = panel.section("LiveSection").ui
    show_only(panel, OPEN["runs"])
    choose(panel, runs["interrupted"], "interrupted")
    keep(panel, screenshots, "training_interrupted")
    choose(panel, runs["running"], "running")
    host.wait_until(lambda: live.livePreviewButton.enabled, 120, "the preview")
    host.click(live.livePreviewButton)
    host.wait_until(lambda: live.liveRemovePreviewButton.enabled, 120, "the preview in the scene")
    keep(panel, screenshots, "training_running")
    host.theme("dark")
    keep(panel, screenshots, "training_running_dark")
    host.theme("light")
    panel.parameters.livePlot = "losses"
    keep(panel, screenshots, "training_losses")
    host.click(panel.section("RunsSection").ui.runsPauseButton)
    host.wait_until(lambda: state_of(runs["running"]) == "stopped", 250, "the pause")
    choose(panel, runs["running"], "paused")
    keep(panel, screenshots, "training_paused")
    panel.section("RunsSection").ask_delete()
    keep(panel, screenshots, "training_delete")
    show_only(panel, OPEN["result"])
    choose(panel, runs["finished"], "done")
    outcome = panel.section("OutcomeSection").ui
    host.wait_until(lambda: outcome.outcomeContentFrame.visible, 120, "the result")
    keep(panel, screenshots, "training_result")
    host.theme("dark")
    keep(panel, screenshots, "training_result_dark")
    host.theme("light")

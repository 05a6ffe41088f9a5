"""What a run survives: a killed process, Slicer's end, a full disk, damaged files; and how it goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from modules.training.tiny_runs import (
    dataset,
    endless,
    finished_run,
    iterations,
    kill,
    new_run,
    start,
    wait_for,
    wait_for_end,
)

from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.lock import lock_holder
from ugmcl.jobs.state import state_of

__all__ = ["dataset", "endless", "finished_run"]
pytestmark = pytest.mark.timeout(400)

ANOTHER_SLICER = """
import sys
from pathlib import Path
sys.path[:0] = [{testing!r}, {root!r}]
from host import start_host
host = start_host(home=Path({home!r}))
host.load_module(Path({root!r}) / "UGMCLSegmentation" / "UGMCLSegmentation.py")
host.load_module(Path({root!r}) / "UGMCLTraining" / "UGMCLTraining.py")
panel = host.open("UGMCLTraining")
section = next(s for s in panel.sections if type(s).__name__ == "RunsSection")
from UGMCLTrainingLib.runs.resuming import resume_run
run = Path({run!r})
section.watch_start(run, resume_run(run))
host.wait_until(lambda: section.chosen() is not None and section.chosen().state == "running", 60)
host.close()
"""


def section_of(panel: Any) -> Any:
    return panel.section("RunsSection")


def shown(panel: Any, name: str) -> str:
    """State of a run in the table; "" where it is not listed."""
    table = section_of(panel).ui.runsTable
    rows = range(table.rowCount)
    states = {first_line(table.item(row, 0)): first_line(table.item(row, 1)) for row in rows}
    return states.get(name, "")


def first_line(item: Any) -> str:
    """Of a cell, without its comma."""
    return item.text().splitlines()[0].rstrip(",")


def wait_for_state(panel: Any, name: str, words: str, seconds: float = 250) -> None:
    panel.host.wait_until(lambda: shown(panel, name) == words, seconds, f"{name}: {words}")
    panel.settle()


def select(panel: Any, name: str) -> None:
    """Click the run's row."""
    table = section_of(panel).ui.runsTable
    row = next(row for row in range(table.rowCount) if first_line(table.item(row, 0)) == name)
    table.selectRow(row)
    panel.settle()
    panel.host.wait_until(lambda: panel.widget.run() is not None, 10, "the selection")


def test_a_killed_process_is_interrupted_and_resume_finishes(
    panel: Any, dataset: Path, tmp_path: Path
) -> None:
    job = new_run(dataset, tmp_path / "killed run", iterations=400, checkpoint_every=5, validate_every=200)
    start(job)
    panel.host.wait_until(lambda: iterations(job) >= 10, 250, "the first steps")
    wait_for_state(panel, "killed run", "running")
    kill(job)
    wait_for_state(panel, "killed run", "interrupted")
    select(panel, "killed run")
    live = panel.section("LiveSection").ui
    panel.host.wait_until(lambda: "interrupted" in live.liveSilentLabel.text, 120, "the reason")
    panel.host.click(section_of(panel).ui.runsResumeButton)
    wait_for_state(panel, "killed run", "running")
    panel.host.wait_until(lambda: "Going on after" in live.liveLogEdit.toPlainText(), 250, "the log")
    wait_for_state(panel, "killed run", "done", 250)
    assert section_of(panel).chosen().iteration == 400


def test_slicer_is_closed_and_opened_again_while_the_run_goes_on(panel: Any, host: Any, endless: Any) -> None:
    job = endless("lasting run")
    wait_for_state(panel, "lasting run", "running")
    select(panel, "lasting run")
    pid = lock_holder(job.path).pid
    host.reset()
    done = iterations(job)
    wait_for(lambda: iterations(job) > done, "steps without a window")
    again = type(panel)(host, host.open("UGMCLTraining"))
    wait_for_state(again, "lasting run", "running")
    assert lock_holder(job.path).pid == pid
    select(again, "lasting run")
    live = again.section("LiveSection").ui
    host.wait_until(
        lambda: live.liveStageLabel.visible and "steps" in live.liveStageLabel.text, 20, "its life"
    )
    host.click(section_of(again).ui.runsPauseButton)
    wait_for_state(again, "lasting run", "paused")


def test_a_whole_slicer_that_ends_leaves_its_run_at_work(
    panel: Any, root: Path, dataset: Path, tmp_path: Path
) -> None:
    job = new_run(dataset, tmp_path / "orphan run", iterations=100_000)
    script = ANOTHER_SLICER.format(
        testing=str(root / "Testing"), root=str(root), home=str(tmp_path / "home"), run=str(job.path)
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=150, check=False
    )
    assert lock_holder(job.path) is not None, ended.stderr[-2000:]
    wait_for_state(panel, "orphan run", "running")
    done = iterations(job)
    panel.host.wait_until(lambda: iterations(job) > done, 250, "further steps")
    select(panel, "orphan run")
    panel.host.click(section_of(panel).ui.runsStopButton)
    wait_for_state(panel, "orphan run", "stopped")


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("request.json", "done"), ("settings.json", "done"), ("device.json", "done"),
        ("attempt-1/result.json", "interrupted"), ("attempt-1/events.jsonl", "done"),
        ("curves.csv", "done"), ("outcome.json", "done"), ("checkpoints/latest", "done"),
        ("model/model.json", "done"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rest", [0.0, 0.5])
def test_a_truncated_file_hides_no_run(
    panel: Any, finished_run: JobFolder, tmp_path: Path, name: str, state: str, rest: float
) -> None:
    """Listed, selected and shown, whatever is missing: nothing raises, nothing is logged."""
    run = tmp_path / tmp_path.name  # runs of the tests before are remembered, and listed
    shutil.copytree(finished_run.path, run)
    content = (run / name).read_bytes()
    (run / name).write_bytes(content[: int(rest * len(content))])
    section_of(panel).open_run(run)
    wait_for_state(panel, run.name, state)
    outcome = panel.section("OutcomeSection")
    panel.host.wait_until(lambda: outcome.finished is not None, 120, "the look at its result")
    panel.host.process_events(0.3)
    if name == "model/model.json":
        assert outcome.ui.outcomeHintLabel.visible, "it says what is wrong with the model"
        assert not outcome.ui.outcomeUseButton.enabled


def test_a_damaged_request_and_checkpoint_do_not_hinder_resume(
    panel: Any, dataset: Path, tmp_path: Path
) -> None:
    job = new_run(dataset, tmp_path / "hurt run", iterations=60, checkpoint_every=5, validate_every=30)
    start(job)
    panel.host.wait_until(lambda: iterations(job) >= 15, 250, "the first steps")
    kill(job)
    newest = max(
        (e for e in (job.path / "checkpoints").iterdir() if e.name.isdigit()), key=lambda e: int(e.name)
    )
    for file in newest.iterdir():
        file.write_bytes(file.read_bytes()[:100])
    (job.path / "request.json").write_text("{", encoding="utf-8")
    section_of(panel).open_run(job.path)
    wait_for_state(panel, "hurt run", "interrupted")
    panel.host.click(section_of(panel).ui.runsResumeButton)
    wait_for_state(panel, "hurt run", "done", 250)
    assert section_of(panel).chosen().iteration == 60


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for the beginning of a run."""
    place = tmp_path / "small disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs rights that this user lacks")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_ends_in_a_message_and_a_resumable_run(
    panel: Any, dataset: Path, small_disk: Path
) -> None:
    job = new_run(dataset, small_disk / "full run", iterations=100_000)
    start(job)
    panel.host.wait_until(lambda: iterations(job) >= 5, 250, "the first steps")
    stuff = small_disk / "something large"
    with stuff.open("wb", buffering=0) as stream:
        try:
            while stream.write(bytes(4096)):
                pass
        except OSError:
            os.fsync(stream.fileno())
    assert wait_for_end(job) == "failed"
    wait_for_state(panel, "full run", "failed")
    select(panel, "full run")
    live = panel.section("LiveSection").ui
    panel.host.wait_until(lambda: "disk is full" in live.liveSilentLabel.text, 120, "the reason")
    stuff.unlink()
    panel.host.click(section_of(panel).ui.runsResumeButton)
    wait_for_state(panel, "full run", "running")
    panel.host.wait_until(lambda: state_of(job) == "running", 120, "the run")
    panel.host.click(section_of(panel).ui.runsStopButton)
    wait_for_state(panel, "full run", "stopped")


def test_segmenting_works_while_a_run_trains(panel: Any, endless: Any, narrow_model: str) -> None:
    """On the processor, beside a run of low priority; the run goes on."""
    import slicer

    from ugmcl.samples import list_samples

    job = endless("busy run")
    panel.host.wait_until(lambda: iterations(job) >= 1, 250, "the first steps")
    volume = slicer.util.loadVolume(str(list_samples()[0].image))
    logic = panel.host.open("UGMCLSegmentation").logic
    nodes = logic.segment(volume, narrow_model, device="cpu", passes=2)
    assert nodes.segmentation.GetSegmentation().GetNumberOfSegments() == 2
    done = iterations(job)
    panel.host.wait_until(lambda: iterations(job) > done, 250, "further steps")

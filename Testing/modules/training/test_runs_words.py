"""What the list says of runs in every state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ugmcl.jobs.runs import RunSummary

pytestmark = pytest.mark.timeout(600)
RUN = RunSummary(folder=Path("a") / "run", name="run", state="running", iteration=30, iterations=120)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("running", "running"), ("queued", "about to begin"), ("stopped", "paused"), ("done", "done"),
        ("cancelled", "stopped,\ncan be resumed"), ("failed", "failed,\ncan be resumed"),
        ("interrupted", "interrupted,\ncan be resumed"),
    ],
)  # fmt: skip
def test_states(module: Any, state: Any, expected: str) -> None:
    from UGMCLTrainingLib.runs.words import state_words

    assert state_words(replace(RUN, state=state)) == expected


def test_a_run_that_was_asked_to_end_says_so_until_it_has(module: Any) -> None:
    from UGMCLTrainingLib.runs.words import state_words

    assert state_words(RUN, "paused") == "being paused"
    assert state_words(RUN, "cancelled") == "being stopped"
    assert state_words(replace(RUN, state="stopped"), "paused") == "paused"


def test_figures(module: Any) -> None:
    from UGMCLTrainingLib.runs import words

    assert words.iteration_words(RUN) == "30\nof 120"
    assert words.iteration_words(replace(RUN, iterations=0, iteration=0)) == "–"
    assert words.dice_words(RUN) == "–"
    assert words.dice_words(replace(RUN, dice={"student": 0.71, "teacher": 0.7342})) == "0.734"
    with_start = replace(RUN, dice={"student": 0.71, "teacher": 0.73}, start_dice=0.6)
    assert words.dice_words(with_start) == "0.730\nstart 0.600"
    assert words.state_words(replace(RUN, remaining_s=130.0)) == "running,\n2 min left"
    assert words.state_words(replace(RUN, state="done", remaining_s=130.0)) == "done"
    assert words.name_words(replace(RUN, disk_bytes=12_300_000)) == "run\n12.3 MB"
    tip = words.tip_words(replace(RUN, created=1.0, device="cuda:0", device_name="A card", error="It fell."))
    assert "A card" in tip and "It fell." in tip and str(RUN.folder) in tip

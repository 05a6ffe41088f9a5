"""Progress: a bar on a terminal, lines elsewhere; results are not mixed with it."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import numpy as np
import pytest

from ugmcl.cli import printing
from ugmcl.cli import terminal as terminals
from ugmcl.cli.terminal import TerminalReporter, duration
from ugmcl.errors import Stopped


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_lines_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(np.arange(0.0, 1000.0, 3.0))
    monkeypatch.setattr(terminals.time, "monotonic", lambda: float(next(now)))
    stream = io.StringIO()
    reporter = TerminalReporter(stream)
    reporter.stage("Segmenting")
    for done in range(1, 5):
        reporter.progress(done, 4, "passes")
    reporter.message("the device changed", "warning")
    lines = stream.getvalue().splitlines()
    assert lines[0] == "Segmenting" and lines[-1] == "warning: the device changed"
    assert 1 <= sum("passes" in line for line in lines) <= 3  # at most one line in ten seconds
    assert any(" left" in line for line in lines)


def test_a_stage_that_begins_in_its_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training goes on at 500 after a validation: what was done before says nothing of the rate."""
    clock = [0.0]
    monkeypatch.setattr(terminals.time, "monotonic", lambda: clock[0])
    stream = io.StringIO()
    reporter = TerminalReporter(stream)
    reporter.stage("Training")
    for done in range(500, 521):
        reporter.progress(done, 3000, "iterations")
        clock[0] += 1.0
    assert stream.getvalue().splitlines()[-1].startswith("Training: 520 of 3000 iterations, 41 min left")


def test_a_bar_on_a_terminal() -> None:
    screen = Screen()
    reporter = TerminalReporter(screen)
    reporter.stage("Training")
    reporter.progress(1, 10, "steps")
    reporter.metric({"dice": 0.81234, "loss": math.nan}, 1)
    reporter.message("checkpoint written")
    reporter.progress(10, 10, "steps")
    reporter.close()
    text = screen.getvalue()
    assert "Training" in text and "\r" in text and "checkpoint written" in text and "dice 0.812" in text


def test_quiet_still_warns() -> None:
    stream = io.StringIO()
    reporter = TerminalReporter(stream, quiet=True)
    reporter.stage("Training")
    reporter.progress(1, 2)
    reporter.message("hello")
    reporter.message("the loss is not finite", "alarm")
    assert stream.getvalue() == "alarm: the loss is not finite\n"


def test_the_end_on_request_reaches_the_work() -> None:
    reporter = TerminalReporter(io.StringIO())
    reporter.check()
    reporter.interruption.reason = "cancelled"
    with pytest.raises(Stopped):
        reporter.check()


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "5 s"), (240, "4 min"), (7500, "2 h 05 min"), (math.inf, "unknown time")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_json_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    data = {
        "dice": np.float32(0.5),
        "hd95": math.nan,
        "path": Path("a") / "b",
        "n": np.arange(2),
        3: (True, None),
    }
    printing.result(data, "text", as_json=True)
    read = json.loads(capsys.readouterr().out)
    assert read == {"dice": 0.5, "hd95": None, "path": str(Path("a/b")), "n": [0, 1], "3": [True, None]}


def test_tables_align_numbers_to_the_right() -> None:
    text = printing.table(["segment", "dice"], [["anterior", 0.9], ["b", None]])
    assert text.splitlines() == ["segment    dice", "anterior  0.900", "b"]

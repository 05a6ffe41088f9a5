"""Curves read on from where one stopped, thinned, and what each choice draws."""

from __future__ import annotations

import math
import os
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(600)

HEAD = "iteration,loss,supervised,consistency weight,certain share,learning rate,gradient norm"
DICE = HEAD + ",student Dice anterior,teacher Dice anterior,start Dice anterior"


def row(iteration: int, loss: float = 0.5) -> str:
    return f"{iteration},{loss},{loss / 2},0.01,0.9,0.001,1.5"


def write(folder: Path, head: str, lines: list[str], *, rename: bool = False) -> None:
    """As the training does it: appended to, or written anew and renamed."""
    text = "\n".join([head, *lines]) + "\n"
    if rename:
        (folder / "part").write_text(text, encoding="utf-8")
        os.replace(folder / "part", folder / "curves.csv")
    else:
        (folder / "curves.csv").write_text(text, encoding="utf-8")


@pytest.fixture
def reader(module: Any, tmp_path: Path) -> Any:
    from UGMCLTrainingLib.live.curve_rows import CurveReader

    return CurveReader(tmp_path)


def test_only_new_rows_are_read(reader: Any, tmp_path: Path) -> None:
    assert reader.read() == ([], False), "not there yet"
    write(tmp_path, HEAD, [row(10), row(20)])
    rows, anew = reader.read()
    assert anew and [r["iteration"] for r in rows] == [10, 20] and rows[0]["certain share"] == 0.9
    assert reader.read() == ([], False)
    with (tmp_path / "curves.csv").open("a", encoding="utf-8") as stream:
        stream.write(row(30) + "\n" + row(40)[:7])
    rows, anew = reader.read()
    assert not anew and [r["iteration"] for r in rows] == [30], "half a line waits for its end"
    with (tmp_path / "curves.csv").open("a", encoding="utf-8") as stream:
        stream.write(row(40)[7:] + "\n")
    assert [r["iteration"] for r in reader.read()[0]] == [40]


def test_a_wider_table_and_a_resumed_run_begin_anew(reader: Any, tmp_path: Path) -> None:
    write(tmp_path, HEAD, [row(10), row(20)])
    reader.read()
    write(tmp_path, DICE, [row(10) + ",,,", row(20) + ",0.7,0.8,", "0,,,,,,,,,0.6"], rename=True)
    rows, anew = reader.read()
    assert anew and len(rows) == 3 and rows[1]["teacher Dice anterior"] == 0.8
    assert "student Dice anterior" not in rows[0], "empty cells are absent"
    write(tmp_path, DICE, [row(10) + ",,,"], rename=True)
    rows, anew = reader.read()
    assert anew and [r["iteration"] for r in rows] == [10]


@pytest.mark.parametrize(
    "content", [b"", b"iterat", b"\xff\xfe\x00garbage\n1,2\n", b"iteration,loss\nx,y\n,3\n"]
)
def test_damaged_tables_say_nothing(reader: Any, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "curves.csv").write_bytes(content)
    assert reader.read()[0] == []


def test_a_long_run_is_thinned_and_ends_with_the_newest(module: Any) -> None:
    from UGMCLTrainingLib.live.curve_rows import MOST_ROWS, Curves

    curves = Curves()
    began = time.perf_counter()
    curves.add([{"iteration": float(n), "loss": 1 / (n + 1)} for n in range(200_001)])
    assert time.perf_counter() - began < 5
    found = curves.steps.rows()
    assert MOST_ROWS <= len(found) <= 2 * MOST_ROWS + 1
    assert found[0]["iteration"] == 0 and found[-1]["iteration"] == 200_000
    steps = {b["iteration"] - a["iteration"] for a, b in pairwise(found[:-1])}
    assert len(steps) == 1, "evenly spaced"


def test_each_choice_draws_what_it_says(module: Any) -> None:
    from UGMCLTrainingLib.live.curve_rows import Curves
    from UGMCLTrainingLib.live.plots import choices, lines_of

    curves = Curves()
    assert all(lines_of(choice, curves) == [] for choice, _words in choices())
    curves.add([
        {"iteration": 0.0, "start Dice anterior": 0.6},
        {"iteration": 10.0, "loss": 0.5, "supervised": 0.4, "intra": 0.1, "consistency weight": 0.01,
         "certain share": 0.9, "learning rate": 0.001, "gradient norm": 1.0},
        {"iteration": 20.0, "student Dice anterior": 0.7, "teacher Dice anterior": 0.8},
        {"iteration": 30.0, "loss": 0.4, "supervised": 0.3, "intra": 0.1},
    ])  # fmt: skip
    drawn = {choice: lines_of(choice, curves) for choice, _words in choices()}
    assert [line.name for line in drawn["losses"]] == ["supervised", "intra"]
    assert [line.name for line in drawn["consistency"]] == ["consistency weight", "share of certain voxels"]
    assert drawn["loss"][0].y == [0.5, 0.4] and drawn["rate"][0].x == [10.0]
    student, teacher, start = drawn["dice"]
    assert (student.style, teacher.style, start.style) == ("solid", "dashed", "dotted")
    assert student.colour == teacher.colour == start.colour
    assert start.x == [0.0, 30.0] and start.y == [0.6, 0.6], "a line from the beginning to now"
    assert all(math.isfinite(value) for lines in drawn.values() for line in lines for value in line.y)


def test_colours_can_be_seen_on_the_charts_white(module: Any) -> None:
    """Contrast of at least 2 to 1 (WCAG's measure), so that a line of two pixels shows."""
    from UGMCLTrainingLib.live.plots import COLOURS

    def luminance(colour: tuple[float, float, float]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for colour in COLOURS:
        assert 1.05 / (luminance(colour) + 0.05) > 2.0, colour


def test_alarms_stand_once_and_the_worse_first(module: Any) -> None:
    from UGMCLTrainingLib.live.alarms import MOST_SHOWN, Alarms

    alarms = Alarms()
    assert alarms.icon() == "" and alarms.shown() == []
    alarms.take({"kind": "message", "level": "info", "text": "Going on", "t": 1})
    alarms.take({"kind": "message", "level": "warning", "text": "A remark", "t": 9})
    assert alarms.icon() == "warning"
    for step in (10, 20, 30):
        text = f"Dice of anterior fell from 0.8{step} to 0.2 at iteration {step}"
        alarms.take({"kind": "message", "level": "alarm", "text": text, "t": step})
    shown = alarms.shown()
    assert [alarm.level for alarm in shown] == ["alarm", "warning"] and "iteration 30" in shown[0].text
    assert alarms.icon() == "critical"
    for number in "abcdefghij":
        alarms.take({"kind": "message", "level": "warning", "text": number, "t": 50})
    assert len(alarms.shown()) == MOST_SHOWN and alarms.shown()[0].level == "alarm"

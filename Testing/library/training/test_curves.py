"""The table of a run's figures, and its picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from ugmcl.training.curves import CurveLog, read_curves
from ugmcl.training.curves_picture import draw_curves


def test_rows_are_means_and_new_columns_widen_the_table(tmp_path: Path) -> None:
    log = CurveLog(tmp_path)
    log.add({"loss": 1.0})
    log.add({"loss": 3.0})
    assert log.write(2) == {"loss": 2.0}
    log.append(2, {"student Dice liver": 0.5})
    log.add({"loss": float("nan")})
    log.add({"loss": 5.0})
    log.write(4)
    assert read_curves(tmp_path) == [
        {"iteration": 2, "loss": 2.0},
        {"iteration": 2, "student Dice liver": 0.5},
        {"iteration": 4, "loss": 5.0},
    ]


def test_a_resumed_run_drops_what_came_after_its_checkpoint(tmp_path: Path) -> None:
    log = CurveLog(tmp_path)
    for t in (10, 20, 30):
        log.append(t, {"loss": float(t)})
    with (tmp_path / "curves.csv").open("a") as stream:
        stream.write("40,4")  # killed within a line
    assert [row["iteration"] for row in read_curves(tmp_path)] == [10, 20, 30]
    again = CurveLog(tmp_path, start=20)
    again.append(30, {"loss": 0.0})
    assert [row["loss"] for row in read_curves(tmp_path)] == [10, 20, 0]


def test_the_picture_shows_lines(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert draw_curves(tmp_path) is None
    log = CurveLog(tmp_path)
    for t in (10, 20, 30):
        log.append(t, {"loss": 1 / t, "dice": 0.5, "learning rate": 1e-3, "consistency weight": 0.1 * t})
        log.append(t, {"student Dice liver": t / 40, "teacher Dice liver": t / 50})
    path = draw_curves(tmp_path)
    assert path is not None
    from matplotlib.image import imread

    picture = imread(path)
    assert picture.shape[0] > 500 and picture.shape[1] > 800
    colours = {tuple((255 * pixel[:3]).astype(int)) for pixel in picture.reshape(-1, picture.shape[2])}
    assert (31, 119, 180) in colours  # the first line's blue

"""Summary of an evaluation, and its files there and back."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ugmcl.errors import UserError
from ugmcl.evaluation.record import ALL, Evaluation, load_evaluation

ROWS = (
    {"case": "p", "segment": "a", "empty": "", "dice": 0.8, "hd95_mm": 2.0},
    {"case": "q", "segment": "a", "empty": "prediction", "dice": 0.0, "hd95_mm": 50.0},
    {"case": "r", "segment": "a", "empty": "both", "dice": None, "hd95_mm": None},
    {"case": "p", "segment": "b", "empty": "", "dice": 0.6, "hd95_mm": 4.0},
)


def test_summary_counts_what_is_left_out() -> None:
    a, b, both = Evaluation({}, ROWS).summary()
    assert (a["cases"], a["left out (both empty)"], a["one empty"]) == (2, 1, 1)
    assert a["dice"] == {"mean": pytest.approx(0.4), "sd": pytest.approx(0.8 / 2**0.5), "n": 2}
    assert b["dice"]["sd"] is None  # one case has no spread
    assert both["segment"] == ALL
    assert both["dice"]["mean"] == pytest.approx((0.7 + 0.0) / 2)  # p: mean of its two segments; q: 0


def test_files_there_and_back(tmp_path: Path) -> None:
    written = Evaluation({"model": "m", "role": "test"}, ROWS, {"s": "there is no prediction"})
    files = written.save(tmp_path / "ergebnis")
    read = load_evaluation(tmp_path / "ergebnis")
    assert read.about == written.about and read.rows == ROWS and read.skipped == written.skipped
    with files["cases"].open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert [row["dice"] for row in table] == ["0.8", "0", "", "0.6"]
    assert not [path for path in (tmp_path / "ergebnis").iterdir() if path.suffix == ".tmp"]


def test_no_evaluation_damaged_and_foreign(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no evaluation here"):
        load_evaluation(tmp_path)
    (tmp_path / "evaluation.json").write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="damaged"):
        load_evaluation(tmp_path)
    (tmp_path / "evaluation.json").write_text('{"format": "other"}', encoding="utf-8")
    with pytest.raises(UserError, match="not an evaluation"):
        load_evaluation(tmp_path)

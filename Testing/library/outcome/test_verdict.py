"""The verdict on made-up figures: each outcome, its sentence, and what it must not hide."""

from __future__ import annotations

import numpy as np
import pytest

from ugmcl.evaluation.record import Evaluation
from ugmcl.outcome.rows import case_rows, ends
from ugmcl.outcome.verdict import judge

BASE = np.linspace(0.70, 0.80, 8)


def evaluation(**dice: np.ndarray | list[float | None]) -> Evaluation:
    """One row a case and segment; keywords are segments."""
    rows = [
        {"case": f"c{i}", "segment": name, "empty": "", "dice": None if value is None else float(value)}
        for name, values in dice.items()
        for i, value in enumerate(values)
    ]
    return Evaluation({}, tuple(sorted(rows, key=lambda row: row["case"])))


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.01, len(BASE))


def test_better() -> None:
    found = judge({"before": evaluation(a=BASE), "after": evaluation(a=BASE + 0.1 + noise())}, "test")
    assert found.verdict == "better" and found.warnings == [] and found.control == ""
    assert found.sentence.startswith(
        "The new model is better: on 8 test cases the mean Dice rose from 0.750 to"
    )
    assert "p = 0.008" in found.sentence


def test_worse_is_a_warning() -> None:
    found = judge({"before": evaluation(a=BASE), "after": evaluation(a=BASE - 0.1)}, "validation")
    assert found.verdict == "worse" and found.warnings == [found.sentence]
    assert "fell from 0.750 to 0.650 (−0.100" in found.sentence


@pytest.mark.parametrize("change", [np.zeros(8), np.array([0.05, -0.05] * 4), np.array([0.3, *[-0.01] * 7])])
def test_not_better(change: np.ndarray) -> None:
    found = judge({"before": evaluation(a=BASE), "after": evaluation(a=BASE + change)}, "test")
    assert found.verdict == "not better" and found.warnings == [found.sentence]


def test_five_cases_are_too_few_however_large_the_gain() -> None:
    found = judge({"before": evaluation(a=BASE[:5]), "after": evaluation(a=BASE[:5] + 0.2)}, "test")
    assert found.verdict == "too few" and "on 5 test cases" in found.sentence
    assert found.paired[0]["p_wilcoxon"] is None


def test_a_segment_that_became_worse_is_named_although_the_mean_is_better() -> None:
    before = evaluation(big=BASE, small=BASE)
    after = evaluation(big=BASE + 0.2 + noise(), small=BASE - 0.05 + noise(1))
    found = judge({"before": before, "after": after}, "test")
    assert found.verdict == "better"
    assert len(found.warnings) == 1 and found.warnings[0].startswith("The segment small became worse")


def test_a_new_segment_is_left_out_of_the_comparison() -> None:
    before, after = evaluation(a=BASE), evaluation(a=BASE + 0.1, new=np.full(8, 0.1))
    found = judge({"before": before, "after": after}, "test")
    assert found.verdict == "better" and {row["segment"] for row in found.paired} == {"a"}
    rows = case_rows({"before": before, "after": after})
    assert [row["before"] is None for row in rows if row["segment"] == "new"] == [True] * 8
    best, worst = ends(rows)
    assert best is not None and worst is not None and best["after"] - best["before"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("change", "words"), [(0.05, "raised it"), (-0.05, "lowered it"), (0.0, "made no difference that shows")]
)
def test_what_the_unlabelled_cases_did(change: float, words: str) -> None:
    after = evaluation(a=BASE + 0.1)
    control = evaluation(a=BASE + 0.1 - change + (0 if change else noise()))
    found = judge({"before": evaluation(a=BASE), "after": after, "control": control}, "test")
    assert found.verdict == "better" and words in found.control
    assert {row["pair"] for row in found.paired} == {"after-before", "after-control", "control-before"}


def test_nothing_to_compare_with() -> None:
    found = judge({"after": evaluation(a=BASE)}, "validation", "the training began without a starting model")
    assert found.verdict == "cannot compare"
    assert found.sentence == (
        "The new model cannot be compared: the training began without a starting model. "
        "On 8 validation cases its mean Dice is 0.750."
    )
    absent = evaluation(a=[None] * 8)
    assert judge({"before": absent, "after": absent}, "test", "no case shows it").verdict == "cannot compare"

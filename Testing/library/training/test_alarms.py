"""Alarms that a person would raise from the same figures."""

from __future__ import annotations

from ugmcl.training.alarms import judge
from ugmcl.training.validation import SourceResult, Validation


def seen(iteration: int, dice: dict[str, float], predicted: dict[str, int] | None = None) -> Validation:
    """A validation with all segments present; a Dice of 0 means never predicted unless told otherwise."""
    voxels = predicted or {name: int(1000 * value) for name, value in dice.items()}
    result = SourceResult(dict(dice), voxels, {name: [value] for name, value in dice.items()})
    return Validation(iteration, "validation", 1, dict.fromkeys(dice, 500), {"student": result})


def kinds(history: list[Validation]) -> list[tuple[str, str]]:
    return [(alarm.kind, alarm.segment) for alarm in judge(history, 1000)]


def test_a_class_may_be_learnt_late_but_not_never() -> None:
    assert kinds([seen(100, {"anterior": 0.7, "posterior": 0.0})]) == []
    late = seen(250, {"anterior": 0.8, "posterior": 0.0})
    assert kinds([late]) == [("never predicted", "posterior")]
    assert "dropout_at = bottleneck" in judge([late], 1000)[0].text


def test_a_class_that_was_learnt_and_is_lost_alarms_at_once() -> None:
    history = [seen(50, {"a": 0.5, "b": 0.4}), seen(100, {"a": 0.6, "b": 0.0})]
    assert kinds(history) == [("never predicted", "b")]


def test_a_class_predicted_in_the_wrong_place_is_not_never_predicted() -> None:
    assert kinds([seen(500, {"a": 0.0}, predicted={"a": 900})]) == []


def test_dice_that_falls_below_half_of_its_best() -> None:
    history = [seen(100, {"a": 0.8}), seen(200, {"a": 0.45}), seen(300, {"a": 0.39})]
    assert kinds(history[:2]) == []
    assert kinds(history) == [("collapsed", "a")]
    assert "0.80 to 0.39" in judge(history, 1000)[0].text


def test_the_better_of_student_and_teacher_counts() -> None:
    student = seen(600, {"a": 0.0})
    teacher = seen(600, {"a": 0.7})
    both = Validation(
        600, "validation", 1, {"a": 500},
        {"student": student.sources["student"], "teacher": teacher.sources["student"]},
    )  # fmt: skip
    assert kinds([both]) == []


def test_a_segment_that_no_reference_has_is_not_missed() -> None:
    lost = seen(900, {"a": 0.0})
    absent = Validation(900, "validation", 1, {"a": 0}, lost.sources)
    assert kinds([absent]) == []

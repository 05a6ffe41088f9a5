"""Remarks in plain words: a segment that is not found yet, a training that gains nothing any more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ugmcl.training.remarks import remark
from ugmcl.training.run import train
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.validation import SourceResult, Validation


def seen(iteration: int, role: str = "validation", **dice: float) -> Validation:
    voxels = {name: int(1000 * value) for name, value in dice.items()}
    result = SourceResult(dict(dice), voxels, {name: [value] for name, value in dice.items()})
    return Validation(iteration, role, 1, dict.fromkeys(dice, 500), {"student": result})


def kinds(*history: Validation) -> list[tuple[str, str]]:
    return [(alarm.kind, alarm.segment) for alarm in remark(history, 1000)]


def test_not_found_yet() -> None:
    (found,) = remark([seen(100, a=0.0, b=0.5, c=0.0)], 1000)
    assert (found.kind, found.segment) == ("not yet", "a, c")
    assert found.text.startswith("a, c: not found yet in the validation cases (step 100)")
    (nothing,) = remark([seen(100, a=0.0, b=0.0)], 1000)
    assert nothing.text.startswith("No segment is found yet")
    assert kinds(seen(250, a=0.0, b=0.5)) == []  # from now on it is an alarm
    assert kinds(seen(100, a=0.1)) == [] and kinds() == []


def test_no_better_any_more() -> None:
    rising = [seen(t, a=0.3 + t / 2000) for t in (100, 200, 300)]
    assert kinds(*rising) == []
    flat = [seen(t, a=0.452) for t in (400, 500, 600)]
    assert kinds(*rising, *flat) == [("stagnation", "")]
    text = remark([*rising, *flat], 1000)[0].text
    assert "since step 300" in text and "its best was 0.45" in text
    assert kinds(*rising, *flat, seen(700, a=0.5)) == []  # a gain after all
    late = [seen(t, a=0.45) for t in (700, 800, 900)]
    assert kinds(*rising, *flat, *late) == []  # near its end nothing is saved by stopping
    assert kinds(*rising, *flat[:2]) == []  # not long enough
    watched = [seen(t, "labelled", a=0.45) for t in range(100, 700, 100)]
    assert kinds(*watched) == []


def test_a_training_says_each_once(
    cache_folder: Path, tiny: Callable[..., TrainingSettings], tmp_path: Path, recorder
) -> None:
    told = recorder()
    settings = tiny(iterations=40, validate_every=2, learning_rate=1e-9, start_learning_rate=1e-9)
    train(cache_folder, tmp_path / "run", settings, reporter=told)
    texts = told.texts("warning")
    assert sum("found yet" in text for text in texts) <= 1
    assert sum("No better since" in text for text in texts) <= 1
    assert any("found yet" in text or "No better since" in text for text in texts)

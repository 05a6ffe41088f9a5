"""The starting model is measured before the first step: told, drawn, kept, never counted as the best."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ugmcl.data.cache import Cache, open_cache
from ugmcl.errors import Stopped
from ugmcl.jobs.runs import summarise
from ugmcl.models.package import ModelPackage, read_package
from ugmcl.models.weights import load_network
from ugmcl.training.baseline import measure_start
from ugmcl.training.curves import read_curves
from ugmcl.training.precision import choose_precision
from ugmcl.training.run import train
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.state import Counters
from ugmcl.training.validation import validate

Settings = Callable[..., TrainingSettings]


@pytest.fixture(scope="module")
def model(cache_folder: Path, tiny: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that has learnt something."""
    run = train(
        cache_folder, tmp_path_factory.mktemp("start") / "run", tiny(iterations=60, validate_every=60)
    )
    assert run.model is not None
    return run.model


def counters_of(run: Path) -> Counters:
    newest = max((run / "checkpoints").glob("0*"))
    return Counters(**json.loads((newest / "state.json").read_text())["counters"])


def test_it_is_told_written_and_kept(
    cache_folder: Path, model: Path, tiny: Settings, tmp_path: Path, recorder
) -> None:
    told = recorder()
    run = tmp_path / "run"
    train(cache_folder, run, tiny(start_learning_rate=1e-9), start=model, reporter=told)
    first = read_curves(run)[0]
    assert set(first) == {"iteration", "start Dice right", "start Dice left"} and first["iteration"] == 0
    metrics = [(iteration, values) for iteration, values in told.metrics if iteration == 0]
    assert len(metrics) == 1 and metrics[0][1]["start Dice left"] == pytest.approx(
        first["start Dice left"], rel=1e-4
    )
    cache = open_cache(cache_folder)
    network = load_network(read_package(model))
    found = validate({"x": network}, cache, tiny(), choose_precision("fp32", "cpu"), 0).sources["x"]
    assert first["start Dice left"] == pytest.approx(found.dice["left"], rel=1e-4)
    counters = counters_of(run)
    assert counters.start is not None and counters.start["role"] == "validation"
    assert [v["iteration"] for v in counters.validations] == [6, 12]
    assert counters.best is not None and counters.best["iteration"] > 0
    assert summarise(run).start_dice == pytest.approx(sum(found.dice.values()) / 2, rel=1e-4)
    assert (run / "curves.png").stat().st_size > 10_000


@pytest.mark.parametrize("stop_after", [0, 5])
def test_a_resumed_run_has_it_once_and_equals_an_undisturbed_one(
    cache_folder: Path, model: Path, tiny: Settings, tmp_path: Path, recorder, stop_after: int
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(cache_folder, whole, tiny(), start=model)
    with pytest.raises(Stopped):
        train(cache_folder, parts, tiny(), start=model, reporter=recorder(stop_after))
    told = recorder()
    train(None, parts, resume=True, reporter=told)
    if stop_after:
        assert 0 not in [iteration for iteration, _ in told.metrics]
    for run in (whole, parts):
        assert [row["iteration"] for row in read_curves(run)].count(0) == 1
    for name in ("student", "teacher", "optimisers"):
        place = Path("checkpoints", "000012", f"{name}.safetensors")
        assert (whole / place).read_bytes() == (parts / place).read_bytes(), name


def test_killed_before_its_first_checkpoint(
    dataset: Path, model: Path, tiny: Settings, tmp_path: Path, recorder
) -> None:
    """What the starting model ruled is kept in the settings; they are no wishes of the user when resumed."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(dataset, whole, tiny(patch="auto"), start=model)
    with pytest.raises(Stopped):
        train(dataset, parts, tiny(patch="auto"), start=model, reporter=recorder(1))
    shutil.rmtree(parts / "checkpoints")
    train(None, parts, resume=True)
    place = Path("checkpoints", "000012", "student.safetensors")
    assert (whole / place).read_bytes() == (parts / place).read_bytes()
    assert read_curves(parts)[0]["iteration"] == 0


def test_without_validation_cases_there_is_none(model: Path, cache: Cache, tiny: Settings) -> None:
    cases = tuple(
        replace(case, role="test" if case.role == "validation" else case.role) for case in cache.cases
    )
    package = read_package(model)
    precision = choose_precision("fp32", "cpu")
    assert measure_start(package, replace(cache, cases=cases), tiny(), precision) is None


def test_segments_of_another_order_and_unknown_ones(model: Path, cache: Cache, tiny: Settings) -> None:
    package: ModelPackage = read_package(model)
    precision = choose_precision("fp32", "cpu")
    straight = measure_start(package, cache, tiny(), precision)
    renamed = (replace(package.segments[0], name="another"), package.segments[1])
    partly = measure_start(replace(package, segments=renamed), cache, tiny(), precision)
    assert straight is not None and partly is not None
    assert partly.figures() == {"start Dice left": straight.figures()["start Dice left"]}

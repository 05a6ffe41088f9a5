"""Packages between the starting model and the trained weights: exact shares, resuming, new segments."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ugmcl.errors import Stopped, UserError
from ugmcl.jobs.reporter import Reporter
from ugmcl.models.package import read_package, update_package
from ugmcl.models.weights import load_network
from ugmcl.training.run import RunResult, train
from ugmcl.training.settings import TrainingSettings
from ugmcl.training.start_share import FILE, learned_by_start, towards_start

Settings = Callable[..., TrainingSettings]
LAYER = "block_five.0.weight"


@pytest.fixture(scope="module")
def begun_with(cache_folder: Path, tiny: Settings, tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    return train(cache_folder, tmp_path_factory.mktemp("start") / "first", tiny(iterations=2))


def weights(model: Path | None) -> dict[str, torch.Tensor]:
    assert model is not None
    return dict(load_network(read_package(model)).state_dict())


def trained_weights(run: RunResult) -> dict[str, torch.Tensor]:
    """The raw network of the last checkpoint from which the package was made."""
    assert run.model is not None
    newest = (run.folder / "checkpoints" / "latest").read_text().strip()
    source = read_package(run.model).uncertainty.source
    return load_file(run.folder / "checkpoints" / newest / f"{source}.safetensors")


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_package_holds_the_share(
    begun_with: RunResult, cache_folder: Path, tiny: Settings, tmp_path: Path, share: float
) -> None:
    settings = tiny(iterations=4, start_share=share, start_learning_rate=0.05)
    run = train(cache_folder, tmp_path / "run", settings, start=begun_with.model)
    start, trained, packaged = weights(begun_with.model), trained_weights(run), weights(run.model)
    moved = (trained[LAYER] - start[LAYER]).abs().max()
    assert float(moved) > 1e-3
    for name in (LAYER, "out_conv.weight", "out_conv2.bias"):
        wanted = (1 - share) * trained[name] + share * start[name]
        assert torch.allclose(packaged[name], wanted, atol=float(moved) / 100)


def test_the_starts_terms_and_its_advice_on_pieces_stay_with_the_new_model(
    begun_with: RunResult, cache_folder: Path, tiny: Settings, tmp_path: Path
) -> None:
    shutil.copytree(begun_with.model, tmp_path / "start")
    package = read_package(tmp_path / "start")
    terms = {"licence": "research only", "attribution": "from a hospital", "citation": "Somebody 2020"}
    update_package(replace(package, one_piece=True, **terms))
    run = train(cache_folder, tmp_path / "run", tiny(iterations=2), start=tmp_path / "start")
    model = read_package(run.model)
    assert model.one_piece and model.training["started_from"] == package.id
    assert {name: getattr(model, name) for name in terms} == terms
    card = (run.model / "card.md").read_text(encoding="utf-8")
    assert f"- started from: {package.id}" in card and "Licence: research only" in card
    assert not read_package(begun_with.model).one_piece


def test_validation_measures_what_is_packaged(
    begun_with: RunResult, cache_folder: Path, tiny: Settings, tmp_path: Path
) -> None:
    settings = tiny(iterations=4, start_share=1.0, start_learning_rate=0.05)
    run = train(cache_folder, tmp_path / "run", settings, start=begun_with.model)
    assert run.validation is not None
    student, teacher = run.validation.sources["student"], run.validation.sources["teacher"]
    assert student.dice == teacher.dice  # both are the starting weights, whatever was trained


class EndAfter(Reporter):
    def __init__(self, iteration: int) -> None:
        self.iteration, self.done = iteration, 0

    def progress(self, done: int, total: int, unit: str = "") -> None:
        if unit == "iterations":
            self.done = done

    def check(self) -> None:
        if self.done >= self.iteration:
            raise Stopped("cancelled")


def test_a_resumed_run_needs_no_starting_model_any_more(
    begun_with: RunResult, cache_folder: Path, tiny: Settings, tmp_path: Path
) -> None:
    assert begun_with.model is not None
    settings = tiny(iterations=6, start_share=0.5)
    whole = train(cache_folder, tmp_path / "whole", settings, start=begun_with.model)

    model = tmp_path / "model"
    model.mkdir()
    for file in begun_with.model.iterdir():
        (model / file.name).write_bytes(file.read_bytes())
    with pytest.raises(Stopped):
        train(cache_folder, tmp_path / "parts", settings, start=model, reporter=EndAfter(3))
    (model / "model.json").unlink()
    parts = train(None, tmp_path / "parts", resume=True)
    one, other = weights(whole.model), weights(parts.model)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_lost_starting_weights_are_said_and_can_be_done_without(
    begun_with: RunResult, cache_folder: Path, tiny: Settings, tmp_path: Path
) -> None:
    settings = tiny(iterations=6, start_share=0.5)
    with pytest.raises(Stopped):
        train(cache_folder, tmp_path / "run", settings, start=begun_with.model, reporter=EndAfter(3))
    kept = (tmp_path / "run" / FILE).read_bytes()
    (tmp_path / "run" / FILE).write_bytes(kept[: len(kept) // 2])
    with pytest.raises(UserError, match="starting weights are gone or damaged") as caught:
        train(None, tmp_path / "run", resume=True)
    assert "start_share=0" in caught.value.remedy
    run = train(None, tmp_path / "run", TrainingSettings(start_share=0.0), resume=True)
    assert torch.allclose(weights(run.model)[LAYER], trained_weights(run)[LAYER], atol=1e-3)


def test_with_a_new_segment_nothing_is_shared(begun_with: RunResult) -> None:
    assert begun_with.model is not None
    package = read_package(begun_with.model)
    network = load_network(package)
    state = dict(network.state_dict())
    known = learned_by_start(package, state, package.segments)
    assert set(known) == {name for name, value in state.items() if value.is_floating_point()}
    new = replace(package.segments[0], name="a cyst", terminology=None)
    assert learned_by_start(package, state, [*package.segments, new]) == {}
    assert towards_start(network, {}, 0.5) is network


def test_weights_that_the_start_never_had_are_not_shared(begun_with: RunResult) -> None:
    assert begun_with.model is not None
    package = read_package(begun_with.model)
    full = dict(load_network(package).state_dict())
    known = learned_by_start(package, {**full, "fresh.weight": torch.ones(1)}, package.segments)
    assert "fresh.weight" not in known and torch.equal(known[LAYER], full[LAYER])

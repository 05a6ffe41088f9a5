"""A run that was interrupted equals an undisturbed one, bit for bit on the processor."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file

from ugmcl.errors import Stopped, UserError
from ugmcl.training.checkpoints import checkpoint_folders
from ugmcl.training.run import train
from ugmcl.training.settings import TrainingSettings

Settings = Callable[..., TrainingSettings]


def files_of(run: Path, checkpoint: str) -> dict[str, bytes]:
    folder = run / "checkpoints" / checkpoint
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.safetensors"))}


def assert_equal_runs(one: Path, other: Path, checkpoint: str = "000012") -> None:
    """Weights, running statistics and optimisers are equal to the bit."""
    mine, its = files_of(one, checkpoint), files_of(other, checkpoint)
    assert mine.keys() == its.keys() and len(mine) >= 2
    for name in mine:
        assert mine[name] == its[name], f"{name} differs"


@pytest.fixture(scope="module")
def undisturbed(cache_folder: Path, tiny: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("undisturbed") / "run"
    train(cache_folder, run, tiny())
    return run


@pytest.mark.parametrize("stop_after", [1, 5, 6, 7])
def test_a_cancelled_run_goes_on_to_the_same_bits(
    cache_folder: Path, tiny: Settings, undisturbed: Path, tmp_path: Path, recorder, stop_after: int
) -> None:
    run = tmp_path / "run"
    with pytest.raises(Stopped, match="cancelled"):
        train(cache_folder, run, tiny(), reporter=recorder(stop_after))
    newest = checkpoint_folders(run)[0]
    assert newest.name == f"{stop_after:06d}"  # nothing is lost
    assert (run / "checkpoints" / "latest").read_text() == f"{stop_after:06d}\n"
    result = train(None, run, resume=True)
    assert result.iterations == 12
    assert_equal_runs(run, undisturbed)
    validated = [v["iteration"] for v in state_of(run)["counters"]["validations"]]
    assert validated == [6, 12]  # also where it was stopped within a validation


@pytest.mark.slow
@pytest.mark.parametrize("method", ["sassnet", "urpc"])
def test_other_methods_resume_to_the_same_bits(
    cache_folder: Path, tiny: Settings, tmp_path: Path, recorder, method: str
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    settings = tiny(method=method, optimiser="nesterov")
    train(cache_folder, whole, settings)
    with pytest.raises(Stopped):
        train(cache_folder, parts, settings, reporter=recorder(5))
    train(cache_folder, parts, resume=True)
    assert_equal_runs(whole, parts)
    if method == "sassnet":
        assert "auxiliary-discriminator.safetensors" in files_of(whole, "000012")
        optimisers = load_file(whole / "checkpoints" / "000012" / "optimisers.safetensors")
        assert {name.split("/")[0] for name in optimisers} == {"student", "discriminator"}


def test_time_limit_leaves_a_resumable_run(
    cache_folder: Path, tiny: Settings, undisturbed: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    with pytest.raises(Stopped, match="time limit"):
        train(cache_folder, run, tiny(), max_minutes=0.0)
    assert not (run / "model").exists()
    result = train(cache_folder, run, resume=True, max_minutes=60)
    assert result.model is not None
    assert_equal_runs(run, undisturbed)


def test_a_damaged_newest_checkpoint_costs_the_way_from_the_one_before(
    cache_folder: Path, tiny: Settings, undisturbed: Path, tmp_path: Path, recorder
) -> None:
    run = tmp_path / "run"
    with pytest.raises(Stopped):
        train(cache_folder, run, tiny(), reporter=recorder(11))
    assert [folder.name for folder in checkpoint_folders(run)][:2] == ["000011", "000010"]
    weights = run / "checkpoints" / "000011" / "student.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    told = recorder()
    train(None, run, resume=True, reporter=told)
    assert any("000011 is damaged" in text for text in told.texts("warning"))
    assert any("after iteration 10" in text for text in told.texts("info"))
    assert_equal_runs(run, undisturbed)


def test_all_checkpoints_damaged_is_said(
    cache_folder: Path, undisturbed: Path, tmp_path: Path, recorder
) -> None:
    run = tmp_path / "run"
    shutil.copytree(undisturbed, run)
    for folder in checkpoint_folders(run):
        (folder / "state.json").write_text("{")
    with pytest.raises(UserError, match="every checkpoint is damaged"):
        train(None, run, resume=True)


def test_two_newest_and_the_best_are_kept(undisturbed: Path) -> None:
    counters = state_of(undisturbed)["counters"]
    names = [folder.name for folder in checkpoint_folders(undisturbed)]
    assert set(names) == {"000012", "000010", f"{counters['best']['iteration']:06d}"}
    files = {path.suffix for path in (undisturbed / "checkpoints" / "000012").iterdir()}
    assert files == {".safetensors", ".json"}


def test_a_run_cannot_become_another_training(tiny: Settings, undisturbed: Path) -> None:
    with pytest.raises(UserError, match="learning_rate cannot change"):
        train(None, undisturbed, tiny(learning_rate=0.1), resume=True)


def test_new_run_in_a_folder_with_a_run_is_refused(
    cache_folder: Path, tiny: Settings, undisturbed: Path
) -> None:
    with pytest.raises(UserError, match="holds a run already"):
        train(cache_folder, undisturbed, tiny())


def test_resuming_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no run to resume"):
        train(None, tmp_path / "run", resume=True)


def state_of(run: Path) -> dict:
    newest = checkpoint_folders(run)[0]
    return json.loads((newest / "state.json").read_text())

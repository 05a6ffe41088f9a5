"""Ranking a data set: from images to the table, past a bad case, on from an interruption."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ugmcl.cli import main as program
from ugmcl.errors import UserError
from ugmcl.models.package import ModelPackage, read_package
from ugmcl.ranking import rank as ranking_room
from ugmcl.ranking.case_scores import pooled_feature
from ugmcl.ranking.rank import rank_dataset
from ugmcl.volumes.writing import write_image


@pytest.fixture
def unlabelled(tmp_path: Path, write_ball: Callable[..., tuple[Path, Path]]) -> Path:
    """Four unlabelled cases in the folder form, one of which is no image."""
    folder = tmp_path / "site" / "images"
    folder.mkdir(parents=True)
    for number in range(3):
        image, _ = write_ball(f"case {number}", seed=number)
        image.rename(folder / f"case_{number}{''.join(image.suffixes)}")
    (folder / "case_9.nrrd").write_bytes(b"no image")
    return folder.parent


@pytest.fixture
def model(tiny_package: Path) -> ModelPackage:
    return read_package(tiny_package)


def test_ranks_what_can_be_read_and_says_what_cannot(
    unlabelled: Path, model: ModelPackage, tmp_path: Path
) -> None:
    ranking = rank_dataset(unlabelled, model, passes=2, output=tmp_path / "out")
    assert sorted(case.case for case in ranking.cases) == ["case_0", "case_1", "case_2"]
    assert list(ranking.failed) == ["case_9"] and "case_9.nrrd" in ranking.failed["case_9"]
    rows = list(csv.DictReader((tmp_path / "out" / "ranking.csv").open(encoding="utf-8")))
    assert [row["case"] for row in rows] == [case.case for case in ranking.cases]
    record = json.loads((tmp_path / "out" / "ranking.json").read_text(encoding="utf-8"))
    assert record["strategy"] == "class_power" and record["seed"] == 1337 and record["model"] == model.id
    for case in ranking.cases:
        assert 0 <= record["scores"][case.case]["overall"] <= 1
        assert case.plain is not None and case.plain >= 0


def test_another_strategy_computes_nothing_again(
    unlabelled: Path, model: ModelPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = rank_dataset(unlabelled, model, passes=2, output=tmp_path / "out")
    monkeypatch.setattr(ranking_room, "pooled_feature", lambda *a: pytest.fail("computed again"))
    with (tmp_path / "out" / "scores.jsonl").open("a") as file:
        file.write('{"about": "half a li')
    again = rank_dataset(unlabelled, model, passes=2, output=tmp_path / "out", strategy="most_uncertain")
    assert again.about["scores"] == first.about["scores"]
    order = [again.about["scores"][case.case]["near"] for case in again.cases if not case.alike]
    assert order == sorted(order, reverse=True)


def test_a_changed_image_is_looked_at_again(unlabelled: Path, model: ModelPackage, tmp_path: Path) -> None:
    before = rank_dataset(unlabelled, model, passes=2, output=tmp_path / "out").about["scores"]
    image = next((unlabelled / "images").glob("case_1*"))
    random = np.random.default_rng(0).normal(size=(20, 24, 22)).astype(np.float32)
    write_image(image, random, np.eye(4))
    after = rank_dataset(unlabelled, model, passes=2, output=tmp_path / "out").about["scores"]
    assert after["case_0"] == before["case_0"] and after["case_1"] != before["case_1"]


def test_without_unlabelled_cases_there_is_nothing_to_rank(ball_dataset: Path, model: ModelPackage) -> None:
    manifest = json.loads(ball_dataset.read_text(encoding="utf-8"))
    manifest["cases"] = [case for case in manifest["cases"] if case["label"]]
    ball_dataset.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(UserError, match="no case is unlabelled"):
        rank_dataset(ball_dataset, model)


def test_the_pooled_feature_has_unit_length_and_knows_the_image(model: ModelPackage) -> None:
    from ugmcl.models.weights import load_network

    network = load_network(model)
    random = np.random.default_rng(1)
    one, two = (random.normal(size=(1, 20, 24, 22)).astype(np.float32) for _ in range(2))
    labels = np.zeros((20, 24, 22), np.uint8)
    labels[5:9, 5:9, 5:9] = 1
    a, b = pooled_feature(network, one, labels), pooled_feature(network, 5 * two, labels)
    assert np.linalg.norm(a) == pytest.approx(1, abs=1e-5) and not np.allclose(a, b)


def test_on_the_command_line(
    unlabelled: Path, tiny_package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["rank", str(unlabelled), "--model", str(tiny_package), "--passes", "2", "--quiet"]
    assert program.main([*call, "--strategy", "fg_random"]) == 0
    shown = capsys.readouterr().out
    assert "case_0" in shown and "left out: case_9" in shown and "drawn" in shown
    assert program.main([*call, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["strategy"] == "class_power"
    assert program.main([*call, "--round", "9"]) == 2
    assert "round 9" in capsys.readouterr().err


def test_as_a_job(unlabelled: Path, tiny_package: Path) -> None:
    from ugmcl.jobs.folder import JobFolder
    from ugmcl.worker.run import run_job

    arguments = {"dataset": str(unlabelled), "model": str(tiny_package), "passes": 2}
    job = JobFolder.create("rank", arguments)
    outcome = run_job(job.path)
    assert outcome.status == "done" and len(outcome.result["cases"]) == 3
    assert (job.path / "results" / "ranking.csv").is_file()

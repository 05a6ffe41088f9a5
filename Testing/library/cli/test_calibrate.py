"""``ugmcl calibrate``: fits on validation cases, reports on test cases, renews the card."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ugmcl.cli import main as program
from ugmcl.models.package import read_package


@pytest.fixture
def own_package(tiny_package: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_package, tmp_path / "own"))


@pytest.fixture
def hippocampus_balls(ball_dataset: Path) -> Path:
    """The balls under the names of the tiny model's segments; two of them are test cases."""
    manifest = json.loads(ball_dataset.read_text(encoding="utf-8"))
    manifest["labels"]["1"]["name"] = "anterior hippocampus"
    manifest["labels"]["2"]["name"] = "posterior hippocampus"
    for case in manifest["cases"][:2]:
        case["role"] = "test"
    ball_dataset.write_text(json.dumps(manifest), encoding="utf-8")
    return ball_dataset


@pytest.mark.slow
def test_a_model_is_calibrated_and_its_card_renewed(
    own_package: Path, hippocampus_balls: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = read_package(own_package)
    call = ["calibrate", str(own_package), "--dataset", str(hippocampus_balls), "--passes", "3", "--quiet"]
    assert program.main([*call, "--output", str(tmp_path / "out"), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    after = read_package(own_package, verify=True)
    assert after.weights == before.weights
    assert after.uncertainty.passes == 3 and after.uncertainty.temperature != 1.0
    assert after.uncertainty.confidence_map is None or after.uncertainty.confidence_map["cases"] >= 15
    assert printed["figures"] == after.figures
    splits = {figure["split"] for figure in after.figures}
    assert splits == {"validation", "test"} and not any(f["seen_in_training"] for f in after.figures)
    card = (own_package / "card.md").read_text(encoding="utf-8")
    assert "surface Dice at 1 mm" in card and "ugmcl evaluate --model tiny" in card
    assert (own_package / "best.png").is_file() and (own_package / "worst.png").is_file()
    assert (tmp_path / "out" / "test" / "cases.csv").is_file()

    assert program.main([*call, "--report-only"]) == 0  # figures are replaced, not repeated
    assert len(read_package(own_package).figures) == len(after.figures)


def test_without_test_cases_there_is_nothing_to_report(
    own_package: Path, ball_dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(["calibrate", str(own_package), "--dataset", str(ball_dataset), "--report-only"]) == 2
    assert "no case has the role test" in capsys.readouterr().err

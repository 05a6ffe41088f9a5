"""``ugmcl evaluate`` and ``ugmcl compare``: tables for people, JSON for machines, files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ugmcl.cli import main as program


def test_finished_segmentations_against_themselves(
    ball_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, output = str(ball_dataset.parent / "labels"), tmp_path / "figures"
    call = ["evaluate", "--predictions", labels, "--references", labels, "--output", str(output), "--quiet"]
    assert program.main(call) == 0
    text = capsys.readouterr().out
    assert "6 cases" in text and "1.000 ± 0.000" in text and "95HD mm" in text
    assert {path.name for path in output.iterdir()} == {"evaluation.json", "cases.csv"}


def test_a_model_and_a_comparison(
    tiny_package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], root: Path
) -> None:
    samples = root / "Resources" / "SampleData"
    manifest = json.loads((samples / "samples.json").read_text(encoding="utf-8"))
    cases = [
        {
            "id": sample["id"],
            "image": str(samples / sample["image"]),
            "label": str(samples / sample["reference"]),
            "role": "test",
            "patient": None,
        }
        for sample in manifest["samples"][:2]
    ]
    dataset = tmp_path / "dataset"
    for kind in ("image", "label"):
        for case in cases:
            source = Path(case[kind] or "")
            target = dataset / f"{kind}s" / source.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
            case[kind] = target.relative_to(dataset).as_posix()
    (dataset / "dataset.json").write_text(
        json.dumps({"labels": manifest["segments"], "channels": ["T1"], "cases": cases}), encoding="utf-8"
    )
    call = ["evaluate", "--model", str(tiny_package), "--dataset", str(dataset), "--role", "test", "--quiet"]
    figures = tmp_path / "figures"
    assert program.main([*call, "--uncertainty", "--output", str(figures), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["about"]["cases"] == 2 and len(found["rows"]) == 4 and found["uncertainty"]
    assert program.main(["compare", str(figures), str(figures / "evaluation.json")]) == 0
    table = capsys.readouterr().out
    assert "+0.0000" in table and "anterior hippocampus" in table
    assert program.main([*call, "--passes", "1"]) == 0
    assert "role test: 2 cases" in capsys.readouterr().out


def test_perturbed_scans_of_a_model(
    tiny_package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], root: Path
) -> None:
    samples = root / "Resources" / "SampleData"
    manifest = json.loads((samples / "samples.json").read_text(encoding="utf-8"))
    sample = manifest["samples"][0]
    for kind, name in (("images", sample["image"]), ("labels", sample["reference"])):
        (tmp_path / "data" / kind).mkdir(parents=True)
        (tmp_path / "data" / kind / Path(name).name).write_bytes((samples / name).read_bytes())
    case = {
        "id": "one", "role": "test",
        "image": f"images/{Path(sample['image']).name}", "label": f"labels/{Path(sample['reference']).name}",
    }  # fmt: skip
    (tmp_path / "data" / "dataset.json").write_text(
        json.dumps({"labels": manifest["segments"], "cases": [case]}), encoding="utf-8"
    )
    call = ["evaluate", "--model", str(tiny_package), "--dataset", str(tmp_path / "data"), "--role", "test"]
    assert (
        program.main([*call, "--perturbed", "--passes", "2", "--output", str(tmp_path / "out"), "--quiet"])
        == 0
    )
    text = capsys.readouterr().out
    assert "oblique by 15 degrees" in text and "images: 28" in text
    rows = (tmp_path / "out" / "perturbations.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + 14 * 2  # as it is and 13 changes, two segments
    assert (tmp_path / "out" / "perturbations.png").stat().st_size > 10_000
    assert program.main(["evaluate", "--perturbed", "--model", "hippocampus"]) == 2
    assert "--dataset" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "not clear what to evaluate"),
        (["--model", "m"], "not clear what to evaluate"),
        (["--predictions", "a"], "Give predictions and references"),
        (["--predictions", "nowhere", "--references", "nowhere"], "no such folder"),
        (["--role", "training"], "invalid choice"),
    ],
)
def test_unclear_wishes_are_one_line(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(["evaluate", *arguments]) == 2
    error = capsys.readouterr().err
    assert word in error and len(error.strip().splitlines()) == 1


def test_comparing_what_is_no_evaluation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["compare", str(tmp_path), str(tmp_path)]) == 2
    assert "no evaluation here" in capsys.readouterr().err

"""``ugmcl segment`` and ``ugmcl demo`` with a tiny untrained model: files, streams and exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ugmcl.cli import main as program
from ugmcl.samples import demo_sample, list_samples, verify

WriteBall = Callable[..., tuple[Path, Path]]


def test_one_volume(
    write_ball: WriteBall, tiny_package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image, _ = write_ball("a scan")
    output = tmp_path / "results"
    assert program.main(["segment", str(image), "--model", str(tiny_package), "--output", str(output)]) == 0
    captured = capsys.readouterr()
    assert {path.name for path in output.iterdir()} == {
        "a scan.seg.nrrd",
        "a scan_uncertainty.nrrd",
        "a scan_report.json",
        "a scan_preview.png",
    }
    assert "anterior hippocampus" in captured.out and "a scan.seg.nrrd" in captured.out
    assert "not a medical device" in captured.out
    assert "Segmenting" in captured.err and "confidence" not in captured.err


def test_json_is_the_only_thing_on_standard_output(
    write_ball: WriteBall, tiny_package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image, _ = write_ball()
    arguments = [
        "--model",
        str(tiny_package),
        "--output",
        str(tmp_path / "r"),
        "--passes",
        "1",
        "--no-preview",
    ]
    assert program.main(["segment", str(image), *arguments, "--json", "--quiet"]) == 0
    captured = capsys.readouterr()
    data = json.loads(captured.out)
    assert data["report"]["way"]["passes"] == 1
    assert Path(data["files"]["segmentation"]).is_file() and "preview" not in data["files"]
    assert "Segmenting" not in captured.err


def test_options_reach_the_report(write_ball: WriteBall, tiny_package: Path, tmp_path: Path) -> None:
    image, _ = write_ball()
    output = tmp_path / "r"
    box = ["-10", "-20", "32", "2", "5", "48"]
    status = program.main(
        [
            "segment",
            str(image),
            "--model",
            str(tiny_package),
            "--output",
            str(output),
            "--no-preview",
            "--quiet",
        ]
        + [
            "--maps",
            "mutual_information",
            "--segments",
            "Posterior Hippocampus",
            "--roi-ras",
            *box,
            "--format",
            "nifti",
        ]
    )
    assert status == 0
    report = json.loads((output / "ball_report.json").read_text(encoding="utf-8"))
    assert [segment["name"] for segment in report["segments"]] == ["posterior hippocampus"]
    assert report["settings"]["roi"] == [-2.0, -5.0, 32.0, 10.0, 20.0, 48.0]  # RAS turned into LPS
    assert (output / "ball_mutual_information.nii.gz").is_file()


def test_a_cohort_goes_on_past_a_bad_case(
    write_ball: WriteBall, tiny_package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, _ = write_ball("good")
    bad = tmp_path / "bad.nii.gz"
    bad.write_bytes(b"this is no image")
    output = tmp_path / "r"
    call = [
        "segment",
        str(bad),
        str(good),
        "--model",
        str(tiny_package),
        "--output",
        str(output),
        "--no-preview",
    ]
    assert program.main(call) == 2
    assert "1 segmented, 0 finished before, 1 failed" in capsys.readouterr().out
    assert program.main(call) == 2
    assert "0 segmented, 1 finished before, 1 failed" in capsys.readouterr().out
    assert (output / "summary.csv").read_text(encoding="utf-8").count("good") == 2


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--maps", "colour"], "unknown map colour"),
        (["--segments", "liver"], "no segment liver"),
        (["--device", "abacus"], "no such device"),
        (["--shard", "3/2"], "3/2"),
        (["--roi", "0", "0", "0", "-1", "5", "5"], "empty"),
    ],
)
def test_bad_options_leave_no_files(
    arguments: list[str],
    word: str,
    write_ball: WriteBall,
    tiny_package: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    image, _ = write_ball()
    output = tmp_path / "r"
    call = ["segment", str(image), "--model", str(tiny_package), "--output", str(output), "--quiet"]
    assert program.main(call + arguments) == 2
    error = capsys.readouterr().err
    assert word in error and len(error.strip().splitlines()) == 1
    assert not output.exists() or not list(output.iterdir())


def test_demo(tiny_package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        program.main(["demo", "--model", str(tiny_package), "--output", str(tmp_path), "--passes", "2"]) == 0
    )
    out = capsys.readouterr().out
    sample = demo_sample()
    assert f"expert's outline of {sample.id}" in out and "mean" in out
    assert "Open first" in out and f"{sample.id}.seg.nrrd" in out and "Antonelli" in out
    assert (tmp_path / f"{sample.id}_preview.png").is_file()


def test_sample_data_are_whole_and_attributed(root: Path) -> None:
    samples = list_samples()
    assert len(samples) == 8 and demo_sample() in samples
    for sample in samples:
        assert verify(sample).licence == "CC BY-SA 4.0"
    text = (root / "Resources" / "SampleData" / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert "Nature Communications 13:4128" in text and "Vanderbilt" in text


def test_an_empty_output_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["segment", "scan.nrrd", "--model", "hippocampus", "--output", ""]) == 2
    assert "empty path" in capsys.readouterr().err

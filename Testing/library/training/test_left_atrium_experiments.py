"""The left-atrium experiments: every run's settings hold, and one goes from training to a shipped model."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from ugmcl.models.package import read_package
from ugmcl.training.loading import load_settings

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "Testing" / "benchmarks"))


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five small scans with a bright ball: 2 labelled, 2 unlabelled, 1 validation; all have a label file."""
    folder = tmp_path_factory.mktemp("scans")
    grid = np.indices((40, 44, 48), dtype=np.float32)
    cases = []
    for number, role in enumerate(("labelled", "labelled", "unlabelled", "unlabelled", "validation")):
        random = np.random.default_rng(number)
        centre = np.array([20, 22, 24]) + random.uniform(-3, 3, 3)
        label = (np.sqrt(((grid - centre[:, None, None, None]) ** 2).sum(0)) < 11).astype(np.uint8)
        image = (2.0 * label + random.normal(0, 0.5, label.shape)).astype(np.float32)
        case = {"id": f"la_{number}", "role": role}
        for kind, array in (("image", image), ("label", label)):
            volume = sitk.GetImageFromArray(array)
            volume.SetSpacing((0.8, 0.8, 1.0))
            case[kind] = f"{kind}s/la_{number}.nii.gz"
            (folder / case[kind]).parent.mkdir(exist_ok=True)
            sitk.WriteImage(volume, str(folder / case[kind]))
        cases.append(case)
    manifest = {"labels": {"1": {"name": "left atrium"}}, "channels": ["LGE MRI"], "cases": cases}
    (folder / "dataset.json").write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize("machine", ["gpu", "cpu"])
def test_the_settings_of_every_run_hold(machine: str) -> None:
    from left_atrium.plan import plan

    runs = plan(machine)
    assert len({run.name for run in runs}) == len(runs) == 19
    names = ["", *(run.name for run in runs)]
    assert all(names.index(run.start) <= position for position, run in enumerate(runs))
    for run in runs:
        values = dict(run.settings)
        settings = load_settings(values.pop("preset"), overrides=values)
        assert settings.patch == ((112, 112, 80) if machine == "gpu" else (64, 64, 48))


def test_no_split_lets_a_training_read_a_label_that_it_must_not(scans: Path, tmp_path: Path) -> None:
    from left_atrium.__main__ import manifest

    expected = {
        "development": {"labelled": 2, "unlabelled": 2, "validation": 1},
        "development-72": {"labelled": 4, "validation": 1},
        "final-16": {"labelled": 2, "unlabelled": 3},
        "final-80": {"labelled": 5},
    }
    for split, counts in expected.items():
        cases = json.loads(manifest(scans, tmp_path, split).read_text())["cases"]
        roles = [case["role"] for case in cases]
        assert {role: roles.count(role) for role in roles} == counts
        assert all((case["label"] is None) == (case["role"] == "unlabelled") for case in cases)


@pytest.mark.slow
def test_from_a_training_to_the_shipped_model(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from left_atrium import __main__, measure, release

    small = {
        "width": "2", "patch": "32,32,32", "iterations": "4", "warmup": "1", "validate_every": "4",
        "recalibration_patches": "4", "passes": "1", "threads": "1", "precision": "fp32",
    }  # fmt: skip
    words = [word for name, value in small.items() for word in ("--set", f"{name}={value}")]
    command = ["left_atrium", str(scans), str(tmp_path), "--machine", "cpu", "--only", "best-s1337", *words]
    monkeypatch.setattr(sys, "argv", command)
    assert __main__.main() == 0
    assert __main__.main() == 0  # made already: at once
    assert "| best-s1337 | development | 4 |" in (tmp_path / "runs.md").read_text()
    assert (tmp_path / "runs.png").stat().st_size > 10_000
    stages = ["twin-72-first", "twin-72"]
    monkeypatch.setattr(sys, "argv", [*command[:5], "--only", *stages, *words])
    assert __main__.main() == 0
    first, second = (read_package(tmp_path / name / "model") for name in stages)
    assert second.training["started_from"] == first.id and second.input.spacing_mm == (1.25, 1.25, 1.25)

    run, figures, twin = tmp_path / "best-s1337", tmp_path / "figures", tmp_path / "twin"
    monkeypatch.setattr(sys, "argv", ["release", str(run), str(twin), "--name", "twin", "--version", "0.1"])
    assert release.main() == 0
    assert release.main() == 2  # never written over
    shipped = tmp_path / "left-atrium-lge"
    call = ["release", str(run), str(shipped), "--name", "left-atrium-lge", "--version", "0.1"]
    monkeypatch.setattr(sys, "argv", [*call, "--twin", str(twin)])
    assert release.main() == 2 and not shipped.exists(), "the twin was not measured yet"
    monkeypatch.setattr(sys, "argv", ["measure", str(twin), str(scans), str(figures)])
    assert measure.main() == 0
    located = json.loads((figures / "measured.json").read_text())["locator"]
    assert [row["cases"] for row in located] == [1, 1]
    assert "measured with this package" in (twin / "card.md").read_text(encoding="utf-8")
    monkeypatch.setattr(sys, "argv", [*call, "--twin", str(twin)])
    assert release.main() == 0
    package = read_package(shipped, verify=True)
    assert package.id == "left-atrium-lge@0.1" and package.one_piece and package.input.locates
    assert package.input.normalisation.exclude_padding
    assert package.uncertainty.rim == read_package(twin).uncertainty.rim
    assert "2 labelled and 2 unlabelled scans" in package.description
    assert package.segments[0].terminology is not None
    card = (shipped / "card.md").read_text(encoding="utf-8")
    assert "Research use only, not for clinical decisions" in card
    assert "change of Dice, oblique by 15 degrees" in card and "chosen and calibrations fitted" in card
    assert "measured with the development twin of this model" in card
    assert {path.name for path in shipped.glob("*.png")} == {"worst.png", "worst_perturbed.png"}

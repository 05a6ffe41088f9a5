"""Models calibrated from end to end, on files: one whose faults are known, and an untrained one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor, nn

from ugmcl.data.dataset import Case
from ugmcl.errors import UserError
from ugmcl.evaluation.calibrate import Calibration, calibrate
from ugmcl.evaluation.degradations import degradations
from ugmcl.evaluation.models import evaluate_model
from ugmcl.framing.spec import InputSpec
from ugmcl.models.package import ModelPackage, UncertaintySpec, read_package
from ugmcl.networks.output import Output
from ugmcl.segmentation.confidence import expected_dice
from ugmcl.segmentation.rim import RimProfile
from ugmcl.volumes.segment import Segment

CASES = 16


class Brightness(nn.Module):
    """Calls bright voxels a ball, is far too sure of it, and moves its threshold from pass to pass."""

    classes, in_channels, width = 2, 1, 1
    dropout, dropout_at = 0.5, ("last",)

    def forward(self, image: Tensor, masks: float | None = None) -> Output:
        half = 10.0 * (image[:, :1] - 1.0 - (masks or 0.0))
        return Output(torch.cat([-half, half], dim=1), None, {})

    def draw_masks(self, batch: int, generator: torch.Generator) -> float:
        return float(torch.randn(1, generator=generator)) * 0.2


@pytest.fixture(scope="module")
def balls(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    """Validation cases: bright balls of 16³ voxels in noise that differs from case to case."""
    folder, cases = tmp_path_factory.mktemp("balls"), []
    for number in range(CASES):
        random = np.random.default_rng(number)
        place = np.indices((16, 16, 16)) - random.uniform(6, 9, (3, 1, 1, 1))
        label = ((place**2).sum(axis=0) <= random.uniform(4, 5) ** 2).astype(np.uint8)
        image = gaussian_filter(label.astype(float), 0.8) + random.normal(
            0, 0.08 + 0.02 * number, label.shape
        )
        paths = [folder / f"{kind}{number}.nrrd" for kind in ("image", "label")]
        for path, array in zip(paths, (image.astype(np.float32), label), strict=True):
            sitk.WriteImage(sitk.GetImageFromArray(array), str(path))
        cases.append(Case(f"ball {number}", (paths[0],), paths[1], "validation"))
    return cases


@pytest.fixture(scope="module")
def model() -> ModelPackage:
    return ModelPackage(
        name="brightness",
        version="1.0",
        network={"kind": "brightness", "arguments": {"classes": 2}},
        segments=(Segment(1, "ball", (0.9, 0.6, 0.0), None),),
        input=InputSpec("toy", ("T1",), None, (16, 16, 16)),
        uncertainty=UncertaintySpec(source="teacher"),
    )


def run(model: ModelPackage, cases: Sequence[Case], output: Path | None = None) -> Calibration:
    worse = [d for d in degradations() if d[:2] in (("noise", 3), ("blur", 3))]
    return calibrate(
        model,
        cases,
        passes=3,
        degraded=worse,
        network=Brightness(),
        device="cpu",
        output=output,
        command="ugmcl calibrate",
    )


@pytest.fixture(scope="module")
def plots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("calibration") / "plots"


@pytest.fixture(scope="module")
def calibrated(model: ModelPackage, balls: list[Case], plots: Path) -> Calibration:
    return run(model, balls, plots)


def test_everything_is_fitted(calibrated: Calibration, plots: Path) -> None:
    spec = calibrated.uncertainty
    assert (spec.passes, spec.source) == (3, "teacher")
    assert spec.temperature > 2  # the model is far too sure
    assert spec.rim is not None and spec.confidence_map is not None
    rim = RimProfile.from_json(spec.rim)
    assert rim.median[0, 0] > rim.median[0, -1] + 0.05  # doubt at the surface, none far off
    assert expected_dice(0.95, spec.confidence_map) > expected_dice(0.4, spec.confidence_map)
    assert sorted(p.name for p in plots.iterdir()) == ["reliability.png", "risk_coverage.png"]


def test_temperature_helps_cases_that_were_left_out(calibrated: Calibration) -> None:
    summary = calibrated.evaluation.summary
    after, before = (summary[k]["ece"]["pooled"] for k in ("calibration", "calibration_before"))
    assert after < 0.7 * before


def test_confidence_ranks_clean_and_degraded_images(calibrated: Calibration) -> None:
    conditions = [case.condition for case in calibrated.evaluation.cases]
    assert [conditions.count(c) for c in ("clean", "noise 3", "blur 3")] == [CASES] * 3
    score = calibrated.evaluation.summary["confidence"]["pairwise_dice"]
    assert score["informative"] and score["spearman"]["value"] > 0.5
    assert score["aurc"]["value"] < score["aurc"]["chance"]


def test_figures_tell_where_they_come_from(calibrated: Calibration) -> None:
    json.dumps(calibrated.figures, allow_nan=False)
    by_metric = {figure["metric"]: figure for figure in calibrated.figures}
    assert {"ECE, all voxels", "ECE before calibration, all voxels"} < set(by_metric)
    for figure in calibrated.figures:
        assert figure["split"] == "validation" and figure["seen_in_training"] is False
        assert figure["command"] == "ugmcl calibrate" and figure["cases"] == CASES
    row = by_metric["Spearman with Dice of pairwise Dice of the passes"]
    assert row["interval"][0] < row["value"] < row["interval"][1]
    assert "48 images, clean and degraded" in row["note"] and row["note"].endswith(", informative")


def test_same_again_and_no_map_from_four_cases(model: ModelPackage, balls: list[Case]) -> None:
    first, second = (run(model, balls[:4]) for _ in range(2))
    assert first.uncertainty == second.uncertainty and first.figures == second.figures
    assert first.uncertainty.confidence_map is None and first.uncertainty.rim is not None


@pytest.mark.parametrize("role", ["test", "labelled"])
def test_no_other_role_calibrates(role: str, model: ModelPackage, balls: list[Case]) -> None:
    with pytest.raises(UserError, match=role):
        calibrate(model, balls, role=role, network=Brightness())


def test_a_test_case_among_given_cases_is_refused(model: ModelPackage, balls: list[Case]) -> None:
    with pytest.raises(UserError, match="role test"):
        calibrate(model, [*balls, replace(balls[0], role="test")], network=Brightness())


@pytest.mark.parametrize("passes", [1, 2])
def test_a_real_package_and_data_set(
    passes: int, tiny_package: Path, ball_dataset: Path, tmp_path: Path
) -> None:
    package = read_package(tiny_package)
    names = ("lower half", "upper half")
    segments = tuple(replace(s, name=n) for s, n in zip(package.segments, names, strict=True))
    package = replace(package, segments=segments)
    found = calibrate(package, ball_dataset, passes=passes, degraded=(), device="cpu")
    assert len(found.evaluation.cases) == 2 and found.uncertainty.passes == passes
    package = replace(package, uncertainty=found.uncertainty)
    evaluated = evaluate_model(package, ball_dataset, uncertainty=True, device="cpu", output=tmp_path / "e")
    assert evaluated.uncertainty is not None
    of_validation = found.evaluation.summary["auroc"]["pooled"]
    assert evaluated.uncertainty["auroc"]["pooled"] == pytest.approx(of_validation, abs=1e-4)
    assert (tmp_path / "e" / "reliability.png").is_file()

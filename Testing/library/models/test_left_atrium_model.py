"""The shipped left-atrium models: their cards say what they must, and they find the atrium in real scans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ugmcl.evaluation.perturbations import surround
from ugmcl.models.library import find_model
from ugmcl.models.package import ModelPackage, read_package
from ugmcl.models.time_per_scan import METRIC, time_elsewhere
from ugmcl.segmentation.case import Segmenter
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.volumes.volume import Volume


@pytest.fixture(scope="module", params=["left-atrium-lge", "left-atrium-lge-16"])
def model(root: Path, request: pytest.FixtureRequest) -> ModelPackage:
    return read_package(root / "Resources" / "Models" / request.param, verify=True)


def dice(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return float(2 * np.sum(found & truth) / (found.sum() + truth.sum()))


def volumes(reader: Any, identifier: str) -> tuple[Volume, Volume]:
    """Scan and label, (1, z, y, x), 0.625 mm."""
    case = next(case for case in reader.cases() if case["id"] == identifier)
    image, label = reader.read_case(case)
    affine = np.diag([*case["spacing_mm"], 1.0])
    scan = Volume(np.ascontiguousarray(image.transpose(2, 1, 0)), affine)
    return scan, Volume(np.ascontiguousarray(label.transpose(2, 1, 0)), affine)


def test_the_card_says_terms_data_and_limits(model: ModelPackage) -> None:
    assert find_model(model.name).id == model.id
    assert model.weights_path.stat().st_size < 5e6
    assert model.path is not None
    card = (model.path / "card.md").read_text(encoding="utf-8")
    for words in (
        "Research use only, not for clinical decisions",
        "Xiong Z.",
        "Segmentation Challenge",
        "change of Dice, oblique by 15 degrees",
        "AUROC of uncertainty for wrong voxels",
        "worst.webp",
    ):
        assert words in card, words
    measured = [figure for figure in model.figures if figure["metric"] != METRIC]
    assert all("chosen and calibrations fitted on these scans" in f["condition"] for f in measured)
    assert all("development twin" in figure["measured_on"] for figure in measured)
    assert time_elsewhere(model) is not None
    assert model.one_piece and model.input.locates and model.input.normalisation.exclude_padding
    assert [s.terminology["type"]["value"] for s in model.segments if s.terminology] == ["82471001"]
    for picture in model.pictures:
        assert (model.path / picture["file"]).stat().st_size < 1e6


@pytest.mark.parametrize("identifier", ["la_024", "la_054"])
def test_it_segments_a_scan_of_the_validation_set(
    model: ModelPackage, left_atrium_reader: Any, identifier: str
) -> None:
    scan, label = volumes(left_atrium_reader, identifier)
    result = Segmenter(model, SegmentOptions(passes=2, preview=False)).segment(scan, name=identifier)
    assert dice(result.label.array[0] > 0, label.array[0] > 0) > 0.85
    assert result.report["segments"][0]["name"] == "left atrium"
    assert result.report["located"] is None


@pytest.mark.parametrize("kind", ["dark", "synthetic"])
def test_a_scan_inside_of_a_larger_volume_is_found(
    model: ModelPackage, left_atrium_reader: Any, kind: str
) -> None:
    wide, label = surround(*volumes(left_atrium_reader, "la_043"), margin_mm=40.0, kind=kind)
    result = Segmenter(model, SegmentOptions(passes=1, preview=False)).segment(wide, name="wide")
    assert result.report["located"] is not None
    assert dice(result.label.array[0] > 0, label.array[0] > 0) > 0.85

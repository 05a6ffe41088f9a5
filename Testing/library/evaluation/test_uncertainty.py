"""Uncertainty that knows its errors is told from one that does not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ugmcl.evaluation.plots import draw_uncertainty
from ugmcl.evaluation.uncertainty import PredictedCase, classes_of, evaluate_uncertainty
from ugmcl.segmentation.prediction import Prediction
from ugmcl.volumes.segment import Segment

SHAPE = (16, 16, 16)


def predicted(seed: int, shift: int, *, knows: bool = True, passes: int = 4) -> PredictedCase:
    """A cube that was found ``shift`` voxels away; uncertain at the errors (or at random), passes differ."""
    random = np.random.default_rng(seed)
    reference, labels = np.zeros((2, *SHAPE), np.uint8)
    reference[5:11, 5:11, 4:10] = 1
    labels[5:11, 5:11, 4 + shift : 10 + shift] = 1
    doubt = np.where(labels != reference, 0.45, 0.02) if knows else random.uniform(0.02, 0.45, SHAPE)
    p = np.where(labels == 1, 1 - doubt, doubt).astype(np.float32)
    probability = np.stack([1 - p, p])
    u = (-(probability * np.log(probability)).sum(axis=0) / np.log(2)).astype(np.float32)
    spread = [np.roll(labels, t * shift if knows else 0, axis=1) for t in range(passes)]
    prediction = Prediction(probability, u, u * 0, None, np.stack(spread))
    return PredictedCase(f"case {seed}", prediction, reference, np.diag([1.0, 1.0, 2.0, 1.0]))


def test_uncertainty_at_the_errors_is_perfect() -> None:
    found = evaluate_uncertainty([predicted(seed, shift) for seed, shift in enumerate([1, 2, 3, 4])])
    summary = found.summary
    assert summary["auroc"] == {"mean": pytest.approx(1.0), "pooled": pytest.approx(1.0)}
    assert summary["errors_in_most_uncertain"]["5"] == pytest.approx(
        np.mean([min(1, 205 / (72 * shift)) for shift in (1, 2, 3, 4)])  # 5 % of 4096 voxels; 36·2 a step
    )
    score = summary["confidence"]["pairwise_dice"]
    assert score["spearman"]["value"] == pytest.approx(1.0)
    assert score["aurc"]["excess"] == pytest.approx(0.0)


def test_dice_and_volume_of_a_case_by_hand() -> None:
    case = evaluate_uncertainty([predicted(0, 2)]).cases[0]
    assert case.dice == pytest.approx(2 / 3)  # four of six layers in common
    assert case.volumes[0].true_ml == pytest.approx(6**3 * 2.0 / 1000)
    assert case.volumes[0].sd_ml == pytest.approx(0) and case.volumes[0].covered


def test_random_uncertainty_is_no_better_than_chance() -> None:
    summary = evaluate_uncertainty([predicted(s, 1 + s % 3, knows=False) for s in range(6)]).summary
    assert summary["auroc"]["pooled"] == pytest.approx(0.5, abs=0.05)
    assert summary["errors_in_most_uncertain"]["5"] < 0.12
    score = summary["confidence"]["pairwise_dice"]  # the passes are always of one opinion
    assert score["spearman"]["value"] is None and not score["informative"]
    assert score["aurc"]["value"] == pytest.approx(score["aurc"]["chance"])


def test_unknown_voxels_do_not_count() -> None:
    case = predicted(0, 2)
    reference = case.reference.copy()
    reference[case.prediction.labels != reference] = 255
    found = evaluate_uncertainty([PredictedCase("a", case.prediction, reference, case.affine)]).cases[0]
    assert found.dice == 1.0 and found.auroc is None and found.in_regions is None
    assert found.wrong_levels.sum() == 0


def test_figures_are_json_and_plots_are_written(tmp_path: Path) -> None:
    found = evaluate_uncertainty([predicted(seed, 1 + seed) for seed in range(3)])
    text = json.dumps(found.to_json(), allow_nan=False)
    assert len(json.loads(text)["per_case"]) == 3
    written = draw_uncertainty(found.cases, tmp_path)
    assert [p.name for p in written] == ["reliability.png", "risk_coverage.png"]
    assert all(p.read_bytes().startswith(b"\x89PNG") for p in written)


def test_single_pass_has_no_confidence_of_the_passes() -> None:
    summary = evaluate_uncertainty([predicted(s, 1 + s, passes=1) for s in range(3)]).summary
    assert summary["confidence"]["pairwise_dice"] is None
    assert summary["confidence"]["mean_entropy"]["images"] == 3


def test_label_values_become_classes() -> None:
    segments = [Segment(7, "a", (1.0, 0.0, 0.0), None), Segment(3, "b", (0.0, 1.0, 0.0), None)]
    assert classes_of(np.array([0, 7, 3, 9, 255]), segments).tolist() == [0, 1, 2, 0, 255]

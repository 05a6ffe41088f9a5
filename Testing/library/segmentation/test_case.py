"""One case from file to files: geometry, region of interest, options, warnings, report."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from ugmcl.errors import UserError
from ugmcl.framing.spec import InputSpec
from ugmcl.models.package import ModelPackage, UncertaintySpec
from ugmcl.models.weights import save_weights
from ugmcl.networks.dual_task_vnet import DualTaskVNet
from ugmcl.segmentation.case import Segmenter, kept_segments, segment_case
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.segmentation.result import SegmentationResult
from ugmcl.segmentation.rim import BINS, RimProfile
from ugmcl.segmentation.warnings import result_warnings
from ugmcl.volumes.geometry import make_affine, reorient
from ugmcl.volumes.reading import read_image
from ugmcl.volumes.segmentation_files import read_segmentation
from ugmcl.volumes.volume import Volume
from ugmcl.volumes.writing import write_image

SIDES = (40, 44, 48)


@pytest.fixture(scope="module")
def volume(make_balls: Callable) -> Volume:
    image, _ = make_balls(SIDES, seed=21)
    return Volume(500 + 90 * image, make_affine((1.0, 1.0, 1.0), np.eye(3), (-20.0, 5.0, 40.0)))


def run(volume: Volume, model: ModelPackage, network: DualTaskVNet, **options: object) -> SegmentationResult:
    settings = SegmentOptions(**{"device": "cpu", "passes": 2, "preview": False, **options})
    return Segmenter(model, settings, network=network).segment(volume)


def centers_mm(label: NDArray, affine: NDArray, value: int) -> NDArray:
    """Where a segment's voxels lie, LPS mm, in an order that does not depend on the grid's."""
    voxels = np.argwhere(label == value)[:, ::-1]
    places = voxels @ affine[:3, :3].T + affine[:3, 3]
    return places[np.lexsort(places.round(3).T)]


def test_the_result_lies_on_the_inputs_grid_with_the_segments_values(
    volume: Volume, ball_model: ModelPackage, trained_network: DualTaskVNet
) -> None:
    result = run(volume, ball_model, trained_network)
    assert result.label.array.shape == (1, *SIDES) and result.label.array.dtype == np.uint8
    assert (result.label.affine == volume.affine).all()
    assert set(np.unique(result.label.array)) == {0, 3, 7}
    u = result.uncertainty.array
    assert u.dtype == np.float32 and u.min() >= 0 and u.max() <= 1 and u.max() > 0.3


@pytest.mark.parametrize("orientation", ["RAS", "PIR", "SLA"])
def test_flipped_and_turned_input_gives_the_same_physical_result(
    volume: Volume, ball_model: ModelPackage, trained_network: DualTaskVNet, orientation: str
) -> None:
    straight = run(volume, ball_model, trained_network)
    array, affine = reorient(volume.array, volume.affine, orientation)
    turned = run(Volume(np.ascontiguousarray(array), affine), ball_model, trained_network)
    assert turned.label.array.shape[1:] == array.shape[1:]
    for value in (3, 7):
        a = centers_mm(straight.label.array[0], volume.affine, value)
        b = centers_mm(turned.label.array[0], affine, value)
        np.testing.assert_allclose(a, b, atol=1e-6)
    a, b = straight.report["regions"], turned.report["regions"]
    assert [r["center_ras_mm"] for r in a] == [r["center_ras_mm"] for r in b]


def test_an_oblique_grid_gives_the_same_voxels(
    volume: Volume, ball_model: ModelPackage, trained_network: DualTaskVNet
) -> None:
    c, s = np.cos(0.3), np.sin(0.3)
    direction = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
    oblique = Volume(volume.array, make_affine((1.0, 1.0, 1.0), direction, (3.0, 4.0, 5.0)))
    result = run(oblique, ball_model, trained_network)
    assert (result.label.array == run(volume, ball_model, trained_network).label.array).all()
    assert (result.label.affine == oblique.affine).all()


def test_other_voxel_sizes_are_resampled_there_and_back(
    volume: Volume, ball_model: ModelPackage, trained_network: DualTaskVNet
) -> None:
    """Every second slice: the balls are found at the same places, on the coarse grid."""
    fine = run(volume, ball_model, trained_network)
    affine = volume.affine.copy()
    affine[:3, 2] *= 2
    coarse = run(Volume(volume.array[:, ::2], affine), ball_model, trained_network)
    assert coarse.label.array.shape == (1, SIDES[0] // 2, *SIDES[1:])
    a, b = coarse.label.array[0] > 0, fine.label.array[0][::2] > 0
    assert 2 * (a & b).sum() / (a.sum() + b.sum()) > 0.75
    rows = coarse.report["segments"]
    assert rows[0]["volume_ml"] == pytest.approx((coarse.label.array == 3).sum() * 0.002, abs=1e-5)


def test_outside_the_region_of_interest_is_certain_background(
    volume: Volume, ball_model: ModelPackage, trained_network: DualTaskVNet
) -> None:
    low, high = np.array([-14.0, 9.0, 46.0]), np.array([17.0, 41.0, 70.0])
    result = run(volume, ball_model, trained_network, roi=(*low, *high))
    first, last = np.floor(low - [-20, 5, 40]).astype(int), np.ceil(high - [-20, 5, 40]).astype(int)
    outside = np.ones(SIDES, dtype=bool)
    outside[first[2] : last[2] + 1, first[1] : last[1] + 1, first[0] : last[0] + 1] = False
    assert result.label.array[0][outside].max() == 0
    assert result.uncertainty.array[0][outside].max() == 0
    assert result.label.array.any()


def test_a_subset_keeps_its_segments_only(
    volume: Volume, ball_model: ModelPackage, trained_network: DualTaskVNet
) -> None:
    everything = run(volume, ball_model, trained_network)
    subset = run(volume, ball_model, trained_network, segments=("DARK ball",))
    assert (subset.label.array == np.where(everything.label.array == 7, 7, 0)).all()
    assert [row["name"] for row in subset.report["segments"]] == ["dark ball"]
    assert (subset.uncertainty.array == everything.uncertainty.array).all()
    with pytest.raises(UserError, match=r"bright ball.*dark ball"):
        kept_segments(ball_model.segments, ("liver",))


def test_the_models_advice_on_pieces_holds_unless_told_otherwise(
    make_balls: Callable, ball_model: ModelPackage, trained_network: DualTaskVNet
) -> None:
    twice = np.concatenate([make_balls((40, 40, 40), seed=seed)[0] for seed in (21, 22)], axis=3)
    volume = Volume(twice, np.eye(4))

    def pieces(model: ModelPackage, **options: object) -> list[int]:
        label = run(volume, model, trained_network, **options).label.array[0]
        return [ndimage.label(label == value, np.ones((3, 3, 3)))[1] for value in (3, 7)]

    advised = replace(ball_model, one_piece=True)
    everything = pieces(ball_model)
    assert min(everything) > 1
    assert pieces(advised) == [1, 1] == pieces(ball_model, largest_component=True)
    assert pieces(advised, largest_component=False) == everything


def test_volumes_confidence_and_maps(
    volume: Volume, ball_model: ModelPackage, trained_network: DualTaskVNet
) -> None:
    maps = ("probability", "mutual_information", "disagreement")
    result = run(volume, ball_model, trained_network, passes=4, maps=maps)
    report = result.report
    for row in report["segments"]:
        assert row["volume_ml"] == pytest.approx((result.label.array == row["value"]).sum() / 1000, abs=1e-5)
        assert row["passes_sd_ml"] > 0 and 0 < row["pairwise_dice"] < 1
        assert abs(row["passes_mean_ml"] - row["volume_ml"]) < 0.5 * row["volume_ml"]
        assert 0 <= row["certain_surface_share"] <= 1
    scores = [row["pairwise_dice"] for row in report["segments"]]
    assert report["confidence"]["pairwise_dice"] == pytest.approx(np.mean(scores), abs=2e-5)
    assert report["confidence"]["expected_dice"] is None
    assert set(result.maps) == {
        "probability_bright ball", "probability_dark ball", "mutual_information", "disagreement",
    }  # fmt: skip
    bright = result.maps["probability_bright ball"].array[0]
    assert ((bright > 0.5) <= (result.label.array[0] == 3)).all()


def test_the_models_calibration_is_used(
    volume: Volume, ball_model: ModelPackage, trained_network: DualTaskVNet
) -> None:
    plain = run(volume, ball_model, trained_network)
    confidence_map = {"pairwise_dice": [0.0, 1.0], "expected_dice": [0.2, 0.7]}
    spec = UncertaintySpec(temperature=3.0, confidence_map=confidence_map)
    result = run(volume, replace(ball_model, uncertainty=spec), trained_network)
    confidence = result.report["confidence"]
    expected = 0.2 + 0.5 * confidence["pairwise_dice"]
    assert confidence["expected_dice"] == pytest.approx(expected, abs=2e-5)
    assert result.uncertainty.array.mean() > plain.uncertainty.array.mean() + 0.05


def test_regions_say_whose_rim_they_exceed(
    volume: Volume, ball_model: ModelPackage, trained_network: DualTaskVNet
) -> None:
    assert run(volume, ball_model, trained_network).report["regions_from"] == "case"
    rim = RimProfile(np.zeros((2, BINS)), np.full((2, BINS), 0.05)).to_json()
    with_rim = replace(ball_model, uncertainty=UncertaintySpec(rim=rim))
    report = run(volume, with_rim, trained_network).report
    assert report["regions_from"] == "validation" and report["regions"]
    foreign = replace(ball_model, uncertainty=UncertaintySpec(rim={**rim, "edges_h": [1.0]}))
    report = run(volume, foreign, trained_network).report
    assert report["regions_from"] == "case" and any("rim profile" in text for text in report["warnings"])


def test_an_empty_result_says_so_and_has_no_confidence(ball_model: ModelPackage) -> None:
    silent = DualTaskVNet(classes=3, width=2)
    silent.out_conv2.bias.data = silent.out_conv2.bias.data * 0 + silent.out_conv2.bias.new_tensor(
        [50.0, 0, 0]
    )
    noise = np.random.default_rng(0).normal(size=(1, 20, 20, 20)).astype(np.float32)
    result = run(Volume(noise, np.eye(4)), ball_model, silent)
    assert not result.label.array.any()
    (warning,) = [text for text in result.report["warnings"] if "nothing was found" in text]
    assert "bright ball, dark ball" in warning and "toy MRI" in warning
    assert result.report["confidence"]["pairwise_dice"] is None
    assert result.report["absent"] == ["bright ball", "dark ball"]


def test_what_does_not_look_like_the_training_images_is_said(
    volume: Volume, ball_model: ModelPackage, trained_network: DualTaskVNet
) -> None:
    known = {
        "spacing_mm": {"low": [0.9] * 3, "high": [1.1] * 3},
        "extent_mm": {"low": [18.0] * 3, "high": [30.0] * 3},
    }
    model = replace(ball_model, input=replace(ball_model.input, training_range=known))
    warnings = run(volume, model, trained_network).report["warnings"]
    assert any("extent" in text for text in warnings) and not any("spacing" in text for text in warnings)
    part = run(volume, model, trained_network, roi=(-12.0, 9.0, 46.0, 12.0, 33.0, 70.0))
    assert not any("extent" in text for text in part.report["warnings"])


def test_structures_at_the_edge_and_missing_ones_are_said() -> None:
    labels = np.zeros((20, 20, 20), dtype=np.uint8)
    labels[0:6, 5:10, 5:10] = 1
    spec = InputSpec("toy MRI", ("T1",), None, (16, 16, 16))
    cut, *others = sorted(result_warnings(labels, ["background", "a", "b", "c"], spec, has_roi=False))
    assert "a reaches the edge of the volume" in cut
    assert len(others) == 2 and all("was not found" in text for text in others)
    labels[10, 10, 10:13] = 2
    assert any(
        "only 3 voxels" in text for text in result_warnings(labels, ["", "a", "b"], spec, has_roi=True)
    )


def test_wrong_channels_are_refused(ball_model: ModelPackage, trained_network: DualTaskVNet) -> None:
    with pytest.raises(UserError, match="channel"):
        run(Volume(np.zeros((2, 16, 16, 16), np.float32), np.eye(4)), ball_model, trained_network)


def test_files_hold_the_result(
    volume: Volume, ball_model: ModelPackage, trained_network: DualTaskVNet, tmp_path: Path
) -> None:
    source = write_image(tmp_path / "scan 1.nii.gz", volume.array[0], volume.affine)
    options = SegmentOptions(device="cpu", passes=2, maps=("probability",))
    result = Segmenter(ball_model, options, network=trained_network).segment(source)
    files = result.save(tmp_path / "out")
    assert {path.name for path in files.values()} == {path.name for path in (tmp_path / "out").iterdir()} == {
        "scan 1.seg.nrrd", "scan 1_uncertainty.nrrd", "scan 1_report.json", "scan 1_preview.png",
        "scan 1_probability_bright_ball.nrrd", "scan 1_probability_dark_ball.nrrd",
    }  # fmt: skip
    label, segments = read_segmentation(files["segmentation"])
    assert (label.array == result.label.array).all()
    assert [(s.value, s.name) for s in segments] == [(3, "bright ball"), (7, "dark ball")]
    stored = read_image(files["uncertainty"])
    assert stored.array.dtype == np.float32 and (stored.array == result.uncertainty.array).all()
    report = json.loads(files["report"].read_text(encoding="utf-8"))
    assert report["name"] == "scan 1" and report["files"]["segmentation"] == "scan 1.seg.nrrd"
    assert str(tmp_path) not in json.dumps(report)
    assert report["timings"]["total_s"] > 0 and report["way"]["mode"] == "whole volume"
    assert files["preview"].read_bytes().startswith(b"\x89PNG")


def test_nifti_on_request(
    volume: Volume, ball_model: ModelPackage, trained_network: DualTaskVNet, tmp_path: Path
) -> None:
    files = run(volume, ball_model, trained_network, format="nifti").save(tmp_path)
    assert sorted(path.name for path in files.values()) == [
        "volume.nii.gz", "volume_report.json", "volume_uncertainty.nii.gz",
    ]  # fmt: skip
    label = read_image(files["segmentation"])
    np.testing.assert_allclose(label.affine, volume.affine, atol=1e-4)


def test_the_same_input_twice_gives_the_same_bytes(
    volume: Volume, ball_model: ModelPackage, trained_network: DualTaskVNet, tmp_path: Path
) -> None:
    written = []
    for folder in ("a", "b"):
        options = SegmentOptions(device="cpu", passes=2, maps=("disagreement",))
        result = Segmenter(ball_model, options, network=trained_network).segment(volume)
        written.append(result.save(tmp_path / folder))
    first, second = written
    assert set(first) == set(second) and len(first) == 5
    for kind in set(first) - {"report"}:
        assert first[kind].read_bytes() == second[kind].read_bytes(), kind
    reports = [json.loads(files["report"].read_text(encoding="utf-8")) for files in written]
    for report in reports:
        del report["timings"], report["created"]
    assert reports[0] == reports[1]


def test_a_fault_while_writing_leaves_nothing(
    volume: Volume,
    ball_model: ModelPackage,
    trained_network: DualTaskVNet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ugmcl.segmentation.outputs.write_preview", full)
    result = run(volume, ball_model, trained_network, preview=True)
    with pytest.raises(UserError, match="No space left"):
        result.save(tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"maps": ("entropy",)}, "entropy"),
        ({"format": "dicom"}, "dicom"),
        ({"roi": (0, 0, 0, 1, 1)}, "six numbers"),
        ({"roi": (0, 0, 5, 1, 1, 5)}, "empty"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict, word: str) -> None:
    with pytest.raises(UserError, match=word):
        SegmentOptions(**options)


def test_from_a_package_on_disk(
    volume: Volume, ball_model: ModelPackage, trained_network: DualTaskVNet, tmp_path: Path
) -> None:
    """Weights stored as float16 give nearly the same label."""
    stored = save_weights(tmp_path / "balls", replace(ball_model, licence="research only"), trained_network)
    source = write_image(tmp_path / "scan.nrrd", volume.array[0], volume.affine)
    options = SegmentOptions(device="cpu", preview=False)
    result = segment_case(source, stored, options)
    about = result.report["model"]
    assert about["weights_sha256"] == stored.weights_sha256 and len(stored.weights_sha256) == 64
    assert about["licence"] == "research only"  # of the weights, whatever the software's is
    assert result.report["way"]["passes"] == 2
    exact = run(volume, ball_model, trained_network).label.array > 0
    found = result.label.array > 0
    assert 2 * (exact & found).sum() / (exact.sum() + found.sum()) > 0.98


# In a process of its own: what other tests leave behind and give back is not in the figures.
MANY_CASES = """
import pickle, sys
import numpy as np, psutil
from ugmcl.networks.dual_task_vnet import DualTaskVNet
from ugmcl.segmentation.case import Segmenter
from ugmcl.segmentation.options import SegmentOptions
from ugmcl.volumes.volume import Volume
model = pickle.load(sys.stdin.buffer)
network = DualTaskVNet(classes=3, width=4).eval()
segmenter = Segmenter(model, SegmentOptions(device="cpu", passes=2, preview=False), network=network)
process, random = psutil.Process(), np.random.default_rng(0)
for _ in range(50):
    segmenter.segment(Volume(random.normal(size=(1, 40, 40, 40)).astype(np.float32), np.eye(4)))
    print(process.memory_info().rss)
"""


@pytest.mark.slow
def test_memory_stays_flat_over_fifty_cases(root: Path, ball_model: ModelPackage) -> None:
    """One map kept per case makes 10 MiB; the allocator moves both ways, so the least late is asked."""
    done = subprocess.run(
        [sys.executable, "-c", MANY_CASES],
        input=pickle.dumps(ball_model),
        cwd=root,
        capture_output=True,
        check=True,
    )
    used = [int(line) / 2**20 for line in done.stdout.split()]
    assert len(used) == 50
    assert min(used[40:]) - max(used[5:15]) < 4, used

"""Intensities from the voxels that are given, and the spec's way through JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ugmcl.errors import UserError
from ugmcl.framing.frame import frame_image
from ugmcl.framing.normalisation import is_padding, normalise
from ugmcl.framing.spec import InputSpec, Normalisation
from ugmcl.volumes.geometry import reorient
from ugmcl.volumes.volume import Volume


def noise(mean: float = 300.0, deviation: float = 40.0) -> np.ndarray:
    return np.random.default_rng(0).normal(mean, deviation, (12, 14, 16)).astype(np.float32)


def test_zscore_has_mean_0_and_deviation_1_whatever_the_scale() -> None:
    first = normalise(noise(), Normalisation("zscore", None))
    assert abs(first.mean()) < 1e-4 and abs(first.std() - 1) < 1e-4
    scaled = normalise(noise() * 7 - 100, Normalisation("zscore", None))
    assert np.allclose(first, scaled, atol=1e-3)


def test_percentiles_are_clipped_before_mean_and_deviation() -> None:
    image = noise()
    image[0, 0, 0] = 1e7
    result = normalise(image, Normalisation("zscore", (0.5, 99.5)))
    low, high = np.percentile(image, (0.5, 99.5))
    clipped = np.clip(image, low, high).astype(np.float64)
    assert np.allclose(result, (clipped - clipped.mean()) / clipped.std(), atol=1e-4)
    assert result[0, 0, 0] < 4


def test_nonzero_voxels_only_and_zeros_stay_zero() -> None:
    image = noise()
    image[:6] = 0
    result = normalise(image, Normalisation("zscore_nonzero", None))
    assert (result[:6] == 0).all()
    assert abs(result[6:].mean()) < 1e-4 and abs(result[6:].std() - 1) < 1e-4


def test_padding_gives_no_statistics_where_the_rule_says_so() -> None:
    """In a large constant frame an image keeps the values it has alone; a few least voxels are none."""
    image = noise()
    image[0, 0, :8] = image.min() - 5.0
    rule = Normalisation("zscore", (0.5, 99.5), exclude_padding=True)
    alone = normalise(image, rule)
    assert not is_padding(image).any()
    assert np.array_equal(alone, normalise(image, Normalisation("zscore", (0.5, 99.5))))
    wide = np.pad(image, 10, constant_values=float(image.min()) - 1.0)
    assert is_padding(wide).sum() == wide.size - image.size
    inside = (slice(10, -10),) * 3
    assert np.allclose(normalise(wide, rule)[inside], alone, atol=1e-5)
    assert not np.allclose(normalise(wide, replace(rule, exclude_padding=False))[inside], alone, atol=0.5)
    assert not is_padding(np.full((4, 4, 4), 3.0)).any() and not is_padding(np.zeros((0, 2, 2))).any()


def test_constant_and_empty_channels_become_zero() -> None:
    assert (normalise(np.full((3, 3, 3), 7.0), Normalisation("zscore", None)) == 0).all()
    assert (normalise(np.zeros((3, 3, 3)), Normalisation("zscore_nonzero")) == 0).all()


def test_voxels_that_are_no_numbers_are_refused() -> None:
    image = noise()
    image[1, 2, 3] = np.nan
    with pytest.raises(UserError, match="not numbers"):
        normalise(image, Normalisation())


def test_result_does_not_depend_on_the_order_in_which_voxels_are_stored() -> None:
    image = noise()
    spec = InputSpec("", ("a",), None, (16, 16, 16))
    straight = frame_image(Volume(image, np.eye(4)), spec).array
    turned, affine = reorient(image[None], np.eye(4), "PIR")
    assert np.array_equal(frame_image(Volume(np.ascontiguousarray(turned), affine), spec).array, straight)


def test_region_is_normalised_from_itself_unless_training_saw_whole_volumes() -> None:
    image = noise()
    image[:, :, :8] += 1000
    volume, roi = Volume(image, np.eye(4)), (0, 0, 0, 6, 6, 6)
    small = InputSpec("", ("a",), None, (16, 16, 16), normalisation=Normalisation("zscore", None))
    assert abs(frame_image(volume, small, roi_lps_mm=roi).array.mean()) < 1e-4
    extent = {"extent_mm": {"low": [15, 13, 11], "high": [17, 15, 13]}}
    whole = InputSpec(
        "", ("a",), None, (16, 16, 16), normalisation=Normalisation("zscore", None), training_range=extent
    )
    part, full = frame_image(volume, whole, roi_lps_mm=roi).array, frame_image(volume, whole).array
    assert np.array_equal(part, full[:, : part.shape[1], : part.shape[2], : part.shape[3]])


def test_spec_through_json() -> None:
    spec = InputSpec(
        "T1 MRI", ("T1", "T2"), (1.0, 0.5, 2.0), (48, 64, 32), "RAS",
        Normalisation("zscore_nonzero", (1, 99)),
        {"extent_mm": {"low": [1, 2, 3], "high": [4, 5, 6]}},
    )  # fmt: skip
    assert InputSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec
    assert spec.patch_zyx == (32, 64, 48)


@pytest.mark.parametrize(
    "change",
    [
        {"channels": []}, {"channels": "T1"}, {"patch": [16, 16]}, {"patch": [16, 16, 0]},
        {"patch": [16, 16, 1.5]},
        {"spacing_mm": [1, 1, -1]}, {"spacing_mm": ["a", 1, 1]}, {"orientation": "LPP"},
        {"orientation": "LP"},
        {"normalisation": {"kind": "ct"}}, {"normalisation": {"kind": "zscore", "clip_percentiles": [99, 1]}},
    ],
)  # fmt: skip
def test_spec_that_makes_no_sense_is_refused(change: dict) -> None:
    good = InputSpec("", ("a",), (1.0, 1.0, 1.0), (16, 16, 16)).to_json()
    with pytest.raises(UserError):
        InputSpec.from_json(good | change)

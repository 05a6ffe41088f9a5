"""Degradations: the same every time, stronger with severity, on the same grid."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from ugmcl.evaluation.degradations import coarsen_slices, degradations

NAMES = ["noise", "blur", "bias field", "coarse slices", "contrast"]


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=(18, 20, 22))
    return (500 + 300 * gaussian_filter(noise, 1.5)).astype(np.float32)


def test_five_kinds_in_three_severities() -> None:
    assert [(n, s) for n, s, _ in degradations()] == [(n, s) for n in NAMES for s in (1, 2, 3)]


def test_same_result_every_time_and_input_left_alone(image: np.ndarray) -> None:
    before = image.copy()
    for (name, _, first), (_, _, second) in zip(degradations(), degradations(), strict=True):
        result = first(image)
        assert result.shape == image.shape and result.dtype == np.float32, name
        assert np.isfinite(result).all()
        assert np.array_equal(result, second(image)), name
    assert np.array_equal(image, before)


@pytest.mark.parametrize("name", NAMES)
def test_more_severe_is_farther_from_the_image(name: str, image: np.ndarray) -> None:
    change = [np.abs(f(image) - image).mean() for n, _, f in degradations() if n == name]
    assert 0 < change[0] < change[1] < change[2]


def test_slices_by_hand() -> None:
    ramp = np.array([0, 2, 4, 6], np.float32)[:, None, None]
    # means 1 and 5 at 0.5 and 2.5, between them linear, beyond them constant
    np.testing.assert_allclose(coarsen_slices(ramp, 2)[:, 0, 0], [1, 2, 4, 5])
    np.testing.assert_allclose(coarsen_slices(ramp, 9)[:, 0, 0], [3, 3, 3, 3])


def test_constant_image_survives() -> None:
    flat = np.full((6, 6, 6), 7.0, np.float32)
    for name, _, function in degradations():
        np.testing.assert_allclose(function(flat), flat, rtol=1e-5, err_msg=name)

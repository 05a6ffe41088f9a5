"""A volume unlike the training images gets a sentence, one like them none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from ugmcl.framing.spec import InputSpec, Normalisation
from ugmcl.models.familiarity import unfamiliar, unfamiliar_volume
from ugmcl.models.package import ModelPackage
from ugmcl.volumes.geometry import make_affine, reorient
from ugmcl.volumes.volume import Volume


@pytest.fixture
def spec(describe: Callable[..., ModelPackage]) -> InputSpec:
    return describe().input  # CT of 0.9..1.1 x 2..3 mm, 180..220 x 90..140 mm, -1000..1100 HU


def volume(spacing: tuple[float, float, float] = (1.0, 1.0, 2.5), size: tuple[int, int, int] = (200, 200, 45),
           scale: float = 1.0, offset: float = 0.0) -> Volume:  # fmt: skip
    array = np.linspace(-1000, 1000, int(np.prod(size)), dtype=np.float32).reshape(size[::-1])
    return Volume(array * scale + offset, make_affine(spacing, np.eye(3), (0, 0, 0)))


def test_a_usual_volume_gets_no_word(spec: InputSpec) -> None:
    assert unfamiliar_volume(volume(), spec) == []


def test_axes_are_compared_in_the_models_orientation(spec: InputSpec) -> None:
    usual = volume()
    turned, affine = reorient(usual.array, usual.affine, "SLA")
    assert unfamiliar_volume(Volume(turned, affine), spec) == []


def test_each_difference_has_its_sentence(spec: InputSpec) -> None:
    (spacing,) = unfamiliar_volume(volume((1.0, 1.0, 6.0), (200, 200, 20)), spec)
    assert "1 × 1 × 6 mm" in spacing and "0.9 × 0.9 × 2 to 1.1 × 1.1 × 3 mm" in spacing
    (extent,) = unfamiliar_volume(volume(size=(400, 200, 45)), spec)
    assert extent.startswith("The extent (400 × 200")
    (intensity,) = unfamiliar_volume(volume(scale=30.0), spec)
    assert "intensities (CT" in intensity
    flat = unfamiliar_volume(volume(scale=0.0), spec)
    assert flat == ["The image's intensities (CT) are all alike"]


def test_values_that_are_used_as_they_are_must_agree(spec: InputSpec) -> None:
    raw = replace(spec, normalisation=Normalisation("none", None))
    assert unfamiliar_volume(volume(), raw) == []
    assert len(unfamiliar_volume(volume(scale=4.0), raw)) == 1
    assert unfamiliar_volume(volume(scale=4.0), spec) == []  # a scale is divided out by the z-score


def test_negative_values_where_training_had_none(spec: InputSpec) -> None:
    ranges = [{"percentile_1": [0.0, 5.0], "median": [300.0, 400.0], "percentile_99": [900.0, 1400.0]}]
    mri = replace(spec, training_range={"intensity": ranges}, modality="MRI", channels=("T1",))
    (sentence,) = unfamiliar_volume(volume(), mri)
    assert "which were MRI" in sentence
    assert unfamiliar_volume(volume(scale=0.5, offset=500), mri) == []


def test_without_a_known_range_nothing_is_said(spec: InputSpec) -> None:
    statistics = {
        "spacing_mm": [9, 9, 9],
        "extent_mm": [1, 1, 1],
        "intensity": [{"percentile_1": 0, "percentile_99": 1}],
    }
    assert unfamiliar(statistics, replace(spec, training_range=None)) == []


def test_training_images_of_many_scales_make_every_scale_usual(spec: InputSpec) -> None:
    """Public sets hold scanners' values beside rescaled ones: neither of them is a surprise."""
    ranges = [{"percentile_1": [4.0, 25600.0], "median": [49.0, 290000.0], "percentile_99": [89.0, 486000.0]}]
    mixed = replace(spec, training_range={"intensity": ranges}, modality="MRI", channels=("T1",))
    for scale in (0.05, 1.0, 100.0):
        assert unfamiliar_volume(volume(scale=scale, offset=1050.0 * scale), mixed) == []
    assert len(unfamiliar_volume(volume(scale=1e-4, offset=1.0), mixed)) == 1
